"use strict";
/* The register: filters over houses, sorting by any head, the choice of table. */
(function (kk) {
  const houses = {};
  const state = kk.houses = { scheme: "", region: "", cluster: "", fn: "", owner: "", status: "", words: "" };
  const RANK = { present: 0, planned: 1, past: 2, blank: 3 };
  const byId = (id) => document.getElementById(id);

  houses.start = function () {
    kk.data = kk.json("houses-data");
    state.scheme = kk.data.shown;
    for (const id of Object.keys(kk.data.houses)) {
      const house = kk.data.houses[id];
      house.id = id;
      house.folds = kk.folds([house.name, house.facts.town, house.facts.municipality, house.facts.operator].filter(Boolean).join(" "));
    }
    readAddress();
    startFilters();
    startTabs();
    document.querySelectorAll("table.matrix, table.facts").forEach(startSorting);
    document.querySelectorAll("table.matrix").forEach(startCross);
    kk.startComparison();
    kk.startClusters();
    kk.showScheme(state.scheme);
    document.querySelectorAll("[data-open]").forEach(function (button) {
      const id = button.dataset.open;
      if (!kk.data.houses[id] || button.closest(".clusters-matrix")) return;
      button.append(kk.el("span", { class: "hidden" }, " – " + kk.say("compare_this")));
      button.addEventListener("click", () => kk.compareWith(id));
    });
    document.documentElement.dataset.ready = "yes";
  };

  /* "#compare=haderslev,kolding-laasbyhoej&view=sundhedsklynger-2022" opens the page there. */
  function readAddress() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const view = asked.get("view");
    if (view && kk.data.clusters[view]) state.scheme = view;
    const pair = (asked.get("compare") || "").split(",").filter((id) => kk.data.houses[id]);
    if (pair.length === 2 && pair[0] !== pair[1]) {
      kk.data.pair = pair;
      state.asked = true;
    }
  }

  kk.noteAddress = function () {
    const words = new URLSearchParams();
    if (kk.data.pair.length === 2) words.set("compare", kk.data.pair.join(","));
    words.set("view", state.scheme);
    try {
      history.replaceState(null, "", "#" + words.toString().replaceAll("%2C", ","));
    } catch (error) {
      /* Some browsers refuse this for files; the page works without it. */
    }
  };

  kk.optionsOf = function (select, choices, chosen) {
    select.replaceChildren(...choices.map(([value, title]) => kk.el("option", { value, selected: value === chosen }, title)));
    select.value = choices.some(([value]) => value === chosen) ? chosen : choices.length ? choices[0][0] : "";
  };

  function startFilters() {
    byId("filters").hidden = false;
    const fields = { words: "filter-words", region: "filter-region", cluster: "filter-cluster", fn: "filter-function", owner: "filter-owner", status: "filter-status" };
    for (const [name, id] of Object.entries(fields)) {
      byId(id).addEventListener("input", function () {
        state[name] = byId(id).value;
        if (name === "region") state.cluster = "";
        if (name === "region") placeChoices();
        filter();
      });
    }
    byId("filter-scheme").addEventListener("input", function () {
      kk.showScheme(byId("filter-scheme").value);
      kk.noteAddress();
    });
    byId("filter-clear").addEventListener("click", function () {
      for (const [name, id] of Object.entries(fields)) byId(id).value = state[name] = "";
      placeChoices();
      filter();
    });
  }

  /* Regions and clusters are those of the division that is shown. */
  function placeChoices() {
    const clusters = Object.entries(kk.data.clusters[state.scheme]);
    const regions = [...new Set(clusters.map(([, cluster]) => cluster.region))].sort(kk.collate);
    if (!regions.includes(state.region)) state.region = "";
    kk.optionsOf(byId("filter-region"), [["", kk.say("every")], ...regions.map((name) => [name, name])], state.region);
    const near = clusters.filter(([, cluster]) => !state.region || cluster.region === state.region);
    if (!near.some(([id]) => id === state.cluster)) state.cluster = "";
    const named = near.map(([id, cluster]) => [id, cluster.name]).sort((a, b) => kk.collate(a[1], b[1]));
    kk.optionsOf(byId("filter-cluster"), [["", kk.say("every")], ...named], state.cluster);
  }

  kk.showScheme = function (scheme) {
    state.scheme = scheme;
    byId("filter-scheme").value = scheme;
    const input = byId("scheme-" + scheme);
    if (input) input.checked = true;
    placeChoices();
    filter();
    kk.drawClusters(scheme);
  };

  function holds(id, fn) {
    const told = (kk.data.broader[id] || {})[fn] || (kk.data.cells[id] || {})[fn];
    return told === "present" || told === "planned";
  }

  function wanted(house) {
    const within = (lists, one) => !one || (lists[state.scheme] || []).includes(one);
    return (
      within(house.regions, state.region) &&
      within(house.clusters, state.cluster) &&
      (!state.fn || holds(house.id, state.fn)) &&
      (!state.owner || house.owner === state.owner) &&
      (!state.status || house.status === state.status) &&
      (!state.words.trim() || kk.match(state.words, house.folds))
    );
  }

  function filter() {
    const all = Object.values(kk.data.houses);
    const shown = new Set(all.filter(wanted).map((house) => house.id));
    for (const table of [byId("houses-matrix"), byId("facts-table")]) {
      for (const row of table.tBodies[0].rows) row.hidden = !shown.has(row.dataset.id);
    }
    total(byId("houses-matrix"));
    byId("house-count").textContent = kk.say("houses_shown", { shown: kk.number(shown.size), all: kk.number(all.length) });
    byId("no-houses").hidden = shown.size > 0 || !all.length;
  }

  function total(table) {
    const rows = [...table.tBodies[0].rows].filter((row) => !row.hidden);
    const cells = table.tFoot.rows[0].cells;
    for (let i = 2; i < cells.length; i++) {
      cells[i].textContent = rows.filter((row) => row.cells[i].classList.contains("present")).length;
    }
  }

  function startTabs() {
    byId("tabs").hidden = false;
    byId("extra-choice").hidden = false;
    const show = function () {
      const facts = byId("tab-facts").checked;
      byId("part-facts").hidden = !facts;
      byId("part-functions").hidden = facts;
      byId("extra-choice").hidden = facts;
    };
    byId("tab-facts").addEventListener("change", show);
    byId("tab-functions").addEventListener("change", show);
    byId("extra").addEventListener("change", () => byId("houses-matrix").classList.toggle("with-extra", byId("extra").checked));
    show();
  }

  /* Rows move as they are; what is not stated comes last, whichever way the others are sorted. */
  function startSorting(table) {
    const buttons = [...table.tHead.querySelectorAll("button[data-sort]")];
    const offset = table.classList.contains("matrix") ? 2 : 1;
    const functions = buttons.filter((button) => button.closest(".function"));
    buttons.forEach(function (button) {
      button.addEventListener("click", function () {
        const head = button.closest("th");
        const was = head.getAttribute("aria-sort");
        const key = button.dataset.sort;
        const number = head.classList.contains("cell-number");
        const down = was ? was === "ascending" : number;
        const at = key === "name" ? 0 : key === "count" ? 1 : functions.length ? offset + functions.indexOf(button) : offset + Number(key);
        const rows = [...table.tBodies[0].rows];
        const told = rows.map((row) => ({ row, value: valueOf(row.cells[at], number), name: nameOf(row) }));
        told.sort(function (a, b) {
          if ((a.value === null) !== (b.value === null)) return a.value === null ? 1 : -1;
          const order = a.value === null ? 0 : typeof a.value === "number" ? a.value - b.value : kk.collate(a.value, b.value);
          return (down ? -order : order) || kk.collate(a.name, b.name);
        });
        table.tBodies[0].append(...told.map((entry) => entry.row));
        buttons.forEach(function (other) {
          other.closest("th").removeAttribute("aria-sort");
          other.querySelector(".sort").textContent = other.closest(".function") ? "" : "↕";
        });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        button.querySelector(".sort").textContent = down ? "▼" : "▲";
      });
    });
  }

  const nameOf = (row) => row.querySelector(".row-link").firstChild.textContent;

  function valueOf(cell, number) {
    if (cell.tagName === "TH") return nameOf(cell.parentElement);
    const mark = Object.keys(RANK).find((name) => cell.classList.contains(name));
    if (mark) {
      const dot = cell.querySelector(".dot");
      return mark === "blank" ? null : RANK[mark] * 1000 - Number(dot.textContent || 0);
    }
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    return number || cell.classList.contains("missing") ? null : cell.firstChild.textContent;
  }

  /* The function's name lights up over the cell that is pointed at. */
  function startCross(table) {
    let hot = null;
    table.tBodies[0].addEventListener("mouseover", function (event) {
      const cell = event.target.closest("td");
      const head = cell && table.tHead.rows[1].cells[cell.cellIndex - 2];
      if (head === hot) return;
      if (hot) hot.classList.remove("hot");
      if (head) head.classList.add("hot");
      hot = head || null;
    });
  }

  kk.startHouses = houses.start;
})(klyngekort);
