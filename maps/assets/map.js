/* The map: layers of one state (view and ticked layers), popups, and what is chosen. */
(function (kk) {
  const LINES = {
    municipality: { weight: 0.8, opacity: 0.9 },
    cluster: { weight: 2.2, opacity: 1 },
    practice: { weight: 1.6, opacity: 1, dashArray: "5 4" },
    zone: { weight: 1.2, opacity: 0.9 },
  };
  const groups = {};
  const paths = {};
  const markers = {};
  let map;
  let highlight;

  /* Called by the map builder: which Leaflet group a layer draws into. */
  kk.layer = (group, key) => (groups[key] = { group, spec: kk.data.layers.find((layer) => layer.key === key) });

  kk.state = { view: "", layers: {}, chosen: "" };
  kk.inView = (part) => !part.view || part.view === kk.state.view;
  kk.shown = () => kk.data.layers.filter((layer) => kk.state.layers[layer.key]);

  kk.startMap = function (theMap) {
    map = kk.map = theMap;
    map.createPane("outlines").style.zIndex = 420;
    map.createPane("highlight").style.zIndex = 430;
    map.createPane("labels").style.zIndex = 560;
    for (const name of ["outlines", "highlight", "labels"]) map.getPane(name).classList.add("no-pointer");
    map.attributionControl.setPrefix("Leaflet");
    L.control.zoom({ zoomInTitle: kk.say("zoom_in"), zoomOutTitle: kk.say("zoom_out") }).addTo(map);
    homeButton().addTo(map);
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
    highlight = L.layerGroup().addTo(map);
    kk.startLabels(map);
    fitHome();
    wheelOnlyWhenChosen();
    map.on("moveend", keyboardReach);
    map.on("popupopen", onPopupOpen);
    map.on("popupclose", onPopupClose);
    map.getContainer().addEventListener("keydown", function (event) {
      if (event.key === "Escape" && kk.popup) map.closePopup();
    });
    new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(map.getContainer());
  };

  function fitHome() {
    map.fitBounds(kk.bounds, { padding: [12, 12], animate: false });
  }
  kk.fitHome = fitHome;

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
        if (kk.inView(area)) painted[area.shape] = { ...area, group: groups[layer.key].group };
      }
    }
    for (const name of Object.keys(paths)) {
      if (!painted[name]) {
        paths[name].remove();
        delete paths[name].area;
      }
    }
    for (const [name, area] of Object.entries(painted)) {
      const path = (paths[name] = paths[name] || newPath(name));
      path.area = area;
      path.setStyle({ fillColor: kk.paint(area.fills || [kk.data.colours.land], area.hatch) });
      if (!map.hasLayer(path)) path.addTo(map);
    }
    for (const { group, spec } of Object.values(groups)) {
      const on = kk.state.layers[spec.key];
      group.clearLayers();
      if (on && !map.hasLayer(group)) group.addTo(map);
      if (!on && map.hasLayer(group)) group.remove();
      if (!on) continue;
      for (const outline of spec.outlines || []) if (kk.inView(outline)) group.addLayer(newOutline(outline));
      for (const place of spec.places || []) if (kk.inView(place)) group.addLayer(newMarker(place));
    }
    keyboardReach();
    kk.drawLabels();
    markChosen();
  };

  function newPath(name) {
    const path = L.polygon(kk.rings(name), {
      stroke: true, weight: 0.6, color: kk.data.colours.border, opacity: 0.5, fillOpacity: 1, smoothFactor: 0, noClip: true,
    });
    path.on("click", function (event) {
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

  function newOutline(outline) {
    const colour = outline.style === "municipality" ? kk.data.colours.border : kk.data.colours.outline;
    return L.polyline(kk.rings(outline.shape), {
      ...LINES[outline.style || "cluster"], color: colour, fill: false, interactive: false, smoothFactor: 0, noClip: true, pane: "outlines",
    });
  }

  function newMarker(place) {
    const feature = kk.data.features[place.feature];
    const holder = kk.el("span", { class: "marker" }, kk.markerIcon(place.marker));
    const marker = L.marker([place.lat, place.lon], {
      icon: L.divIcon({ html: holder, className: "place", iconSize: [26, 26] }),
      title: feature.name, keyboard: true, riseOnHover: true,
      zIndexOffset: kk.data.markers[place.marker].size * 100,
    });
    const name = feature.name + ", " + feature.kind;
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
    if (go) moveTo(feature);
    kk.state.chosen = key;
    const point = at || (feature.at && L.latLng(feature.at[1], feature.at[0]));
    if (point) openCard(key, point, others || [], from, focus);
    markChosen();
    kk.tell("chosen", key);
  };

  function moveTo(feature) {
    const options = { animate: !kk.calm(), padding: [40, 40], maxZoom: 11 };
    if (feature.shape) map.fitBounds(kk.shapeBounds(feature.shape), { ...options, animate: false });
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
    const narrow = map.getContainer().clientWidth < 500;
    const popup = L.popup({
      maxWidth: narrow ? 270 : 340, minWidth: narrow ? 220 : 260, offset, autoPanPadding: [14, 14],
      maxHeight: Math.max(180, map.getContainer().clientHeight - 90), className: "card-popup", closeOnEscapeKey: false,
    });
    popup.opener = from || null;
    popup.wantsFocus = Boolean(focus);
    popup.setLatLng(point).setContent(kk.card(key, others)).openOn(map);
  }

  function onPopupOpen(event) {
    kk.popup = event.popup;
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
    if (inside || document.activeElement === document.body) {
      const target = opener && opener.isConnected ? opener : map.getContainer();
      target.focus({ preventScroll: !(opener && opener.closest("table")) });
    }
  }
})(klyngekort);
