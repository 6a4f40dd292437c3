/* Beside the map: the rows of one table with most, each with its bar, in the view shown. */
(function (kk) {
  kk.drawRanking = function () {
    const box = document.getElementById("ranking-box");
    const asked = kk.data.ranking;
    box.hidden = !asked;
    if (!asked) return;
    const table = kk.data.tables.find((candidate) => candidate.key === asked.table);
    const column = table.columns.findIndex((candidate) => candidate.bar);
    const rows = table.rows.filter((row) => kk.inView(row) && row.cells[column] > 0);
    rows.sort((a, b) => b.cells[column] - a.cells[column]);
    const first = rows.slice(0, asked.count);
    document.getElementById("ranking-title").textContent = asked.title;
    document.getElementById("ranking").replaceChildren(...first.map((row) => line(row, row.cells[column], first[0].cells[column])));
    box.hidden = !first.length;
  };

  function line(row, value, most) {
    const button = kk.el("button", { type: "button", class: "link" }, row.cells[0]);
    button.addEventListener("click", () => kk.choose(row.feature, { go: true, focus: true, from: button }));
    return kk.el("li", {}, kk.el("div", {}, button, kk.el("span", {}, kk.number(value))), kk.bar(value, most));
  }
})(klyngekort);
