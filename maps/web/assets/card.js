/* Cards (popups): name, figures with their marks, lists and notes. */
(function (kk) {
  kk.card = function (key, others) {
    const feature = kk.data.features[key];
    const box = kk.el("div", { class: "card" });
    box.append(kk.el("h3", { class: "card-title" }, feature.name));
    box.append(kk.el("p", { class: "card-kind" }, kk.kindOf(feature)));
    const also = (others || []).filter((other) => kk.data.features[other]);
    if (also.length) {
      box.append(kk.el("p", { class: "card-also" }, kk.say("here_also") + " ", also.map((other, i) => [i ? ", " : "", link(other, nameAndKind(kk.data.features[other]))])));
    }
    box.append(...kk.cardBody(key).childNodes);
    if (kk.rowOf(key)) {
      const button = kk.el("button", { type: "button", class: "quiet" }, kk.say("show_in_table"));
      button.addEventListener("click", () => kk.goToRow(key));
      box.append(kk.el("p", { class: "card-foot" }, button));
    }
    return box;
  };

  /* Figures, lists, links and notes of a card; its headings are of the level given. */
  kk.cardBody = function (key, level = "h4") {
    const card = kk.data.features[key].card || {};
    const box = kk.el("div", { class: "card" });
    const fields = (card.fields || []).filter(kk.inView);
    if (fields.length) box.append(kk.el("dl", {}, fields.map(line)));
    (card.lists || []).filter(kk.inView).forEach((list) => box.append(listing(list, level)));
    (card.notes || []).forEach((note) => box.append(kk.el("p", { class: "card-note" }, note)));
    if (card.links) box.append(kk.el("p", { class: "card-foot" }, card.links.map((to, i) => [i ? " · " : "", kk.el("a", { href: to.href }, to.title)])));
    return box;
  };

  kk.kindOf = (feature) => (feature.kinds && feature.kinds[kk.state.view]) || feature.kind;
  const shortKind = (feature) => kk.kindOf(feature).split(" · ")[0].toLocaleLowerCase(kk.data.locale);
  const nameAndKind = (feature) => feature.name + " (" + shortKind(feature) + ")";

  function line(field) {
    const missing = field.value === null || field.value === undefined;
    const value = kk.el("dd", { class: missing ? "missing" : null }, kk.value(field));
    if (field.mark && !missing) value.append(" ", kk.el("span", { class: field.caution ? "mark caution" : "mark" }, field.mark));
    return [kk.el("dt", {}, field.label), value];
  }

  function listing(list, level) {
    const items = kk.el("ul", {}, (list.items || []).map(([text, key]) => kk.el("li", {}, key ? link(key, text) : text)));
    if (list.folded) return kk.el("details", {}, kk.el("summary", {}, list.label), items);
    return kk.el("div", {}, kk.el(level, { class: "list-title" }, list.label), items);
  }

  function link(key, text) {
    const button = kk.el("button", { type: "button", class: "link" }, text || kk.data.features[key].name);
    button.addEventListener("click", function () {
      const opener = kk.popup && kk.popup.opener;
      kk.choose(key, { go: true, focus: true, from: opener });
    });
    return button;
  }
})(klyngekort);
