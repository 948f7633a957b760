// Keeps the page for the street and what it needs, and gives them back when the network is away. Nothing else is kept:
// neither answers about anybody, nor any other page.
"use strict";

const FILES = __FILES__;
const PREFIX = "maillage-outreach-";
const KEPT = `${PREFIX}__RELEASE__`;
const PATIENCE = 3000;

self.addEventListener("install", (event) => {
  // As a stranger: what is kept names no account.
  const asked = FILES.map((path) => new Request(path, { credentials: "omit", cache: "reload" }));
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(asked)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const forget = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== KEPT).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(forget());
});

const kept = (path) => caches.open(KEPT).then((cache) => cache.match(path));

const page = async (request, path) => {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status < 500) return answer;
  } catch {
    // no network, or none that answers
  }
  return (await kept(path)) || Response.error();
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin || !FILES.includes(pathname)) return;
  if (pathname.startsWith("/static/")) event.respondWith(kept(pathname).then((found) => found || fetch(request)));
  else event.respondWith(page(request, pathname));
});
