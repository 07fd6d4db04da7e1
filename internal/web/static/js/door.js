// The list at the door goes on without a network: marks stay on the phone with
// the moment at which they were made, and go when there is one again. The
// server takes them in any order, and twice.
const root = document.querySelector("[data-door]");
const path = new URL(root?.dataset.door ?? location.pathname, location.href).pathname;
const cacheName = `porte ${path}`;
const atOnce = 500; // marks in one message
const every = 15_000; // milliseconds between two messages
const soon = 3_000; // milliseconds after one that did not arrive

/** Lets go of the list, with its names. */
async function wipe() {
  await caches.delete(cacheName);
  for (const r of await navigator.serviceWorker.getRegistrations()) {
    if (new URL(r.scope).pathname === path) await r.unregister();
  }
}

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** Opens what this phone keeps under a name (marks, arrivals), without what is too old. */
async function openKept(name) {
  const opening = indexedDB.open("passerelle-porte", 2);
  opening.onupgradeneeded = () => {
    for (const each of ["marks", "arrivals"]) {
      if (!opening.result.objectStoreNames.contains(each)) opening.result.createObjectStore(each, { keyPath: "id" });
    }
  };
  const base = await asked(opening);
  const store = (mode) => base.transaction(name, mode).objectStore(name);
  for (const m of await asked(store("readonly").getAll())) {
    if (m.until <= Date.now()) await asked(store("readwrite").delete(m.id));
  }
  return {
    all: async (room) => (await asked(store("readonly").getAll())).filter((m) => m.room === room).sort((a, b) => a.at.localeCompare(b.at)),
    add: (m) => asked(store("readwrite").put(m)),
    drop: async (ids) => {
      const s = store("readwrite");
      await Promise.all(ids.map((id) => asked(s.delete(id))));
    },
  };
}

/** What this phone is called, so that one name entered twice on it is one party. */
function device() {
  const known = localStorage.getItem("passerelle-appareil") ?? crypto.randomUUID();
  localStorage.setItem("passerelle-appareil", known);
  return known;
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Shows a party as it was seen. */
function paint(row, state, seats) {
  for (const s of ["expected", "present", "excused", "absent"]) row.classList.toggle(s, s === state);
  row.querySelector(".door-is").hidden = state === "expected";
  for (const word of row.querySelectorAll("[data-is]")) word.hidden = word.dataset.is !== state;
  const n = row.querySelector("[data-n]");
  n.hidden = state !== "present";
  n.textContent = ` · ${seats}`;
  row.dataset.seats = state === "present" ? seats : 0;
  for (const button of row.querySelectorAll("button[name=presence]")) {
    button.hidden = (button.value === "expected") !== (state === "present");
  }
}

async function keepDoor() {
  const { room, until } = root.dataset;
  const marks = await openKept("marks");
  const arrivals = await openKept("arrivals");
  const rows = new Map([...document.querySelectorAll("[data-booking]")].map((row) => [row.dataset.booking, row]));
  const said = root.querySelector(".door-said");
  const say = (key, n) => {
    const text = root.dataset[key]?.replace("{n}", n) ?? "";
    if (said.textContent !== text) said.textContent = text;
    said.hidden = text === "";
  };
  const whole = !location.search;
  const count = () => {
    if (whole) root.querySelector("[data-came]").textContent = [...rows.values()].reduce((n, row) => n + Number(row.dataset.seats), 0);
  };
  for (const row of rows.values()) {
    row.dataset.seats = row.classList.contains("present") ? row.querySelector("[data-n]").textContent.replace(/\D/g, "") : 0;
  }
  const show = (list) => {
    for (const m of list) {
      const row = rows.get(m.booking);
      if (row) paint(row, m.state, m.seats);
    }
    count();
  };

  const walkins = document.querySelector("[data-walkins]");
  /** Lists who came while there was no network and is still on this phone. */
  async function showArrivals() {
    const list = await arrivals.all(room);
    walkins.hidden = list.length === 0;
    walkins.querySelector("ul").replaceChildren(...list.map((a) => {
      const row = document.createElement("li");
      row.className = "door-guest present";
      const name = document.createElement("p");
      name.className = "door-name";
      name.textContent = a.seats > 1 ? `${a.name} · ${a.seats}` : a.name;
      row.append(name);
      return row;
    }));
  }

  let busy = false;
  let again = false;
  let told = false; // that what was kept has been sent
  let ended = false;
  /** Sends what is kept, and shows what is known. */
  async function send() {
    if (ended) return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    let n = 0;
    try {
      const kept = await marks.all(room);
      const came = await arrivals.all(room);
      n = kept.length + came.length;
      if (!navigator.onLine) return say(n ? "kept" : "ready", n);
      const some = kept.slice(0, atOnce);
      const few = came.slice(0, atOnce);
      const answer = await fetch(`${path}/marques`, {
        method: "POST", redirect: "manual", headers: { "Content-Type": "application/json" }, signal: AbortSignal.timeout(every),
        body: JSON.stringify({ marks: some.map(({ id, booking, state, seats, at }) => ({ id, booking, state, seats, at })),
          arrivals: few.map(({ id, device, name, firm, seats, at }) => ({ id, device, name, firm, seats, at })) }),
      });
      if (answer.status === 403 || answer.status === 404 || answer.status === 410) {
        ended = true;
        await wipe();
        return say("over");
      }
      if (!answer.ok) return say("lost", n);
      const known = await answer.json();
      await marks.drop(some.map((m) => m.id));
      await arrivals.drop(known.arrivals);
      const left = await marks.all(room);
      const stay = await arrivals.all(room);
      await showArrivals();
      show([...known.marks, ...left]);
      if (known.keep_until <= Date.now()) {
        ended = left.length + stay.length === 0;
        await wipe();
        say("over");
      } else {
        told ||= n > 0;
        say(left.length + stay.length ? "kept" : told ? "sent" : "", left.length + stay.length);
      }
      if (left.length + stay.length) setTimeout(send);
      else if (known.arrivals.length && !ended && !document.activeElement?.value) location.reload(); // they are in the list now
    } catch {
      say(n ? "kept" : "ready", n);
      if (navigator.onLine) setTimeout(send, soon); // a network says that it is there before it is
    } finally {
      busy = false;
      if (again) setTimeout(send);
      again = false;
    }
  }

  root.addEventListener("submit", async (event) => {
    const form = event.target.closest(".door-acts");
    const row = form?.closest("[data-booking]");
    if (!row || !event.submitter) return;
    event.preventDefault();
    const state = event.submitter.value;
    const field = form.querySelector(".door-n");
    const seats = state === "present" ? Number(field?.value ?? 1) || 1 : 0;
    await marks.add({ id: crypto.randomUUID(), room, booking: row.dataset.booking, state, seats, at: new Date().toISOString(), until: Number(until) });
    paint(row, state, seats);
    count();
    row.querySelector("button[name=presence]:not([hidden])").focus();
    await send();
  });

  /** Whether the server answers: a phone may think that it has a network. */
  const reached = async () => {
    if (!navigator.onLine) return false;
    return fetch(`${path}/marques`, { method: "POST", redirect: "manual", headers: { "Content-Type": "application/json" }, body: '{"marks":[]}', signal: AbortSignal.timeout(5000) }).then(() => true, () => false);
  };

  // Who comes without having booked: told to the server, which knows the free
  // seats; without a network, kept here.
  const comes = document.querySelector("#arrivee ~ form");
  comes?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = comes.elements.nom.value.trim();
    if (comes.elements.cle && await reached()) {
      const { submitter } = event;
      if (submitter?.name) comes.append(Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value }));
      return comes.submit();
    }
    if (!name) return comes.elements.nom.focus();
    const seats = Math.max(1, Math.min(60, Number(comes.elements.places.value) || 1));
    await arrivals.add({ id: crypto.randomUUID(), device: device(), room, name, firm: comes.elements.entreprise.value.trim(), seats, at: new Date().toISOString(), until: Number(until) });
    comes.reset();
    comes.elements.nom.focus();
    await showArrivals();
    await send();
  });
  const later = document.querySelector("[data-later]");
  const opens = () => {
    if (later) later.hidden = Date.now() < Number(root.dataset.opens);
  };

  // Searching the list asks nobody: it works without a network.
  const search = root.querySelector("#q");
  const find = () => {
    const code = search.value.match(/\/a-la-porte\/([^.]+)\./)?.[1];
    const words = plain(search.value).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    for (const [id, row] of rows) {
      row.hidden = code ? id !== code : !words.every((w) => plain(row.dataset.find).includes(w));
    }
    for (const letter of document.querySelectorAll(".door-letter")) letter.hidden = words.length > 0;
  };
  if (whole) {
    search.addEventListener("input", find);
    search.form.addEventListener("submit", (event) => {
      event.preventDefault();
      find();
    });
  }

  addEventListener("online", send);
  addEventListener("offline", send);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send());
  setInterval(() => {
    opens();
    if (document.visibilityState === "visible") send();
  }, every);
  opens();
  await showArrivals();
  show(await marks.all(room));
  await keepPage(Number(until)).catch(() => {}); // a phone may think that it has a network: what it keeps stays
  await send();
  root.dataset.keeps = "1";
}

/** Keeps the page and what it is made of. */
async function keepPage(until) {
  if (!navigator.onLine || until <= Date.now()) return;
  await navigator.serviceWorker.register("/porte.js", { scope: path });
  const cache = await caches.open(cacheName);
  const pieces = new Set([...document.querySelectorAll("link[href], script[src]")].map((e) => e.href || e.src));
  for (const e of performance.getEntriesByType("resource")) pieces.add(e.name);
  const own = [...pieces].map((p) => new URL(p)).filter((u) => u.origin === location.origin && /^\/(assets|maison)\//.test(u.pathname));
  await Promise.all(own.map(async (u) => (await cache.match(u)) ?? cache.add(u)));
  const page = await fetch(path, { redirect: "error" });
  if (page.ok && Number(page.headers.get("Passerelle-Keep-Until")) > Date.now()) await cache.put(path, page);
}

if ("serviceWorker" in navigator && "indexedDB" in window) {
  if (root && Number(root.dataset.until) > Date.now()) keepDoor();
  else wipe(); // closed, or too long ago
}
