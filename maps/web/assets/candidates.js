/* Two candidates side by side for one function; the facts stand in the page's data. */
(function (kk) {
  kk.data = kk.unpack(kk.json("candidates-data"));
  const byId = (id) => document.getElementById(id);
  const picks = ["pick-0", "pick-1"].map(byId);
  if (!kk.data.start.length) return;

  function draw() {
    const facts = kk.data.facts[byId("pick-function").value];
    const pair = picks.map((pick) => ({ name: kk.data.names[pick.value], facts: facts[pick.value] || null }));
    const labels = [...new Set(pair.flatMap((one) => (one.facts || []).map(([label]) => label)))];
    const head = kk.el("tr", {}, kk.el("th", { scope: "col" }, kk.say("criterion")), pair.map((one) => kk.el("th", { scope: "col" }, one.name)));
    const rows = labels.map((label) => kk.el("tr", {}, kk.el("th", { scope: "row" }, label), pair.map((one) => kk.el("td", {}, valueOf(one, label)))));
    const missing = pair.filter((one) => !one.facts).map((one) => kk.el("p", { class: "help" }, one.name + ": " + kk.say("not_here")));
    const table = kk.el("table", { class: "plain" }, kk.el("caption", { class: "hidden" }, pair.map((one) => one.name).join(" – ")), kk.el("thead", {}, head), kk.el("tbody", {}, rows));
    byId("side-by-side").replaceChildren(...missing, labels.length ? table : "");
  }

  function valueOf(one, label) {
    const found = (one.facts || []).find(([name]) => name === label);
    return found ? found[1] : "–";
  }

  /* "#function=xray&first=grenaa&second=skjern" opens the page with that pair. */
  const chosen = { function: byId("pick-function"), first: picks[0], second: picks[1] };
  const asked = new URLSearchParams(location.hash.slice(1));
  Object.entries(chosen).forEach(function ([name, pick], i) {
    pick.value = kk.data.start[i];
    if ([...pick.options].some((option) => option.value === asked.get(name))) pick.value = asked.get(name);
    pick.addEventListener("input", function () {
      draw();
      note();
    });
  });
  byId("pick").hidden = false;
  draw();
  if (asked.has("function")) byId("compare").scrollIntoView({ block: "start" });

  function note() {
    const words = new URLSearchParams(Object.entries(chosen).map(([name, pick]) => [name, pick.value]));
    try {
      history.replaceState(null, "", "#" + words);
    } catch (error) {
      /* Some browsers refuse this for files; the page works without it. */
    }
  }
})(klyngekort);
