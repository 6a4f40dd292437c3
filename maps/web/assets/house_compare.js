"use strict";
/* Two houses side by side: the same counts and shares as `klyngekort houses --compare`. */
(function (kk) {
  const IN_USE = ["present", "planned"];
  const byId = (id) => document.getElementById(id);

  function overlap(one, other) {
    const inOther = new Set(other);
    const inOne = new Set(one);
    const both = one.filter((key) => inOther.has(key));
    const either = new Set([...one, ...other]).size;
    return {
      both,
      first: one.filter((key) => !inOther.has(key)),
      second: other.filter((key) => !inOne.has(key)),
      either,
      share: either ? both.length / either : null,
    };
  }

  function inUse(id) {
    const cells = kk.data.cells[id] || {};
    return Object.keys(kk.data.functions).filter((fn) => IN_USE.includes(cells[fn]));
  }

  const groupsOf = (functions) => [...new Set(functions.flatMap((fn) => kk.data.functions[fn].groups))];

  /* Everything a comparison counts; nothing of it is drawn here. */
  kk.compareHouses = function (first, second) {
    const pair = [first, second].map((id) => ({ id, held: inUse(id), cells: kk.data.cells[id] || {} }));
    const tenants = {};
    for (const sector of Object.keys(kk.data.sectors)) {
      const counts = pair.map((house) => house.held.filter((fn) => kk.data.functions[fn].sector === sector).length);
      if (counts.some(Boolean)) tenants[sector] = counts;
    }
    return {
      pair,
      tenants,
      functions: overlap(pair[0].held, pair[1].held),
      groups: overlap(groupsOf(pair[0].held), groupsOf(pair[1].held)),
      grouped: pair.map((house) => house.held.filter((fn) => kk.data.functions[fn].groups.length).length),
    };
  };

  kk.startComparison = function () {
    if (kk.data.pair.length < 2) return;
    byId("pair").hidden = false;
    ["house-1", "house-2"].forEach(function (id, i) {
      byId(id).value = kk.data.pair[i];
      byId(id).addEventListener("input", () => choose(i, byId(id).value));
    });
    draw();
    if (kk.houses.asked) byId("compare").scrollIntoView({ block: "start" });
  };

  /* A house compared with itself tells nothing: the two then change places. */
  function choose(place, id) {
    const before = kk.data.pair[place];
    kk.data.pair[place] = id;
    if (kk.data.pair[1 - place] === id) kk.data.pair[1 - place] = before;
    byId("house-1").value = kk.data.pair[0];
    byId("house-2").value = kk.data.pair[1];
    kk.noteAddress();
    draw();
    const [one, other] = kk.data.pair.map((key) => kk.data.houses[key].name);
    kk.announce(kk.say("compared", { first: one, second: other }));
  }

  kk.compareWith = function (id) {
    if (kk.data.pair.length < 2) return;
    choose(0, id);
    byId("compare").focus({ preventScroll: true });
    byId("compare").scrollIntoView({ behavior: kk.calm() ? "auto" : "smooth", block: "start" });
  };

  const missing = () => kk.el("span", { class: "missing" }, kk.say("not_stated"));

  function draw() {
    const found = kk.compareHouses(...kk.data.pair);
    const houses = found.pair.map((house) => kk.data.houses[house.id]);
    byId("comparison").replaceChildren(
      table(found, houses),
      shared(found.functions, houses, "functions", (key) => functionItem(key, found)),
      shared(found.groups, houses, "groups", (key) => kk.el("li", {}, kk.data.groups[key]), groupNote(found, houses))
    );
    document.querySelectorAll("#houses-matrix tbody tr, #facts-table tbody tr").forEach(function (row) {
      row.classList.toggle("chosen", kk.data.pair.includes(row.dataset.id));
    });
  }

  /* The roles say again what the elements are: on a narrow screen the rows are no longer laid out as rows. */
  function table(found, houses) {
    const heads = houses.map((house) => kk.el("th", { scope: "col", role: "columnheader" }, house.name, mapLink(house)));
    const parts = kk.data.facts.map((part) => kk.el("tbody", { role: "rowgroup" }, partHead(part.title), part.rows.map((fact) => factRow(fact, houses))));
    const after = kk.data.after.map((fact) => factRow(fact, houses));
    return kk.el("table", { class: "compare", role: "table" },
      kk.el("caption", { class: "hidden" }, kk.say("compared", { first: houses[0].name, second: houses[1].name })),
      kk.el("colgroup", {}, kk.el("col"), kk.el("col"), kk.el("col")),
      kk.el("thead", { role: "rowgroup" }, kk.el("tr", { role: "row" }, kk.el("td", { role: "cell", class: "corner" }), heads)),
      parts,
      kk.el("tbody", { role: "rowgroup" }, partHead(kk.say("tenants")), Object.keys(kk.data.sectors).map((sector) => tenantRow(sector, found))),
      kk.el("tbody", { role: "rowgroup" }, partHead(kk.say("support")), after)
    );
  }

  function mapLink(house) {
    if (!kk.data.map) return null;
    const link = kk.el("a", { href: kk.data.map + "#f=" + house.feature }, kk.say("on_map"), kk.el("span", { class: "hidden" }, " – " + house.name));
    return kk.el("div", {}, link);
  }

  const partHead = (title) => kk.el("tr", { class: "part", role: "row" }, kk.el("th", { scope: "rowgroup", role: "rowheader", colspan: 3 }, title));

  function factRow(fact, houses) {
    const cells = houses.map(function (house) {
      if (fact.key === "source") return kk.el("td", { class: "small", role: "cell" }, sources(house));
      if (fact.key === "note") return kk.el("td", { class: "small", role: "cell" }, house.note || missing());
      const text = house.facts[fact.key];
      return kk.el("td", { class: "measure", role: "cell", lang: text && fact.danish ? "da" : null }, text || missing());
    });
    return kk.el("tr", { role: "row" }, kk.el("th", { scope: "row", role: "rowheader" }, fact.label), cells);
  }

  const sources = (house) => house.source.map(([text, link]) => (link ? kk.el("a", { href: text, rel: "noopener noreferrer" }, text) : text));

  function byName(keys) {
    const name = (key) => (kk.data.functions[key] ? kk.data.functions[key].name : kk.data.groups[key]);
    return keys.slice().sort((a, b) => kk.collate(name(a), name(b)));
  }

  function tenantRow(sector, found) {
    const cells = found.pair.map(function (house, i) {
      const own = byName(Object.keys(house.cells).filter((fn) => kk.data.functions[fn].sector === sector));
      if (!own.length) return kk.el("td", { role: "cell" }, missing());
      const count = (found.tenants[sector] || [0, 0])[i];
      const items = own.map(function (fn) {
        const status = house.cells[fn];
        return kk.el("li", {}, kk.data.functions[fn].name, status === "present" ? null : [" ", kk.el("span", { class: "mark" }, kk.say(status))]);
      });
      return kk.el("td", { role: "cell" }, kk.el("span", { class: "tally" }, kk.say("count", { n: kk.number(count) })), kk.el("ul", {}, items));
    });
    return kk.el("tr", { role: "row" }, kk.el("th", { scope: "row", role: "rowheader" }, kk.data.sectors[sector]), cells);
  }

  function functionItem(key, found) {
    const fn = kk.data.functions[key];
    const planned = found.pair.filter((house) => house.cells[key] === "planned");
    const held = found.pair.filter((house) => IN_USE.includes(house.cells[key]));
    const where = planned.length < held.length ? planned.map((house) => kk.data.houses[house.id].name).join(", ") : "";
    const mark = planned.length ? kk.el("span", { class: "mark" }, kk.say("planned") + (where ? ": " + where : "")) : null;
    return kk.el("li", {}, fn.name, " ", kk.el("span", { class: "detail" }, kk.data.sectors[fn.sector]), mark ? [" ", mark] : null);
  }

  function shared(found, houses, kind, item, note) {
    const title = found.either
      ? kk.say(kind + "_shared", { both: kk.number(found.both.length), either: kk.number(found.either), share: kk.number(100 * found.share) })
      : kk.say(kind + "_unknown");
    const parts = [
      { cls: "one-only", keys: found.first, head: kk.say("only", { house: houses[0].name }) },
      { cls: "both", keys: found.both, head: kk.say("in_both") },
      { cls: "other-only", keys: found.second, head: kk.say("only", { house: houses[1].name }) },
    ];
    const box = kk.el("section", { class: "overlap" }, kk.el("h3", {}, title));
    if (note) box.append(kk.el("p", { class: "help" }, note));
    if (!found.either) return box;
    const bar = kk.el("div", { class: "overlap-bar", "aria-hidden": "true" }, parts.map(function (part) {
      const piece = kk.el("span", { class: part.cls }, part.keys.length ? kk.number(part.keys.length) : "");
      piece.style.flex = part.keys.length + " 1 0";
      return piece;
    }));
    const lists = parts.map((part) => kk.el("div", {},
      kk.el("h4", {}, kk.el("span", { class: "key " + part.cls, "aria-hidden": "true" }), part.head + " (" + kk.number(part.keys.length) + ")"),
      part.keys.length ? kk.el("ul", {}, byName(part.keys).map(item)) : kk.el("p", {}, "–")));
    box.append(bar, kk.el("div", { class: "three" }, lists));
    return box;
  }

  function groupNote(found, houses) {
    return kk.say("groups_note", {
      first: houses[0].name,
      known1: kk.number(found.grouped[0]),
      all1: kk.number(found.pair[0].held.length),
      second: houses[1].name,
      known2: kk.number(found.grouped[1]),
      all2: kk.number(found.pair[1].held.length),
    });
  }
})(klyngekort);
