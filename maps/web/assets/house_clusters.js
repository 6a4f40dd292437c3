"use strict";
/* What is known of each cluster: the matrix of the division shown, and one cluster's functions as lists. */
(function (kk) {
  const byId = (id) => document.getElementById(id);
  const chosen = {};

  kk.startClusters = function () {
    byId("schemes").hidden = Object.keys(kk.data.clusters).length < 2;
    byId("cluster-part").hidden = false;
    document.querySelectorAll("#schemes input").forEach((input) => input.addEventListener("change", function () {
      kk.showScheme(input.value);
      kk.noteAddress();
    }));
    byId("one-cluster").addEventListener("input", () => open(byId("one-cluster").value));
    document.querySelectorAll(".clusters-matrix [data-open]").forEach(function (button) {
      button.append(kk.el("span", { class: "hidden" }, " – " + kk.say("open_cluster")));
      button.addEventListener("click", function () {
        open(button.dataset.open);
        byId("cluster-part").focus({ preventScroll: true });
        byId("cluster-part").scrollIntoView({ behavior: kk.calm() ? "auto" : "smooth", block: "start" });
      });
    });
  };

  kk.drawClusters = function (scheme) {
    document.querySelectorAll(".scheme-part").forEach((part) => (part.hidden = part.dataset.scheme !== scheme));
    const named = Object.entries(kk.data.clusters[scheme]).map(([id, cluster]) => [id, cluster.name]);
    named.sort((a, b) => kk.collate(a[1], b[1]));
    kk.optionsOf(byId("one-cluster"), named, chosen[scheme] || nearest(scheme));
    open(byId("one-cluster").value);
  };

  /* Until the reader chooses: the cluster of the first house compared. */
  function nearest(scheme) {
    const house = kk.data.houses[kk.data.pair[0]];
    return (house && (house.clusters[scheme] || [])[0]) || "";
  }

  /* Houses of a cluster and, for each function of the catalogue, those that hold and those that plan it. */
  kk.clusterLists = function (scheme, id) {
    const houses = Object.values(kk.data.houses).filter((house) => (house.clusters[scheme] || []).includes(id));
    const status = (house, fn) => (kk.data.broader[house.id] || {})[fn] || (kk.data.cells[house.id] || {})[fn];
    const lists = { present: [], planned: [], not_stated: [] };
    const name = (fn) => kk.data.functions[fn].name;
    for (const fn of kk.data.catalogue.slice().sort((a, b) => kk.collate(name(a), name(b)))) {
      const held = houses.filter((house) => status(house, fn) === "present");
      const planned = houses.filter((house) => status(house, fn) === "planned");
      const kind = held.length ? "present" : planned.length ? "planned" : "not_stated";
      lists[kind].push({ fn, held, planned });
    }
    return { houses, lists };
  };

  function open(id) {
    const scheme = kk.houses.scheme;
    const cluster = kk.data.clusters[scheme][id];
    const box = byId("cluster-lists");
    if (!cluster) return box.replaceChildren();
    chosen[scheme] = id;
    byId("one-cluster").value = id;
    const found = kk.clusterLists(scheme, id);
    const heads = { present: "cluster_present", planned: "cluster_planned", not_stated: "cluster_unknown" };
    const lists = Object.entries(heads).map(([kind, head]) => kk.el("div", {},
      kk.el("h4", {}, kk.say(head, { n: kk.number(found.lists[kind].length) })),
      found.lists[kind].length ? kk.el("ul", {}, found.lists[kind].map((entry) => item(entry, kind))) : kk.el("p", {}, "–")));
    const names = found.houses.map((house) => house.name).sort(kk.collate).join(", ");
    box.replaceChildren(
      kk.el("h3", {}, cluster.name),
      kk.el("p", {}, names ? kk.say("cluster_houses", { n: kk.number(found.houses.length), names }) : kk.say("cluster_none")),
      kk.el("div", { class: "three" }, lists)
    );
    document.querySelectorAll(".clusters-matrix tbody tr").forEach((row) => row.classList.toggle("chosen", row.dataset.id === id && !row.closest(".scheme-part").hidden));
  }

  function item(entry, kind) {
    const names = (houses) => houses.map((house) => house.name).sort(kk.collate).join(", ");
    const where = kind === "present" ? names(entry.held) : names(entry.planned);
    return kk.el("li", {}, kk.data.functions[entry.fn].name, where ? [" ", kk.el("span", { class: "detail" }, where)] : null);
  }
})(klyngekort);
klyngekort.startHouses();
