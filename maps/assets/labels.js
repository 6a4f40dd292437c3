/* Names on the map: each beside its place where no other name is, with a thin leader when it had to move. */
(function (kk) {
  const FONT = { cluster: 13, municipality: 11 };
  let map;
  let group;
  let pen;

  kk.startLabels = function (theMap) {
    map = theMap;
    group = L.layerGroup().addTo(map);
    pen = document.createElement("canvas").getContext("2d");
    map.on("zoomend", () => kk.drawLabels());
  };

  const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

  /* Places to try, nearest first: on the spot, then around it in growing rings. */
  const TRIES = [[0, 0]];
  for (const far of [16, 30, 46, 64, 84]) {
    for (let i = 0; i < 16; i++) {
      const angle = (i * Math.PI) / 8;
      TRIES.push([far * 1.35 * Math.cos(angle), far * Math.sin(angle)]);
    }
  }

  kk.drawLabels = function () {
    group.clearLayers();
    const zoom = map.getZoom();
    const labels = [];
    const obstacles = [];
    for (const layer of kk.shown()) {
      for (const label of layer.labels || []) {
        if (kk.inView(label) && zoom >= (label.min_zoom || 0)) labels.push(label);
      }
      for (const place of layer.places || []) {
        if (!kk.inView(place)) continue;
        const p = map.project([place.lat, place.lon], zoom);
        const half = kk.data.markers[place.marker].size / 2;
        obstacles.push([p.x - half, p.y - half, p.x + half, p.y + half]);
      }
    }
    labels.sort((a, b) => rank(a) - rank(b) || (b.priority || 0) - (a.priority || 0) || kk.collate(a.text, b.text));
    const taken = [];
    for (const label of labels) put(label, zoom, taken, obstacles);
  };

  const rank = (label) => (label.style === "municipality" ? 1 : 0);

  function put(label, zoom, taken, obstacles) {
    const size = FONT[label.style || "cluster"];
    pen.font = (label.style === "municipality" ? "500 " : "650 ") + size + "px " + kk.data.font;
    const lines = broken(label.text);
    const width = Math.max(...lines.map((line) => pen.measureText(line).width)) + 6;
    const height = lines.length * size * 1.18 + 4;
    const at = map.project([label.lat, label.lon], zoom);
    const tries = label.style === "municipality" ? TRIES.slice(0, 17) : TRIES;
    let best = null;
    for (const [dx, dy] of tries) {
      const box = [at.x + dx - width / 2, at.y + dy - height / 2, at.x + dx + width / 2, at.y + dy + height / 2];
      if (taken.some((other) => overlap(box, other))) continue;
      const hidden = obstacles.filter((other) => overlap(box, other)).length;
      const cost = Math.hypot(dx, dy) + 26 * hidden;
      if (!best || cost < best.cost) best = { dx, dy, box, cost };
      if (!hidden && best && best.cost <= Math.hypot(dx, dy)) break;
    }
    if (!best) return;
    taken.push(best.box);
    add(label, lines, at, best, height, zoom);
  }

  /* A long name breaks at its middle blank. */
  function broken(text) {
    if (text.length < 13 || !text.includes(" ")) return [text];
    const middle = text.length / 2;
    let cut = -1;
    for (let i = text.indexOf(" "); i >= 0; i = text.indexOf(" ", i + 1)) {
      if (cut < 0 || Math.abs(i - middle) < Math.abs(cut - middle)) cut = i;
    }
    return [text.slice(0, cut), text.slice(cut + 1)];
  }

  function add(label, lines, at, best, height, zoom) {
    const spot = map.unproject([at.x + best.dx, at.y + best.dy], zoom);
    if (Math.hypot(best.dx, best.dy) > height) {
      const edge = [
        at.x + best.dx - Math.sign(best.dx) * Math.min(Math.abs(best.dx), (best.box[2] - best.box[0]) / 2),
        at.y + best.dy - Math.sign(best.dy) * Math.min(Math.abs(best.dy), height / 2),
      ];
      const leader = [[label.lat, label.lon], map.unproject(edge, zoom)];
      group.addLayer(L.polyline(leader, { pane: "outlines", color: kk.data.colours.ink, weight: 1, interactive: false }));
    }
    const text = kk.el("span", { class: "label-text " + (label.style || "cluster") });
    lines.forEach((line, i) => text.append(i ? document.createElement("br") : "", line));
    const icon = L.divIcon({ html: text, className: "label", iconSize: [0, 0] });
    group.addLayer(
      L.marker(spot, { icon, pane: "labels", interactive: false, keyboard: false }).on("add", function (event) {
        event.target.getElement().setAttribute("aria-hidden", "true");
      })
    );
  }
})(klyngekort);
