/* View switch, layer tick boxes, legend, search and background map. */
(function (kk) {
  kk.startControls = function () {
    startViews();
    startSteps();
    startLayers();
    startSearch();
    startBackground();
  };

  function startViews() {
    const box = document.getElementById("views");
    kk.data.views.forEach(function (view) {
      const input = kk.el("input", { type: "radio", name: "view", id: "view-" + view.key, value: view.key, checked: view.key === kk.state.view });
      input.addEventListener("change", () => kk.setView(view.key));
      box.append(kk.el("label", { class: "choice", for: input.id }, input, kk.el("span", {}, view.title)));
    });
    box.closest("fieldset").hidden = kk.data.views.length < 2;
    viewNote();
  }

  const stateOf = (states, key) => states.find((candidate) => candidate.key === key);

  function viewNote() {
    const view = stateOf(kk.data.views, kk.state.view);
    const step = stateOf(kk.data.steps, kk.state.step);
    const note = document.getElementById("view-note");
    note.textContent = (view && view.note) || "";
    note.hidden = !note.textContent;
    const told = view ? [view.title, note.textContent] : [];
    if (step) {
      const stepNote = document.getElementById("step-note");
      stepNote.textContent = (view && view.notes && view.notes[step.key]) || step.note || "";
      told.push(stepNote.textContent);
    }
    document.getElementById("view-shown").textContent = told.filter(Boolean).join(". ").replace(/\.\. /g, ". ");
    document.getElementById("shown").replaceChildren(...[["views", view], ["steps", step]].flatMap(([switched, state]) => headline(switched, state)));
    document.querySelectorAll("[data-view]").forEach((part) => (part.hidden = part.dataset.view !== kk.state.view));
  }

  /* What a switch shows now, above the legend; a switch of one state says nothing. */
  function headline(switched, state) {
    if (!state || kk.data[switched].length < 2) return [];
    const title = document.querySelector("#" + switched + "-part legend").textContent;
    const groups = new Set(kk.data[switched].map((other) => other.group));
    return [kk.el("li", {}, title + ": ", kk.el("b", {}, (state.group && groups.size > 1 ? state.group + ": " : "") + state.title))];
  }

  /* The second switch: short choices in rows, each row under its heading. */
  function startSteps() {
    const rows = new Map();
    for (const step of kk.data.steps) {
      const group = step.group || "";
      const input = kk.el("input", { type: "radio", name: "step", id: "step-" + step.key, value: step.key, checked: step.key === kk.state.step });
      input.addEventListener("change", () => kk.setStep(step.key));
      const label = kk.el("label", { class: "segment", for: input.id }, input, kk.el("span", {}, group ? kk.el("span", { class: "hidden" }, group + ": ") : null, step.title));
      if (!rows.has(group)) rows.set(group, kk.el("div", { class: "segments" }));
      rows.get(group).append(label);
    }
    const box = document.getElementById("step-choice");
    for (const [group, row] of rows) box.append(group ? kk.el("p", { class: "step-group", "aria-hidden": "true" }, group) : "", row);
    viewNote();
  }

  kk.setStep = function (key) {
    kk.state.step = key;
    document.getElementById("step-" + key).checked = true;
    if (kk.popup) kk.map.closePopup();
    viewNote();
    kk.draw();
    legend();
    kk.announce(document.getElementById("step-note").textContent);
    kk.tell("shown");
  };

  kk.setView = function (key) {
    kk.state.view = key;
    const input = document.getElementById("view-" + key);
    if (input) input.checked = true;
    if (kk.popup) kk.map.closePopup();
    viewNote();
    kk.draw();
    kk.drawTable();
    kk.drawRanking();
    legend();
    const view = stateOf(kk.data.views, key);
    if (view) kk.announce(kk.say("view_shown", { view: view.title }));
    kk.tell("shown");
  };

  function startLayers() {
    const box = document.getElementById("layers");
    for (const layer of kk.data.layers) {
      kk.state.layers[layer.key] = kk.asked.has(layer.key) ? kk.asked.get(layer.key) : layer.visible !== false;
      if (layer.control === false) continue;
      const input = kk.el("input", { type: "checkbox", id: "layer-" + layer.key, checked: kk.state.layers[layer.key] });
      input.addEventListener("change", () => kk.setLayer(layer.key, input.checked));
      const note = layer.note ? kk.el("span", { class: "layer-note" }, layer.note) : null;
      box.append(kk.el("label", { class: "choice", for: input.id }, input, kk.el("span", {}, layer.title, note)));
    }
    legend();
  }

  kk.setLayer = function (key, on) {
    kk.state.layers[key] = on;
    const input = document.getElementById("layer-" + key);
    if (input) input.checked = on;
    kk.draw();
    legend();
    kk.tell("shown");
  };

  /* Only lines that speak of something on the map now. */
  function legend() {
    const list = document.getElementById("legend");
    const lines = [];
    for (const layer of kk.shown()) {
      const used = new Set();
      for (const part of [...(layer.areas || []), ...(layer.places || [])]) {
        if (kk.inView(part)) (part.legend || []).forEach((key) => used.add(key));
      }
      for (const line of layer.legend || []) if (line.always || used.has(line.key)) lines.push(line);
    }
    list.replaceChildren(...lines.map((line) => kk.el("li", {}, swatch(line), kk.el("span", {}, line.text))));
    document.getElementById("legend-box").hidden = !lines.length;
  }

  function swatch(line) {
    if (line.symbol === "marker") return kk.el("span", { class: "swatch" }, kk.markerIcon(line.name));
    const node = kk.svg("svg", { width: 34, height: 18, "aria-hidden": "true", focusable: "false" });
    if (line.symbol === "line") {
      const style = kk.LINES[line.name];
      node.append(kk.svg("line", {
        x1: 1, y1: 9, x2: 33, y2: 9,
        stroke: kk.data.colours[style.colour], "stroke-width": style.weight, "stroke-dasharray": style.dashArray,
      }));
    } else if (line.symbol === "hatch") {
      node.append(kk.svg("rect", { x: 0.5, y: 0.5, width: 33, height: 17, fill: kk.paint(line.fills || [], line.name), stroke: kk.data.colours.border }));
    } else {
      const side = 34 / line.fills.length;
      line.fills.forEach((fill, i) => node.append(kk.svg("rect", { x: i * side, y: 0, width: side, height: 18, fill })));
      node.append(kk.svg("rect", { x: 0.5, y: 0.5, width: 33, height: 17, fill: "none", stroke: kk.data.colours.border }));
    }
    return kk.el("span", { class: "swatch" }, node);
  }

  /* Search: a combo box after the ARIA Authoring Practices; arrows choose, Enter goes there. */
  function startSearch() {
    const input = document.getElementById("search");
    const list = document.getElementById("search-list");
    const none = document.getElementById("search-none");
    none.textContent = kk.say("no_hits");
    const known = Object.entries(kk.data.features).map(([key, feature]) => ({ key, feature, folds: null, words: null }));
    let hits = [];
    let active = -1;

    function find(query) {
      const found = [];
      for (const entry of known) {
        if (entry.feature.layer && !kk.state.layers[entry.feature.layer]) continue;
        entry.folds = entry.folds || kk.folds(entry.feature.name);
        entry.words = entry.words || kk.folds(entry.feature.words || "");
        const score = Math.max(2 * kk.match(query, entry.folds), kk.match(query, entry.words));
        const here = kk.inView(entry.feature) ? 0.5 : 0;
        if (score) found.push({ ...entry, score: score + here });
      }
      found.sort((a, b) => b.score - a.score || kk.collate(a.feature.name, b.feature.name) || kk.collate(a.feature.kind, b.feature.kind));
      return found.slice(0, 12);
    }

    function close() {
      none.hidden = true;
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function render() {
      const query = input.value.trim();
      hits = query ? find(query) : [];
      list.replaceChildren(
        ...hits.map(function (hit, i) {
          const option = kk.el("li", { role: "option", id: "hit-" + i, "aria-selected": "false" },
            kk.el("span", { class: "hit-name" }, hit.feature.name), kk.el("span", { class: "hit-kind" }, kk.kindOf(hit.feature)));
          option.addEventListener("mousedown", (event) => event.preventDefault());
          option.addEventListener("click", () => take(i));
          return option;
        })
      );
      if (!query) return close();
      list.hidden = !hits.length;
      none.hidden = Boolean(hits.length);
      input.setAttribute("aria-expanded", String(Boolean(hits.length)));
      mark(hits.length ? 0 : -1);
      kk.announce(hits.length ? kk.say("hits", { n: hits.length }) : kk.say("no_hits"));
    }

    function mark(index) {
      active = index;
      [...list.children].forEach((node, i) => node.setAttribute("aria-selected", String(i === index)));
      if (index < 0) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", "hit-" + index);
      list.children[index].scrollIntoView({ block: "nearest" });
    }

    function take(index) {
      const hit = hits[index];
      if (!hit) return;
      close();
      input.value = hit.feature.name;
      kk.scrollTo(document.getElementById("map-box"));
      if (hit.feature.at || hit.feature.shape) kk.choose(hit.key, { go: true, focus: true, from: input });
      else kk.goToRow(hit.key);
    }

    input.addEventListener("input", render);
    input.addEventListener("focus", () => input.select());
    input.addEventListener("blur", close);
    input.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) return render();
        mark((active + (event.key === "ArrowDown" ? 1 : hits.length - 1)) % hits.length);
      } else if (event.key === "Enter" && !list.hidden) {
        event.preventDefault();
        take(active);
      } else if (event.key === "Escape") {
        if (list.hidden) input.value = "";
        close();
      }
    });
  }

  /* A background map is the only thing that ever asks another computer for something, and only when ticked. */
  function startBackground() {
    const box = document.getElementById("background");
    if (!box || !kk.background) return;
    const tick = document.getElementById("background-on");
    const key = document.getElementById("background-key");
    const update = function () {
      if (key) kk.background.options.key = key.value.trim();
      if (tick.checked && (!key || key.value.trim())) kk.background.addTo(kk.map);
      else kk.background.remove();
      if (key && kk.map.hasLayer(kk.background)) kk.background.redraw();
      kk.map.getContainer().classList.toggle("with-background", kk.map.hasLayer(kk.background));
    };
    tick.addEventListener("change", update);
    if (key) key.addEventListener("change", update);
  }
})(klyngekort);
