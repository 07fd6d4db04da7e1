// The map that moves. The server gathers the points of each view
// (/api/v1/map), so a phone never carries more than a screen of them.
import { map as makeMap, tileLayer, polygon, marker, divIcon, circle, latLngBounds, canvas, layerGroup, control } from "leaflet/dist/leaflet-src.esm.js";

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

for (const box of document.querySelectorAll("[data-map]")) start(box);

function start(box) {
  const data = box.dataset;
  const number = new Intl.NumberFormat(data.lang);
  const still = box.querySelector(".map-still");
  const place = document.createElement("div");
  place.className = "moving";
  box.append(place);
  if (still) still.hidden = true;

  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = makeMap(place, {
    zoomSnap: 0.25, zoomDelta: 1, zoomControl: false, maxZoom: 18, minZoom: 5, attributionControl: true,
    zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: !calm, inertia: !calm, scrollWheelZoom: true,
  });
  place.setAttribute("role", "application");
  place.setAttribute("aria-label", data.label);
  map.attributionControl.setPrefix(false);
  // Buttons and credit stand beside the map: on it they would cover spots.
  const tools = document.createElement("div");
  tools.className = "map-tools";
  place.before(tools);
  tools.append(control.zoom({ zoomInTitle: data.zoomIn, zoomOutTitle: data.zoomOut }).addTo(map).getContainer(), map.attributionControl.getContainer());
  map.createPane("land").style.zIndex = 150;
  map.createPane("towns").style.zIndex = 450;

  const [south, west, north, east] = (data.box || "41.3,-5.2,51.1,9.6").split(",").map(Number);
  map.fitBounds(latLngBounds([south, west], [north, east]), { animate: false, padding: [16, 16] });

  let base;
  if (data.tiles) base = tileLayer(data.tiles, { attribution: data.credit, maxZoom: 19, maxNativeZoom: 18 }).addTo(map);
  if (data.ring) {
    const [lat, lon, meters] = data.ring.split(",").map(Number);
    circle([lat, lon], { radius: meters, interactive: false, fill: false, color: color("--ink"), weight: 2, dashArray: "2 7", lineCap: "round" }).addTo(map);
  }
  land(map, data, base);
  points(map, data, number, box);
}

// land draws the communes under the base map: what is seen without a network.
async function land(map, data, base) {
  let shapes;
  try {
    const answer = await fetch(data.shapes);
    if (!answer.ok) return;
    shapes = await answer.json();
  } catch {
    return; // the points stand without it
  }
  const renderer = canvas({ pane: "land", padding: 0.4 });
  const rings = (shape) => (shape.r || []).map((line) => {
    const out = [];
    let x = 0, y = 0;
    for (let i = 0; i < line.length; i += 2) {
      x += line[i]; y += line[i + 1];
      out.push([y / 1000, x / 1000]);
    }
    return out;
  });
  for (const c of shapes.communes) {
    if (c.r) polygon(rings(c), { renderer, pane: "land", interactive: false, fillColor: color("--sand"), fillOpacity: 1, fillRule: "evenodd", color: color("--page"), weight: 1 }).addTo(map);
  }
  for (const t of shapes.territories) {
    polygon(rings(t), { renderer, pane: "land", interactive: false, fill: false, color: color("--edge"), weight: 2 }).addTo(map);
  }
  const towns = layerGroup().addTo(map);
  const sorted = shapes.communes.sort((a, b) => b.p - a.p);
  let named = false; // by the base map, once a tile of it has come
  base?.on("tileload", () => { named = true; towns.clearLayers(); });
  const name = () => {
    towns.clearLayers();
    if (named) return;
    const view = map.getBounds();
    const taken = [];
    for (const c of sorted) {
      const at = [c.a[1] / 1000, c.a[0] / 1000];
      if (!view.contains(at)) continue;
      const p = map.latLngToContainerPoint(at);
      const big = c.p >= 10000;
      const width = c.n.length * (big ? 9 : 7.5), r = [p.x - width / 2 - 8, p.y - 26, p.x + width / 2 + 8, p.y + 8];
      if (taken.some((t) => r[0] < t[2] && t[0] < r[2] && r[1] < t[3] && t[1] < r[3])) continue;
      taken.push(r);
      const text = document.createElement("span");
      text.textContent = c.n;
      marker(at, { pane: "towns", interactive: false, keyboard: false, icon: divIcon({ className: big ? "town big" : "town", html: text, iconSize: [width, 16], iconAnchor: [width / 2, 22] }) }).addTo(towns);
      if (taken.length === 24) break;
    }
  };
  map.on("moveend", name);
  name();
}

// points asks for the spots of each view, and says how many they are.
function points(map, data, number, box) {
  const spots = layerGroup().addTo(map);
  const status = document.querySelector("[data-map-status]");
  const list = document.querySelector("[data-map-list]");
  let last;
  const ask = async () => {
    const view = map.getBounds();
    const edges = [view.getSouth(), view.getWest(), view.getNorth(), view.getEast()].map((n) => n.toFixed(5)).join(",");
    last?.abort();
    last = new AbortController();
    try {
      const query = new URLSearchParams(data.query);
      query.set("bbox", edges);
      query.set("zoom", Math.min(20, Math.round(map.getZoom())));
      const answer = await fetch("/api/v1/map?" + query, { signal: last.signal });
      if (!answer.ok) throw new Error(answer.statusText);
      show(await answer.json(), edges);
    } catch (error) {
      if (error.name !== "AbortError") status.textContent = data.failed;
    }
  };
  const show = (found, edges) => {
    const focused = document.activeElement?.dataset?.spot;
    spots.clearLayers();
    for (const c of apart(found.clusters)) spot(c).addTo(spots);
    if (focused) place(focused)?.focus();
    status.textContent = fill(found.total === 1 ? data.countOne : data.countMany, { n: number.format(found.total) });
    const query = new URLSearchParams(data.query);
    query.set("bbox", edges);
    list.href = data.list.split("?")[0] + "?" + query;
    list.hidden = false;
  };
  // apart joins spots that would cover each other, so that each can be hit.
  const apart = (clusters) => {
    const kept = [];
    for (const c of [...clusters].sort((a, b) => b.count - a.count)) {
      const p = map.latLngToLayerPoint([c.lat, c.lon]);
      const near = kept.find((k) => Math.hypot(k.p.x - p.x, k.p.y - p.y) < (sizeOf(k.c) + sizeOf(c)) * 0.52);
      if (!near) { kept.push({ c: { ...c, bbox: [...c.bbox] }, p }); continue; }
      const k = near.c, n = k.count + c.count;
      k.lat = (k.lat * k.count + c.lat * c.count) / n;
      k.lon = (k.lon * k.count + c.lon * c.count) / n;
      k.bbox = [Math.min(k.bbox[0], c.bbox[0]), Math.min(k.bbox[1], c.bbox[1]), Math.max(k.bbox[2], c.bbox[2]), Math.max(k.bbox[3], c.bbox[3])];
      k.count = n; k.craft += c.craft; k.ess += c.ess; k.siret = k.name = null;
      near.p = map.latLngToLayerPoint([k.lat, k.lon]);
    }
    return kept.map((k) => k.c);
  };
  const place = (key) => box.querySelector(`[data-spot="${CSS.escape(key)}"]`);
  const spot = (c) => {
    const one = c.count === 1;
    const size = sizeOf(c);
    const html = document.createElement("span");
    html.textContent = one ? "" : number.format(c.count);
    const m = marker([c.lat, c.lon], {
      icon: divIcon({ className: "spot", html: drawing(c) + html.outerHTML, iconSize: [size, size] }),
      alt: one ? c.name : fill(data.cluster, { n: number.format(c.count) }), riseOnHover: true,
    });
    if (one && c.name) m.bindTooltip(Object.assign(document.createElement("span"), { textContent: c.name }), { className: "name", direction: "top", offset: [0, -10] });
    m.on("add", () => {
      const e = m.getElement();
      e.dataset.spot = c.siret || `${c.lat},${c.lon}`;
      e.setAttribute("aria-label", one ? c.name || c.siret : fill(data.cluster, { n: number.format(c.count) }));
      e.setAttribute("role", one ? "link" : "button");
    });
    const go = () => {
      if (one) { location.href = data.establishment + c.siret; return; }
      const [s, w, n, e] = c.bbox;
      if (map.getZoom() >= 17 || (n - s < 1e-5 && e - w < 1e-5)) {
        const query = new URLSearchParams(data.query);
        query.set("bbox", [s - 1e-5, w - 1e-5, n + 1e-5, e + 1e-5].map((x) => x.toFixed(5)).join(","));
        location.href = data.list.split("?")[0] + "?" + query;
        return;
      }
      map.fitBounds([[s, w], [n, e]], { padding: [48, 48], maxZoom: Math.max(17, map.getZoom() + 1) });
    };
    m.on("click", go);
    m.on("keypress", (event) => { if (event.originalEvent.key === "Enter" || event.originalEvent.key === " ") go(); });
    return m;
  };
  map.on("moveend", ask);
  ask();
}

// sizeOf is the width of a spot, in pixels: a thousand is not a thousand times
// one.
function sizeOf(c) { return c.count === 1 ? 26 : Math.min(56, 28 + 7 * Math.log10(c.count)); }

// drawing is the shape of a spot: square for craft, round for ESS, an arch
// for both, whose brick and opal are as wide as their shares.
function drawing(c) {
  const arch = "M1 31V16A15 15 0 0 1 31 16V31z";
  if (c.ess === 0) return '<svg viewBox="0 0 32 32" aria-hidden="true"><path class="s-craft" d="M1 1h30v30H1z"/><path class="s-line" d="M1 1h30v30H1z"/></svg>';
  if (c.craft === 0) return '<svg viewBox="0 0 32 32" aria-hidden="true"><circle class="s-ess" cx="16" cy="16" r="15"/><circle class="s-line" cx="16" cy="16" r="15"/></svg>';
  const x = Math.round((3200 * c.craft) / (c.craft + c.ess)) / 100;
  const id = "k" + Math.random().toString(36).slice(2, 8);
  return `<svg viewBox="0 0 32 32" aria-hidden="true"><clipPath id="${id}"><path d="M${x} 0H32V32H${x}z"/></clipPath><path class="s-craft" d="${arch}"/><path class="s-ess" clip-path="url(#${id})" d="${arch}"/><path class="s-line" d="${arch}"/></svg>`;
}
