/* Names on the map: each where no other name is, within its own area if there is room, else beside it with a
   thin leader. Names of small areas come when the map is close enough. */
(function (kk) {
  let map;
  let group;
  let pen;

  kk.startLabels = function (theMap) {
    map = theMap;
    group = L.layerGroup().addTo(map);
    pen = document.createElement("canvas").getContext("2d");
  };

  const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

  /* Places to try, nearest first: on the spot, then around it in growing rings. */
  const TRIES = [[0, 0]];
  for (const far of [9, 18, 28, 40, 54, 70, 90, 112]) {
    for (let i = 0; i < 16; i++) {
      const angle = (i * Math.PI) / 8;
      TRIES.push([far * 1.25 * Math.cos(angle), far * Math.sin(angle)]);
    }
  }
  const CLOSE = 49;

  kk.drawLabels = function () {
    group.clearLayers();
    const zoom = map.getZoom();
    const scale = 2 ** zoom;
    const labels = [];
    const obstacles = new Crowd();
    const crowded = zoom < 7.5 && map.getSize().x < 560;
    for (const layer of kk.shown()) {
      for (const label of layer.labels || []) {
        if (kk.inView(label) && zoom >= (label.min_zoom || 0)) labels.push(label);
      }
      for (const place of layer.places || []) {
        if (!kk.inView(place) || (crowded && place.marker !== "acute" && place.marker !== "site")) continue;
        const p = flat([place.lat, place.lon]);
        const x = p.x * scale;
        const y = p.y * scale;
        const half = kk.data.markers[place.marker].size * (zoom < 8 ? 0.36 : 0.48);
        obstacles.add([x - half, y - half, x + half, y + half, weight(place.marker)]);
      }
    }
    const shapes = {};
    for (const label of labels) if (label.shape) shapes[label.shape] = projected(label.shape);
    const view = map.getPixelBounds();
    const frame = [view.min.x + 4, view.min.y + 4, view.max.x - 4, view.max.y - 4];
    const tries = crowded ? TRIES.slice(0, CLOSE) : TRIES;
    labels.sort((a, b) => rank(a) - rank(b) || (b.priority || 0) - (a.priority || 0) || kk.collate(a.text, b.text));
    const others = Object.entries(shapes);
    const taken = [];
    const told = new Set();
    for (const label of labels) {
      const same = label.text + label.lat + label.lon;
      if (told.has(same)) continue;
      told.add(same);
      put(label, zoom, { taken, obstacles, shapes: others, frame, tries, crowded });
    }
  };

  const weight = (marker) => (marker === "acute" ? 80 : 40);
  const rank = (label) => (label.style === "municipality" ? 1 : 0);

  function put(label, zoom, { taken, obstacles, shapes, frame, tries, crowded }) {
    const scale = 2 ** zoom;
    const small = label.style === "municipality";
    const size = small || zoom < 6.75 ? 11 : zoom < 8 ? 12 : 13;
    pen.font = (small ? "500 " : "650 ") + size + "px " + kk.data.font;
    const lines = broken(label.text);
    const width = Math.max(...lines.map((line) => pen.measureText(line).width)) + 6;
    const height = lines.length * size * 1.18 + 2;
    const at = map.project([label.lat, label.lon], zoom);
    let best = null;
    for (const [dx, dy] of small ? TRIES.slice(0, CLOSE) : tries) {
      const way = Math.hypot(dx, dy);
      if (best && way >= best.cost) break;
      const x = at.x + dx;
      const y = at.y + dy;
      const box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
      if (taken.some((other) => overlap(box, other))) continue;
      const away = cut(at, box, frame);
      const least = way + obstacles.weight(box) + (away ? 70 : 0);
      if (best && least >= best.cost) continue;
      const ground = standing(label.shape, shapes, x / scale, y / scale, width / scale);
      const cost = least + ground.cost;
      if (!best || cost < best.cost) best = { dx, dy, box, cost, home: ground.home, away };
    }
    if (!best || (crowded && (!best.home || best.away))) return;
    taken.push(best.box);
    add(label, lines, size, at, best, height, zoom);
  }

  /* Whether a name of something in sight would run out of sight. */
  function cut(at, box, frame) {
    if (!overlap([at.x, at.y, at.x, at.y], frame)) return false;
    return box[0] < frame[0] || box[1] < frame[1] || box[2] > frame[2] || box[3] > frame[3];
  }

  /* What a name stands on, at three points of its length: its own area, open water, or somebody else's area. */
  function standing(own, shapes, x, y, width) {
    if (!own) return { cost: 0, home: true };
    let cost = 0;
    let home = 0;
    for (const px of [x - width * 0.42, x, x + width * 0.42]) {
      if (inside(projected(own), px, y)) home += 1;
      else cost += shapes.some(([name, shape]) => name !== own && inside(shape, px, y)) ? 34 : 15;
    }
    return { cost, home: home > 0 };
  }

  /* A point of the map at zoom 0; at another zoom it lies 2 ** zoom times as far out. */
  const flat = (point) => map.project(point, 0);

  const known = {};
  function projected(shape) {
    if (known[shape]) return known[shape];
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    const rings = kk.rings(shape).map((ring) =>
      ring.map(function (point) {
        const p = flat(point);
        box[0] = Math.min(box[0], p.x);
        box[1] = Math.min(box[1], p.y);
        box[2] = Math.max(box[2], p.x);
        box[3] = Math.max(box[3], p.y);
        return p;
      })
    );
    return (known[shape] = { box, rings });
  }

  /* Boxes with weights, found by the squares that they touch. */
  const SQUARE = 64;
  function Crowd() {
    const squares = new Map();
    let asked = 0;

    function touched(box, call) {
      for (let i = Math.floor(box[0] / SQUARE); i <= Math.floor(box[2] / SQUARE); i++) {
        for (let j = Math.floor(box[1] / SQUARE); j <= Math.floor(box[3] / SQUARE); j++) call(i * 2 ** 26 + j);
      }
    }

    this.add = function (box) {
      const entry = { box, seen: 0 };
      touched(box, function (square) {
        if (squares.has(square)) squares.get(square).push(entry);
        else squares.set(square, [entry]);
      });
    };

    /* The weights of all that a box overlaps, each once. */
    this.weight = function (box) {
      let sum = 0;
      asked += 1;
      touched(box, function (square) {
        for (const entry of squares.get(square) || []) {
          if (entry.seen === asked) continue;
          entry.seen = asked;
          if (overlap(box, entry.box)) sum += entry.box[4];
        }
      });
      return sum;
    };
  }

  function inside(shape, x, y) {
    const box = shape.box;
    if (x < box[0] || x > box[2] || y < box[1] || y > box[3]) return false;
    let within = false;
    for (const ring of shape.rings) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const a = ring[i];
        const b = ring[j];
        if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) within = !within;
      }
    }
    return within;
  }

  /* A long name breaks at the blank nearest its middle. */
  function broken(text) {
    if (text.length < 13 || !text.includes(" ")) return [text];
    const middle = text.length / 2;
    let cut = -1;
    for (let i = text.indexOf(" "); i >= 0; i = text.indexOf(" ", i + 1)) {
      if (cut < 0 || Math.abs(i - middle) < Math.abs(cut - middle)) cut = i;
    }
    return [text.slice(0, cut), text.slice(cut + 1)];
  }

  function add(label, lines, size, at, best, height, zoom) {
    const spot = map.unproject([at.x + best.dx, at.y + best.dy], zoom);
    if (!best.home) {
      const half = (best.box[2] - best.box[0]) / 2;
      const x = at.x + best.dx - Math.sign(best.dx) * Math.min(Math.abs(best.dx), half);
      const y = at.y + best.dy - Math.sign(best.dy) * Math.min(Math.abs(best.dy), height / 2);
      const ends = [[label.lat, label.lon], map.unproject([x, y], zoom)];
      const line = { pane: "outlines", color: kk.data.colours.ink, weight: 1.2, interactive: false };
      group.addLayer(L.polyline(ends, line));
      group.addLayer(L.circleMarker(ends[0], { ...line, radius: 2, fill: true, fillColor: line.color, fillOpacity: 1 }));
    }
    const text = kk.el("span", { class: "label-text " + (label.style || "cluster") });
    text.style.fontSize = size + "px";
    lines.forEach((line, i) => text.append(...(i ? [" ", document.createElement("br")] : []), line));
    const icon = L.divIcon({ html: text, className: "label", iconSize: [0, 0] });
    group.addLayer(
      L.marker(spot, { icon, pane: "labels", interactive: false, keyboard: false }).on("add", function (event) {
        event.target.getElement().setAttribute("aria-hidden", "true");
      })
    );
  }
})(klyngekort);
