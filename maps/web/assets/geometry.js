/* Borders shared by every layer, decoded once; fills, stripes and hatches as SVG patterns. */
(function (kk) {
  kk.loadGeometry = function (topology) {
    const scale = topology.scale;
    const arcs = topology.arcs.map(function (steps) {
      const points = [];
      let x = 0;
      let y = 0;
      for (let i = 0; i < steps.length; i += 2) {
        x += steps[i];
        y += steps[i + 1];
        points.push([y / scale, x / scale]);
      }
      return points;
    });
    const ring = function (numbers) {
      const points = [];
      for (const number of numbers) {
        const arc = number < 0 ? arcs[~number].slice().reverse() : arcs[number];
        points.push(...(points.length ? arc.slice(1) : arc));
      }
      return points;
    };
    const cache = {};
    kk.rings = function (name) {
      cache[name] = cache[name] || (topology.shapes[name] || []).map(ring);
      return cache[name];
    };
    kk.lines = (name) => (topology.lines[name] ? topology.lines[name].map((number) => arcs[number]) : kk.rings(name));
    const [west, south, east, north] = topology.bounds;
    kk.bounds = L.latLngBounds([south, west], [north, east]);
  };

  kk.shapeBounds = function (name) {
    const bounds = L.latLngBounds([]);
    kk.rings(name).forEach((points) => points.forEach((point) => bounds.extend(point)));
    return bounds;
  };

  /* A paint for one or more fills under a hatch; several fills lie as stripes with an ink line between. */
  kk.paint = function (fills, hatchName) {
    const hatch = hatchName ? kk.data.hatches[hatchName] : null;
    if (fills.length === 1 && !hatch) return fills[0];
    const id = "paint-" + [...fills, hatchName || "plain"].join("-").replace(/#/g, "");
    if (!document.getElementById(id)) kk.patterns.append(pattern(id, fills, hatch));
    return "url(#" + id + ")";
  };

  function pattern(id, fills, hatch) {
    if (fills.length > 1) {
      const band = 7;
      const side = band * fills.length;
      const node = kk.svg("pattern", {
        id, width: side, height: side, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
      });
      fills.forEach((fill, i) => {
        node.append(kk.svg("rect", { x: i * band, y: 0, width: band, height: side, fill }));
      });
      if (hatch) {
        fills.forEach((fill, i) => {
          node.append(kk.svg("rect", { x: i * band, y: 0, width: hatch.width, height: side, fill: hatch.colour }));
        });
      }
      return node;
    }
    /* One diagonal family is a rotated pattern of straight lines, so that tiles join without steps. */
    const single = hatch.angles.length === 1;
    const node = kk.svg("pattern", {
      id, width: hatch.gap, height: hatch.gap, patternUnits: "userSpaceOnUse",
      patternTransform: hatch.angles.length ? "rotate(" + (single ? -hatch.angles[0] : 45) + ")" : null,
    });
    if (fills.length) node.append(kk.svg("rect", { width: hatch.gap, height: hatch.gap, fill: fills[0] }));
    if (single) {
      node.append(kk.svg("rect", { width: hatch.gap, height: hatch.width, fill: hatch.colour }));
    } else if (hatch.angles.length) {
      node.append(kk.svg("rect", { width: hatch.gap, height: hatch.width, fill: hatch.colour }));
      node.append(kk.svg("rect", { width: hatch.width, height: hatch.gap, fill: hatch.colour }));
    } else {
      const middle = hatch.gap / 2;
      node.append(kk.svg("circle", { cx: middle, cy: middle, r: hatch.width, fill: hatch.colour }));
    }
    return node;
  }

  kk.startPatterns = function () {
    kk.patterns = kk.svg("defs");
    const holder = kk.svg("svg", { width: 0, height: 0, class: "defs", "aria-hidden": "true", focusable: "false" });
    holder.append(kk.patterns);
    for (const [name, marker] of Object.entries(kk.data.markers)) {
      const symbol = kk.svg("symbol", { id: "marker-" + name, viewBox: "-1.1 -1.1 2.2 2.2" });
      for (const shape of marker.shapes) {
        symbol.append(
          kk.svg("polygon", {
            points: shape.points.map(([x, y]) => x + "," + -y).join(" "),
            fill: shape.fill, stroke: shape.line, "stroke-width": shape.width, "stroke-linejoin": "round",
          })
        );
      }
      kk.patterns.append(symbol);
    }
    document.body.append(holder);
  };

  kk.markerIcon = function (name, size) {
    const side = size || kk.data.markers[name].size;
    return kk.svg(
      "svg",
      { width: side, height: side, "aria-hidden": "true", focusable: "false" },
      kk.svg("use", { href: "#marker-" + name })
    );
  };
})(klyngekort);
