// A contact noted in the street: sealed as it is typed to a key that only the service holds, and sent once the network
// is back. This device can seal and send; it can open nothing.
(() => {
  "use strict";

  const root = document.getElementById("outreach");
  const form = document.getElementById("note");
  const words = root.dataset;
  const $ = (id) => document.getElementById(id);
  const DATABASE = "maillage-kept"; // wiped at sign-out by its name
  const DAYS_7 = 7 * 24 * 3600 * 1000;
  const EVERY = 1000;
  const AGAIN = 20_000;
  const CHOICES_THAT_STAY = ["commune", "place"]; // of the round, not of the person

  // ---- kept on this device

  let database = null;
  const open = () =>
    new Promise((resolve, reject) => {
      const asked = indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("key");
        asked.result.createObjectStore("notes", { keyPath: "id" });
      };
      asked.onsuccess = () => {
        database = asked.result;
        // Wiped in another tab: what is typed here goes too.
        database.onversionchange = () => {
          database.close();
          window.location.reload();
        };
        resolve();
      };
      asked.onerror = () => reject(asked.error);
    });
  const on = (store, mode, act) =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(store, mode);
      const asked = act(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  const all = () => on("notes", "readonly", (notes) => notes.getAll());
  const put = (note) => on("notes", "readwrite", (notes) => notes.put(note));
  const remove = (id) => on("notes", "readwrite", (notes) => notes.delete(id));

  // ---- sealing: a compact JWE (RFC 7516), ECDH-ES+A256KW and A256GCM

  const bytes = (text) => new TextEncoder().encode(text);
  const base64 = (content) =>
    btoa(Array.from(new Uint8Array(content), (byte) => String.fromCharCode(byte)).join(""))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
  const number = (value) => new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]);
  const joined = (...parts) => {
    const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  const CURVE = { name: "ECDH", namedCurve: "P-256" };
  const ALGORITHM = "ECDH-ES+A256KW";

  const seal = async (jwk, content) => {
    const theirs = await crypto.subtle.importKey("jwk", jwk, CURVE, false, []);
    const ours = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", ours.publicKey);
    const header = base64(bytes(JSON.stringify({ alg: ALGORITHM, enc: "A256GCM", epk: { kty, crv, x, y } })));
    const secret = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256));
    // Concat KDF (RFC 7518, 4.6.2), one round: neither party is named.
    const named = bytes(ALGORITHM);
    const derived = await crypto.subtle.digest(
      "SHA-256",
      joined(number(1), secret, number(named.length), named, number(0), number(0), number(256))
    );
    const wrapping = await crypto.subtle.importKey("raw", derived, "AES-KW", false, ["wrapKey"]);
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]);
    const wrapped = await crypto.subtle.wrapKey("raw", key, wrapping, "AES-KW");
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bytes(header) }, key, bytes(content));
    const tag = sealed.byteLength - 16;
    return [header, base64(wrapped), base64(iv), base64(sealed.slice(0, tag)), base64(sealed.slice(tag))].join(".");
  };

  // ---- who is here

  let known = null; // {who, jwk}: the account this device seals for
  let csrf = "";
  let signedIn = null; // null while the network is away

  const ask = (path, options = {}) => fetch(path, { signal: AbortSignal.timeout(15_000), ...options });
  const recognise = async () => {
    try {
      const session = await ask("/auth/session", { headers: { Accept: "application/json" }, redirect: "manual" });
      if (!session.ok) throw new Error("no answer");
      const now = await session.json();
      csrf = now.csrf;
      signedIn = false;
      if (!now.who) return;
      const given = await ask("/intake/outreach/key", { headers: { Accept: "application/json" } });
      if (!given.ok) return;
      known = { who: now.who, jwk: await given.json() };
      await on("key", "readwrite", (keys) => keys.put(known, "mine"));
      signedIn = true;
    } catch {
      signedIn = null;
    }
  };

  // ---- what is typed

  let id = null; // of the note in this tab, once something is typed
  let begun = null;
  let release = null; // lets other tabs know that this one is no longer at it
  let timer = null;
  let sealing = Promise.resolve();

  const typed = () => {
    const data = new FormData(form);
    const fields = Object.fromEntries([...data].filter(([name]) => name !== "themes"));
    return { ...fields, themes: data.getAll("themes"), minor: data.has("minor"), agreed: data.has("agreed"), met_at: begun };
  };
  const keep = (state) => {
    clearTimeout(timer);
    timer = null;
    const note = { id, at: begun, who: known.who, state };
    const said = JSON.stringify(typed());
    sealing = sealing.then(async () => {
      await put({ ...note, letter: await seal(known.jwk, said) });
      const at = new Date().toLocaleTimeString("fr-FR");
      if (id === note.id) $("saved").textContent = `${words.saved} ${at}`;
    });
    return sealing;
  };
  const begin = () => {
    if (id) return;
    id = crypto.randomUUID();
    begun = new Date().toISOString();
    const mine = id;
    navigator.locks.request(`maillage-note-${mine}`, () => new Promise((done) => (release = done)));
  };
  const clear = () => {
    clearTimeout(timer);
    timer = null;
    const stays = CHOICES_THAT_STAY.map((name) => [name, form.elements[name].value]);
    form.reset();
    for (const [name, value] of stays) form.elements[name].value = value;
    if (release) release();
    id = begun = release = null;
    $("saved").textContent = "";
  };

  form.addEventListener("input", () => {
    begin();
    if (timer === null) timer = setTimeout(() => keep("typing"), EVERY);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && timer !== null) keep("typing");
    if (!document.hidden) refresh();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!id) return;
    const kept = keep("waiting");
    clear();
    await kept;
    form.elements.summary.focus();
    await refresh();
  });
  $("drop").addEventListener("click", async () => {
    const dropped = id;
    clear();
    await sealing;
    if (dropped) await remove(dropped);
    await show();
  });

  // ---- what waits

  const says = (what) => {
    if ($("network").textContent !== what) $("network").textContent = what;
  };
  const button = (text, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button button--quiet";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  };
  const at = (note) => new Date(note.at).toLocaleString("fr-FR", { dateStyle: "long", timeStyle: "short" });
  const told = (note) => {
    if (note.said) return note.said;
    if (known && note.who !== known.who) return words.other;
    return note.state === "typing" ? words.typing : words.waiting;
  };
  const item = (note) => {
    const made = document.createElement("li");
    made.className = "card";
    const text = document.createElement("p");
    text.textContent = `${words.noted} ${at(note)} : ${told(note)}`;
    const actions = document.createElement("p");
    actions.className = "actions";
    if (note.desk) {
      const link = document.createElement("a");
      link.className = "button button--quiet";
      link.href = note.desk;
      link.textContent = words.complete;
      actions.append(link);
    }
    if (note.state === "typing" && signedIn) actions.append(button(words.resume, () => resume(note)));
    const erase = button(words.remove, async () => {
      if (note.letter && !window.confirm(words.removeSure)) return;
      await remove(note.id);
      await show();
    });
    erase.setAttribute("aria-label", `${words.remove} : ${at(note)}`);
    actions.append(erase);
    made.append(text, actions);
    return made;
  };
  const elsewhere = async () => {
    const { held } = await navigator.locks.query();
    return new Set(held.map((lock) => lock.name));
  };
  const show = async () => {
    const open = await elsewhere();
    const notes = await all();
    const listed = notes.filter((note) => note.id !== id && !open.has(`maillage-note-${note.id}`));
    $("notes").replaceChildren(...listed.map(item));
    $("nothing").hidden = listed.length > 0;
    // How many would be lost at sign-out; nothing of whom.
    localStorage.setItem(DATABASE, String(notes.filter((note) => note.letter).length));
    form.hidden = !known;
    $("sign-in").hidden = signedIn !== false;
    if (!known) says(words.never);
    else says(signedIn ? words.online : signedIn === false ? words.signedOut : words.offline);
  };

  // ---- sending: one tab at a time, one note after the other, under its own id for ever; a tab whose turn comes after
  // another's finds nothing left, and shows it

  const deliver = async (note, finished) => {
    const answer = await ask(`/intake/outreach/notes/${note.id}`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "Idempotency-Key": note.id,
        "X-CSRF-Token": csrf,
      },
      body: JSON.stringify({ letter: note.letter, finished }),
    });
    if (answer.status === 401 || answer.status === 403) {
      signedIn = false;
      return null;
    }
    const body = await answer.json();
    const { id: kept, at: met, who } = note;
    if (answer.status === 201) {
      await remove(note.id);
      $("result").textContent = body.reference ? `${words.sent} ${body.reference}` : words.passed;
    } else if (answer.status === 202) await put({ id: kept, at: met, who, state: "desk", ...body });
    else if (answer.status === 404) await remove(note.id); // made a request, or erased, at the desk
    else if (answer.status < 500 && answer.status !== 429) await put({ ...note, state: "refused", said: body.detail });
    return body;
  };
  const resume = async (note) => {
    const body = await deliver(note, false).catch(() => null);
    if (body && body.desk) {
      await remove(note.id);
      window.location.assign(body.desk.split("?")[0]);
    } else await show();
  };
  const flush = () =>
    navigator.locks.request("maillage-sending", async () => {
      const waiting = (await all()).filter((note) => note.state === "waiting" && note.who === known.who);
      for (const note of waiting) {
        if (!signedIn) break;
        await deliver(note, true);
      }
    });
  const forget = async () => {
    for (const note of await all()) if (Date.now() - Date.parse(note.at) > DAYS_7) await remove(note.id);
  };
  const look = async () => {
    await forget();
    await recognise();
    await show();
    if (!signedIn) return;
    try {
      await flush();
    } catch {
      signedIn = null;
    }
    await show();
  };
  // One look at a time, and one more for whoever asks meanwhile: the network may be back, or a note finished.
  let looking = null;
  let wanted = false;
  const refresh = () => {
    wanted = true;
    looking ??= (async () => {
      try {
        while (wanted) {
          wanted = false;
          await look();
        }
      } finally {
        looking = null;
      }
    })();
    return looking;
  };

  const start = async () => {
    if (!window.isSecureContext || !crypto.subtle || !navigator.locks || !navigator.serviceWorker) {
      says(words.unable);
      return;
    }
    await open();
    known = (await on("key", "readonly", (keys) => keys.get("mine"))) || null;
    window.addEventListener("online", refresh);
    window.addEventListener("offline", () => {
      signedIn = null;
      show();
    });
    setInterval(refresh, AGAIN);
    await refresh();
    await navigator.serviceWorker.register("/intake/outreach/files/worker.js", { scope: "/intake/outreach" });
    if (navigator.storage && navigator.storage.persist) await navigator.storage.persist();
  };
  start().catch(() => says(words.unable));
})();
