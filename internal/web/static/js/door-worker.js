// The list of one door when there is no network. The page of a door registers
// it for its own address and no other, so nothing else of the site is ever
// served from what is kept. It keeps the list no longer than the server said,
// and lets it go as soon as the server says that it is closed or that its
// address is void.
const list = new URL(self.registration.scope).pathname;
const name = `porte ${list}`;
const patience = 5000; // milliseconds, before what is kept is shown

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === list) event.respondWith(page(request, url));
  } else if (url.pathname.startsWith("/assets/") || url.pathname.startsWith("/maison/")) {
    event.respondWith(piece(request, url));
  }
});

const until = (answer) => Number(answer.headers.get("Passerelle-Keep-Until"));

/** The list as the server has it, else as it is kept. */
async function page(request, url) {
  const kept = await caches.match(list, { cacheName: name });
  const fresh = kept && until(kept) > Date.now() ? kept : undefined;
  if (kept && !fresh) await caches.delete(name);
  try {
    const asked = fetch(request);
    const late = new Promise((resolve) => fresh && setTimeout(resolve, patience));
    const answer = await Promise.race([asked, late]);
    if (!answer) {
      asked.catch(() => {});
      return fresh;
    }
    if (answer.ok && until(answer) > Date.now()) {
      if (!url.search) await (await caches.open(name)).put(list, answer.clone());
    } else if (answer.status === 403 || answer.status === 404 || answer.status === 410 || answer.ok) {
      await caches.delete(name);
    }
    return answer;
  } catch {
    return fresh ?? Response.error();
  }
}

/** A style, a script, a font of the list: built files never change under their name. */
async function piece(request, url) {
  const kept = await caches.match(request, { cacheName: name });
  if (kept && url.pathname.startsWith("/assets/")) return kept;
  return fetch(request).catch(() => kept ?? Response.error());
}
