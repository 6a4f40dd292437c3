/* The map: layers of one state (view and ticked layers), popups, and what is chosen. */
(function (kk) {
  kk.LINES = {
    coast: { weight: 0.9, colour: "outline", opacity: 0.75 },
    municipality: { weight: 0.9, colour: "border", opacity: 0.9 },
    cluster: { weight: 2.2, colour: "outline", opacity: 1 },
    practice: { weight: 1.7, colour: "outline", opacity: 1, dashArray: "5 4" },
    zone: { weight: 1.2, colour: "outline", opacity: 0.9 },
    gap: { weight: 2.2, colour: "outline", opacity: 1 },
    gap_likely: { weight: 2, colour: "outline", opacity: 1, dashArray: "7 4" },
    gap_depends: { weight: 1.6, colour: "outline", opacity: 1, dashArray: "2 4" },
  };
  const groups = {};
  const paths = {};
  const markers = {};
  let map;
  let highlight;

  /* Called by the map builder: which Leaflet group a layer draws into. */
  kk.layer = (group, key) => (groups[key] = { group, dots: new Map(), spec: kk.data.layers.find((layer) => layer.key === key) });

  kk.state = { view: "", step: "", layers: {}, chosen: "" };
  kk.inView = (part) => (!part.view || part.view === kk.state.view) && (!part.step || part.step === kk.state.step);
  kk.shown = () => kk.data.layers.filter((layer) => kk.state.layers[layer.key]);

  kk.startMap = function (theMap) {
    map = kk.map = theMap;
    /* Leaflet listens for the focus of whatever has a tooltip; that makes each dot a nameless stop of the Tab key. */
    L.Layer.include({ _addFocusListeners: () => {} });
    map.createPane("outlines").style.zIndex = 420;
    map.createPane("highlight").style.zIndex = 430;
    map.createPane("labels").style.zIndex = 620;
    map.createPane("clear").style.zIndex = 405;
    map.createPane("raised").style.zIndex = 402;
    map.createPane("gaps").style.zIndex = 410;
    map.createPane("dots").style.zIndex = 415;
    for (const name of ["outlines", "highlight", "labels"]) map.getPane(name).classList.add("no-pointer");
    map.attributionControl.setPrefix("Leaflet");
    credit(kk.data.attribution);
    L.control.zoom({ zoomInTitle: kk.say("zoom_in"), zoomOutTitle: kk.say("zoom_out") }).addTo(map);
    homeButton().addTo(map);
    if (kk.data.aside) asideButton().addTo(map);
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
    const legend = document.getElementById("legend-box");
    if (map.getContainer().clientWidth < 760 && window.innerWidth > 860) legend.open = false;
    fitScreen();
    window.addEventListener("resize", fitScreen);
    highlight = L.layerGroup().addTo(map);
    kk.startLabels(map);
    if (kk.calm()) {
      map._zoomAnimated = false;
      map.options.inertia = false;
    }
    markSize();
    fitHome();
    wheelOnlyWhenChosen();
    map.on("moveend", keyboardReach);
    map.on("zoomend", () => markZoom());
    map.on("popupopen", onPopupOpen);
    map.on("popupclose", onPopupClose);
    map.getContainer().addEventListener("keydown", function (event) {
      if (event.key === "Escape" && kk.popup) map.closePopup();
    });
    new ResizeObserver(function () {
      markSize();
      map.invalidateSize({ pan: false });
    }).observe(map.getContainer());
  };

  function markZoom() {
    map.getContainer().classList.toggle("far", map.getZoom() < 8);
    map.getContainer().classList.toggle("farther", map.getZoom() < 6.75);
    for (const { dots } of Object.values(groups)) for (const dot of dots.values()) dot.setRadius(dotRadius(dot.options.most));
  }

  /* The map ends where the first screen ends, whatever stands above it. */
  function fitScreen() {
    const stage = document.querySelector(".stage");
    document.documentElement.style.setProperty("--above", stage.getBoundingClientRect().top + window.scrollY + "px");
    map.invalidateSize({ animate: false, pan: false });
  }

  const isNarrow = () => map.getContainer().clientWidth < 560;
  const markSize = () => map.getContainer().classList.toggle("narrow", isNarrow());

  /* Leaflet writes credits as HTML, so the text is escaped first. */
  function credit(text) {
    if (text) map.attributionControl.addAttribution(kk.el("span", {}, text).innerHTML);
  }

  function fitHome() {
    const narrow = isNarrow() && kk.data.aside;
    const bounds = narrow ? box(kk.data.aside.others) : kk.bounds;
    const edge = narrow ? 4 : 12;
    const fit = (right) => map.fitBounds(bounds, { paddingTopLeft: [edge, edge], paddingBottomRight: [right, 34], animate: false });
    fit(edge);
    if (!narrow && kk.data.aside && legendWidth() && covers(kk.data.aside.bounds)) fit(legendWidth());
  }

  /* How much of the map's right edge the open legend hides; none where it stands below the map, or leaves no room. */
  function legendWidth() {
    const legend = document.getElementById("legend-box");
    const floats = legend.open && getComputedStyle(legend).position === "absolute";
    const width = legend.offsetWidth + 24;
    return floats && map.getContainer().clientWidth - width > 420 ? width : 0;
  }

  /* Whether the legend hides some of these bounds. */
  function covers(bounds) {
    const seen = document.getElementById("legend-box").getBoundingClientRect();
    const frame = map.getContainer().getBoundingClientRect();
    const [top, bottom] = [box(bounds).getNorthWest(), box(bounds).getSouthEast()].map((point) => map.latLngToContainerPoint(point));
    return seen.left < frame.left + bottom.x && frame.left + top.x < seen.right && seen.top < frame.top + bottom.y && frame.top + top.y < seen.bottom;
  }
  kk.fitHome = fitHome;

  const box = ([west, south, east, north]) => L.latLngBounds([south, west], [north, east]);

  /* On a narrow screen the country fills the map without its far part, which has a button of its own. */
  function asideButton() {
    const control = L.control({ position: "topright" });
    control.onAdd = function () {
      const button = kk.el("button", { type: "button" }, kk.data.aside.title);
      button.addEventListener("click", () => map.fitBounds(box(kk.data.aside.bounds), { animate: false }));
      const bar = kk.el("div", { class: "leaflet-bar aside-jump" }, button);
      L.DomEvent.disableClickPropagation(bar);
      return bar;
    };
    return control;
  }

  function homeButton() {
    const control = L.control({ position: "topleft" });
    control.onAdd = function () {
      const button = kk.el("button", { type: "button", class: "home", "aria-label": kk.say("whole_country"), title: kk.say("whole_country") });
      button.append(kk.svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" },
        kk.svg("path", { d: "M1 6V1h5M15 6V1h-5M1 10v5h5M15 10v5h-5", fill: "none", stroke: "currentColor", "stroke-width": 2 })));
      button.addEventListener("click", fitHome);
      const bar = kk.el("div", { class: "leaflet-bar" }, button);
      L.DomEvent.disableClickPropagation(bar);
      return bar;
    };
    return control;
  }

  /* The wheel scrolls the page until the reader has chosen the map, so that nobody is caught in it. */
  function wheelOnlyWhenChosen() {
    const box = map.getContainer();
    map.scrollWheelZoom.disable();
    box.addEventListener("focusin", () => map.scrollWheelZoom.enable());
    box.addEventListener("focusout", () => map.scrollWheelZoom.disable());
    map.on("click", () => box.contains(document.activeElement) || box.focus({ preventScroll: true }));
    const hint = kk.el("div", { class: "wheel-hint", "aria-hidden": "true" }, kk.say("wheel_hint"));
    box.append(hint);
    let timer = 0;
    box.addEventListener("wheel", function () {
      if (map.scrollWheelZoom.enabled()) return;
      hint.classList.add("seen");
      clearTimeout(timer);
      timer = setTimeout(() => hint.classList.remove("seen"), 1200);
    }, { passive: true });
  }

  /* Draw what the state says. Each shape is one path; the last ticked layer that speaks of it paints it. */
  kk.draw = function () {
    const painted = {};
    for (const layer of kk.shown()) {
      for (const area of layer.areas || []) {
        const name = (area.outline ? "outline/" : "fill/") + area.shape;
        if (kk.inView(area)) painted[name] = { ...area, group: groups[layer.key].group };
      }
    }
    for (const name of Object.keys(paths)) {
      if (!painted[name]) {
        paths[name].remove();
        delete paths[name].area;
      }
    }
    for (const [name, area] of Object.entries(painted)) {
      const path = (paths[name] = paths[name] || newPath(area));
      path.area = area;
      const look = area.outline || kk.paint(area.fills || [kk.data.colours.land], area.hatch);
      if (path.look !== look) path.setStyle(area.outline ? outlineStyle(look) : { fillColor: look, color: look });
      path.look = look;
      if (!map.hasLayer(path)) path.addTo(map);
    }
    drawDots();
    for (const { group, spec } of Object.values(groups)) {
      const on = kk.state.layers[spec.key];
      group.clearLayers();
      if (on && !map.hasLayer(group)) group.addTo(map);
      if (!on && map.hasLayer(group)) group.remove();
      if (!on) continue;
      for (const lines of spec.lines || []) if (kk.inView(lines)) group.addLayer(newLines(lines));
      for (const place of spec.places || []) if (!place.dot && kk.inView(place)) group.addLayer(newMarker(place));
    }
    keyboardReach();
    kk.drawLabels();
    markChosen();
  };

  function outlineStyle(name) {
    const { colour, ...style } = kk.LINES[name];
    return { dashArray: null, ...style, color: kk.data.colours[colour] };
  }

  /* Thousands of dots take their time: those of a layer stay unless some come or go, or one below is drawn anew. */
  function drawDots() {
    let anew = false;
    for (const entry of Object.values(groups)) {
      const on = kk.state.layers[entry.spec.key];
      const wanted = new Set(on ? (entry.spec.places || []).filter((place) => place.dot && kk.inView(place)) : []);
      if (!anew && wanted.size === entry.dots.size && [...wanted].every((place) => entry.dots.has(place))) continue;
      anew = true;
      for (const dot of entry.dots.values()) dot.remove();
      entry.dots = new Map([...wanted].map((place) => [place, newDot(place).addTo(map)]));
    }
  }

  function newPath(area) {
    const pane = !area.outline ? (area.raised ? "raised" : "overlayPane") : area.outline.startsWith("gap") ? "gaps" : "clear";
    const path = L.polygon(kk.rings(area.shape), {
      weight: 0.7, opacity: 1, fillOpacity: area.outline ? 0 : 1, smoothFactor: 0, noClip: true, pane,
    });
    path.on("click", function (event) {
      path.closeTooltip();
      const [first, ...others] = path.area.features || [];
      if (first) kk.choose(first, { at: event.latlng, others });
    });
    path.on("mouseover", () => path.area.features && path.bindTooltip(tooltip(path.area), { sticky: true, className: "tip" }));
    return path;
  }

  function tooltip(area) {
    const box = kk.el("div");
    (area.features || []).forEach(function (key, i) {
      const feature = kk.data.features[key];
      box.append(kk.el("div", { class: i ? "tip-more" : "tip-first" }, feature.name));
    });
    return box;
  }

  function newLines(lines) {
    const { colour, ...style } = kk.LINES[lines.style];
    return L.polyline(kk.lines(lines.name), {
      ...style, color: kk.data.colours[colour], fill: false, interactive: false, smoothFactor: 0, noClip: true, pane: "outlines",
    });
  }

  /* Thousands of dots must leave the country to be seen. */
  const dotRadius = (most) => most * Math.min(1, Math.max(0.3, (map.getZoom() - 6) / 4));

  /* A circle in the colours of the marker's lowest shape; found by search and table, not by the keyboard. */
  function newDot(place) {
    const marker = kk.data.markers[place.marker];
    const [disc] = marker.shapes;
    const most = marker.size / 2;
    const dot = L.circleMarker([place.lat, place.lon], {
      most, radius: dotRadius(most), pane: "dots", fillColor: disc.fill, fillOpacity: 1, color: disc.line, weight: disc.width * most * 0.6,
    });
    const feature = kk.data.features[place.feature];
    dot.bindTooltip(() => kk.el("div", {}, feature.name), { className: "tip" });
    dot.on("click", () => kk.choose(place.feature));
    return dot;
  }

  function newMarker(place) {
    const feature = kk.data.features[place.feature];
    const holder = kk.el("span", { class: "marker" }, kk.markerIcon(place.marker));
    const marker = L.marker([place.lat, place.lon], {
      icon: L.divIcon({ html: holder, className: "place", iconSize: [26, 26] }),
      title: feature.name, keyboard: true, riseOnHover: true,
      zIndexOffset: kk.data.markers[place.marker].size * 100,
    });
    const name = feature.name + ", " + kk.kindOf(feature);
    marker.on("add", function () {
      const node = marker.getElement();
      node.setAttribute("aria-label", name);
      node.setAttribute("title", name);
      node.setAttribute("data-feature", place.feature);
    });
    marker.on("click", () => kk.choose(place.feature, { from: marker.getElement() }));
    marker.on("keypress", function (event) {
      if (event.originalEvent.key === "Enter") kk.choose(place.feature, { from: marker.getElement(), focus: true });
    });
    markers[place.feature] = marker;
    return marker;
  }

  /* Only what is in sight takes the keyboard's focus. */
  function keyboardReach() {
    if (!map._loaded) return;
    const seen = map.getBounds();
    for (const marker of Object.values(markers)) {
      const node = map.hasLayer(marker) && marker.getElement();
      if (node) node.tabIndex = seen.contains(marker.getLatLng()) ? 0 : -1;
    }
  }

  /* Choose a feature: outline it, open its card, mark its row. `go` moves the map to it. */
  kk.choose = function (key, options) {
    const { at, others, from, focus, go } = options || {};
    const feature = kk.data.features[key];
    if (feature.layer && !kk.state.layers[feature.layer]) kk.setLayer(feature.layer, true);
    if (feature.view && feature.view !== kk.state.view) kk.setView(feature.view);
    if (feature.step && feature.step !== kk.state.step) kk.setStep(feature.step);
    if (go) moveTo(feature);
    kk.state.chosen = key;
    const point = at || (feature.at && L.latLng(feature.at[1], feature.at[0]));
    if (point) openCard(key, point, others || [], from, focus);
    markChosen();
    kk.tell("chosen", key);
    kk.tell("shown");
  };

  function moveTo(feature) {
    const options = { paddingTopLeft: [40, 40], paddingBottomRight: [40 + legendWidth(), 40], maxZoom: 11, animate: false };
    if (feature.shape) map.fitBounds(kk.shapeBounds(feature.shape), options);
    else if (feature.at) map.setView([feature.at[1], feature.at[0]], Math.max(map.getZoom(), 10.5), { animate: false });
  }

  function markChosen() {
    highlight.clearLayers();
    const feature = kk.data.features[kk.state.chosen];
    document.querySelectorAll(".place.chosen").forEach((node) => node.classList.remove("chosen"));
    if (!feature || !kk.inView(feature)) return;
    if (feature.shape) {
      const rings = kk.rings(feature.shape);
      const common = { fill: false, interactive: false, pane: "highlight", smoothFactor: 0, noClip: true, lineJoin: "round" };
      highlight.addLayer(L.polyline(rings, { ...common, color: "#ffffff", weight: 8, opacity: 0.9 }));
      highlight.addLayer(L.polyline(rings, { ...common, color: kk.data.colours.highlight, weight: 4 }));
    }
    const marker = markers[kk.state.chosen];
    if (marker && map.hasLayer(marker)) marker.getElement().classList.add("chosen");
  }

  function openCard(key, point, others, from, focus) {
    const offset = markers[key] && map.hasLayer(markers[key]) ? [0, -8] : [0, 0];
    const narrow = isNarrow();
    const popup = L.popup({
      maxWidth: narrow ? 270 : 350, minWidth: narrow ? 220 : 280, offset,
      autoPanPaddingTopLeft: [54, 12], autoPanPaddingBottomRight: [Math.max(12, legendWidth()), 12],
      maxHeight: Math.max(200, Math.min(430, map.getContainer().clientHeight * 0.62)), className: "card-popup", closeOnEscapeKey: false,
    });
    popup.opener = from || null;
    popup.wantsFocus = Boolean(focus);
    popup.setLatLng(point).setContent(kk.card(key, others)).openOn(map);
  }

  function onPopupOpen(event) {
    kk.popup = event.popup;
    map.getContainer().classList.add("has-popup");
    const box = event.popup.getElement();
    const title = box.querySelector(".card-title");
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", title ? title.textContent : "");
    box.tabIndex = -1;
    const close = box.querySelector(".leaflet-popup-close-button");
    close.setAttribute("aria-label", kk.say("close"));
    close.setAttribute("title", kk.say("close"));
    const scrolled = box.querySelector(".leaflet-popup-scrolled");
    if (scrolled) scrolled.tabIndex = 0;
    if (event.popup.wantsFocus) box.focus({ preventScroll: true });
  }

  function onPopupClose(event) {
    const opener = event.popup.opener;
    const inside = event.popup.getElement().contains(document.activeElement);
    kk.popup = null;
    map.getContainer().classList.remove("has-popup");
    if (inside || document.activeElement === document.body) {
      const target = opener && opener.isConnected ? opener : map.getContainer();
      target.focus({ preventScroll: !(opener && opener.closest("table")) });
    }
  }
})(klyngekort);
