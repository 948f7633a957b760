// Points of a page on a map, which says no more than the page's own list.
(() => {
  "use strict";

  const box = document.getElementById("map");
  const told = document.getElementById("map-points");
  if (!box || !told || !window.maplibregl) return;
  const points = JSON.parse(told.textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const layers = [
    { id: "ground", type: "background", paint: { "background-color": dark ? "#1d2430" : "#eef1f5" } },
  ];
  const sources = {};
  if (box.dataset.tiles) {
    sources.tiles = {
      type: "raster",
      tiles: [box.dataset.tiles],
      tileSize: 256,
      attribution: box.dataset.attribution,
    };
    layers.push({ id: "tiles", type: "raster", source: "tiles" });
  }
  maplibregl.setWorkerUrl(box.dataset.worker);
  const bounds = new maplibregl.LngLatBounds();
  for (const point of points) bounds.extend([point.longitude, point.latitude]);
  const map = new maplibregl.Map({
    container: box,
    style: { version: 8, sources, layers },
    bounds: points.length ? bounds : [[-5.2, 41.3], [9.6, 51.1]],
    fitBoundsOptions: { padding: 48, maxZoom: 13 },
    attributionControl: box.dataset.tiles ? {} : false,
    dragRotate: false,
  });
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  for (const point of points) {
    const link = document.createElement("a");
    link.className = "map__point";
    link.href = "#" + point.id;
    link.textContent = point.number;
    link.setAttribute("aria-label", point.name);
    link.title = point.name;
    new maplibregl.Marker({ element: link }).setLngLat([point.longitude, point.latitude]).addTo(map);
  }
})();
