/* Put the parts together; the map builder's own lines stand between this file and `klyngekort.start`. */
(function (kk) {
  kk.prepare = function () {
    kk.data = kk.unpack(kk.json("page-data"));
    kk.loadGeometry(kk.json("geometry"));
    kk.startPatterns();
    kk.state.view = kk.data.views.length ? kk.data.view || kk.data.views[0].key : "";
    kk.state.step = kk.data.step;
  };

  kk.start = function (map) {
    readAddress();
    kk.startMap(map);
    kk.startControls();
    kk.fitHome();
    kk.startTables();
    kk.drawRanking();
    kk.draw();
    kk.map.on("zoomend", kk.drawLabels);
    window.addEventListener("beforeprint", () => forPaper(true));
    window.addEventListener("afterprint", () => forPaper(false));
    window.matchMedia("print").addEventListener("change", (media) => forPaper(media.matches));
    const print = document.getElementById("print");
    if (print) print.addEventListener("click", () => window.print());
    const asked = words().get("f");
    if (asked && kk.data.features[asked]) kk.choose(asked, { go: true });
    kk.on("shown", noteAddress);
    window.addEventListener("hashchange", followAddress);
    document.documentElement.dataset.ready = "yes";
  };

  const words = () => new URLSearchParams(location.hash.slice(1));
  const known = (states, key) => states.some((state) => state.key === key);

  /* "#view=sundhedsklynger-2022&f=municipality:0492" opens the page there; "on" and "off" name layers. */
  function readAddress() {
    const asked = words();
    if (known(kk.data.views, asked.get("view"))) kk.state.view = asked.get("view");
    if (known(kk.data.steps, asked.get("step"))) kk.state.step = asked.get("step");
    kk.asked = layersOf(asked);
  }

  function layersOf(asked) {
    const told = new Map();
    for (const name of ["on", "off"]) for (const key of (asked.get(name) || "").split(",")) told.set(key, name === "on");
    return told;
  }

  /* What is shown stands in the address, so that it can be sent, kept and opened again. */
  function noteAddress() {
    const told = new URLSearchParams();
    if (kk.data.views.length > 1) told.set("view", kk.state.view);
    if (kk.data.steps.length > 1) told.set("step", kk.state.step);
    for (const [name, on] of [["on", true], ["off", false]]) {
      const changed = kk.data.layers.filter(({ key, visible }) => kk.state.layers[key] === on && (visible !== false) !== on);
      if (changed.length) told.set(name, changed.map(({ key }) => key).join(","));
    }
    const chosen = kk.data.features[kk.state.chosen];
    if (chosen && kk.inView(chosen)) told.set("f", kk.state.chosen);
    try {
      history.replaceState(history.state, "", "#" + told.toString().replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%2F/g, "/"));
    } catch (error) {
      /* Some browsers refuse this for files; the page works without it. */
    }
  }

  /* Another address of the same page, pasted or followed, is opened without loading the page again. */
  function followAddress() {
    const asked = words();
    const { view, step, f } = Object.fromEntries(asked);
    if (![...asked.keys()].some((name) => ["view", "step", "on", "off", "f"].includes(name))) return;
    const layers = layersOf(asked);
    for (const { key, visible } of kk.data.layers) {
      const on = layers.has(key) ? layers.get(key) : visible !== false;
      if (on !== kk.state.layers[key]) kk.setLayer(key, on);
    }
    if (known(kk.data.views, view) && view !== kk.state.view) kk.setView(view);
    if (known(kk.data.steps, step) && step !== kk.state.step) kk.setStep(step);
    if (f && kk.data.features[f]) kk.choose(f, { go: true });
  }

  /* The sheet is narrower than the screen: draw the same country again in the sheet's size. */
  function forPaper(on) {
    document.documentElement.classList.toggle("on-paper", on);
    document.querySelectorAll("details").forEach(function (fold) {
      if (on && !fold.open) fold.dataset.opened = "for-paper";
      if (on) fold.open = true;
      else if (fold.dataset.opened) fold.open = Boolean(fold.removeAttribute("data-opened"));
    });
    kk.map.invalidateSize({ animate: false, pan: false });
    kk.fitHome();
    kk.drawLabels();
  }
})(klyngekort);
klyngekort.prepare();
