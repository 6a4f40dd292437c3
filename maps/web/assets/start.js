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
    kk.startTables();
    kk.drawRanking();
    kk.draw();
    kk.tell("started");
    window.addEventListener("beforeprint", () => forPaper(true));
    window.addEventListener("afterprint", () => forPaper(false));
    window.matchMedia("print").addEventListener("change", (media) => forPaper(media.matches));
    const print = document.getElementById("print");
    if (print) print.addEventListener("click", () => window.print());
    const asked = new URLSearchParams(location.hash.slice(1)).get("f");
    if (asked && kk.data.features[asked]) kk.choose(asked, { go: true });
    document.documentElement.dataset.ready = "yes";
  };

  /* "#view=sundhedsklynger-2022&f=municipality:0492" opens the page there. */
  function readAddress() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const known = (states, key) => states.some((state) => state.key === key);
    if (known(kk.data.views, asked.get("view"))) kk.state.view = asked.get("view");
    if (known(kk.data.steps, asked.get("step"))) kk.state.step = asked.get("step");
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
