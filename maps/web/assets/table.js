/* The same numbers as a real table: sorted by its heads, filtered by its field, each row leading to the map. */
(function (kk) {
  const sorting = {};
  let current;
  let most = [];

  const wanted = (row) => kk.inView(row);
  const folded = new Map();

  /* A cell's text as it is searched for; folded when it is first asked for. */
  function foldsOf(text) {
    if (!folded.has(text)) folded.set(text, kk.folds(text));
    return folded.get(text);
  }

  kk.rowOf = function (key) {
    for (const table of kk.data.tables) {
      const row = table.rows.find((candidate) => candidate.feature === key && wanted(candidate));
      if (row) return { table, row };
    }
    return null;
  };

  kk.startTables = function () {
    if (!kk.data.tables.length) return;
    current = kk.data.tables[0];
    kk.data.tables.forEach(function (table) {
      const index = table.order || 0;
      sorting[table.key] = { index, down: table.columns[index].kind === "number" && !table.rising };
    });
    const choice = document.getElementById("table-choice");
    kk.data.tables.forEach(function (table, i) {
      const input = kk.el("input", { type: "radio", name: "table", id: "table-" + table.key, value: table.key, checked: i === 0 });
      input.addEventListener("change", () => show(table));
      choice.append(kk.el("label", { class: "segment", for: input.id }, input, kk.el("span", {}, table.title)));
    });
    choice.hidden = kk.data.tables.length < 2;
    document.getElementById("table-filter").addEventListener("input", fillRows);
    kk.drawTable();
  };

  function show(table) {
    current = table;
    document.getElementById("table-filter").value = "";
    kk.drawTable();
  }

  kk.drawTable = function () {
    if (!current) return;
    const table = document.getElementById("table");
    const note = document.getElementById("table-note");
    table.querySelector("caption").textContent = current.title;
    note.textContent = current.note || "";
    note.hidden = !current.note;
    const head = kk.el("tr", {}, current.columns.map(headCell));
    table.tHead.replaceChildren(head);
    fillRows();
  };

  function headCell(column, index) {
    const order = sorting[current.key];
    const state = order && order.index === index ? (order.down ? "descending" : "ascending") : null;
    const sign = kk.el("span", { class: "sort", "aria-hidden": "true" }, state ? (state === "ascending" ? "▲" : "▼") : "↕");
    const button = kk.el("button", { type: "button" }, kk.el("span", {}, column.title), sign);
    button.addEventListener("click", function () {
      const same = order && order.index === index;
      sorting[current.key] = { index, down: same ? !order.down : column.kind === "number" };
      kk.drawTable();
      document.getElementById("table").tHead.rows[0].cells[index].querySelector("button").focus();
    });
    return kk.el("th", { scope: "col", class: "cell-" + (column.kind || "text"), "aria-sort": state, title: column.note }, button);
  }

  const empty = (value) => value === null || value === undefined || value === "";

  function sorted(rows) {
    const order = sorting[current.key];
    if (!order) return rows;
    const sign = order.down ? -1 : 1;
    return rows.slice().sort(function (a, b) {
      const x = a.cells[order.index];
      const y = b.cells[order.index];
      if (empty(x) || empty(y)) return empty(x) - empty(y);
      return sign * (typeof x === "number" && typeof y === "number" ? x - y : kk.collate(String(x), String(y)));
    });
  }

  function fillRows() {
    const query = document.getElementById("table-filter").value;
    const all = current.rows.filter(wanted);
    most = current.columns.map((column, index) => (column.bar ? Math.max(...all.map((row) => row.cells[index] || 0)) : 0));
    const rows = sorted(all.filter((row) => !query.trim() || row.cells.some((cell) => typeof cell === "string" && kk.match(query, foldsOf(cell)))));
    const body = document.getElementById("table").tBodies[0];
    body.replaceChildren(...rows.map(bodyRow));
    document.getElementById("table-count").textContent = kk.say("rows_shown", { shown: kk.number(rows.length), all: kk.number(all.length) });
    markRow();
  }

  function bodyRow(row) {
    const cells = current.columns.map(function (column, index) {
      const value = row.cells[index];
      const text = value === "" ? "–" : kk.value({ value, decimals: column.decimals });
      if (index === 0) return kk.el("th", { scope: "row" }, opener(row, text));
      const cls = "cell-" + (column.kind || "text") + (value === null || value === undefined ? " missing" : "");
      return kk.el("td", { class: cls }, text, most[index] ? kk.bar(value, most[index]) : null);
    });
    const node = kk.el("tr", { "data-feature": row.feature }, cells);
    if (current.unfold) cells[0].append(folder(row, node, cells.length));
    node.addEventListener("click", function (event) {
      if (!event.target.closest("button") && !String(window.getSelection())) go(row, node.querySelector("button"));
    });
    return node;
  }

  /* A button that opens the row's card below it. */
  function folder(row, node, width) {
    const name = kk.data.features[row.feature].name;
    const button = kk.el("button", { type: "button", class: "unfold", "aria-expanded": "false" }, current.unfold, kk.el("span", { class: "hidden" }, " – " + name));
    let fold = null;
    button.addEventListener("click", function () {
      if (fold) fold = fold.remove();
      else {
        fold = kk.el("tr", { class: "fold" }, kk.el("td", { colspan: width }, kk.cardBody(row.feature, "h3")));
        node.after(fold);
      }
      button.setAttribute("aria-expanded", String(Boolean(fold)));
    });
    return button;
  }

  /* The number stands beside its bar, so the bar says nothing new to a screen reader. */
  kk.bar = function (value, whole) {
    const box = kk.svg("svg", { class: "bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" });
    box.append(kk.svg("rect", { width: Math.max(0, (100 * (value || 0)) / whole), height: 6 }));
    return box;
  };

  function opener(row, text) {
    const button = kk.el("button", { type: "button", class: "row-link" }, text, kk.el("span", { class: "hidden" }, " – " + kk.say("show_on_map")));
    button.addEventListener("click", () => go(row, button));
    return button;
  }

  function go(row, button) {
    kk.scrollTo(document.getElementById("map-box"));
    kk.choose(row.feature, { go: true, focus: true, from: button });
  }

  function markRow() {
    document.querySelectorAll("#table tbody tr").forEach(function (node) {
      const chosen = node.dataset.feature === kk.state.chosen;
      node.classList.toggle("chosen", chosen);
      if (chosen) node.setAttribute("aria-current", "true");
      else node.removeAttribute("aria-current");
    });
  }

  /* What is chosen on the map is marked in its table, and scrolled to within the table's own box. */
  kk.on("chosen", function (key) {
    const found = kk.rowOf(key);
    if (!found) return markRow();
    if (found.table !== current) {
      document.getElementById("table-" + found.table.key).checked = true;
      show(found.table);
    }
    markRow();
    const node = document.querySelector("#table tr.chosen");
    const box = document.getElementById("table-box");
    if (node) box.scrollTop = node.offsetTop - box.clientHeight / 3;
  });

  kk.goToRow = function (key) {
    kk.state.chosen = key;
    document.getElementById("table-filter").value = "";
    kk.tell("chosen", key);
    fillRows();
    const node = document.querySelector("#table tr.chosen");
    if (!node) return;
    node.scrollIntoView({ behavior: kk.calm() ? "auto" : "smooth", block: "center" });
    node.querySelector("button").focus({ preventScroll: true });
  };
})(klyngekort);
