// Pages of somebody signed in: covered when nobody is there or the session is over, and back as they were, with what
// was typed, once the same person has signed in again. All tabs of a browser go together.
(() => {
  "use strict";

  const reader = document.querySelector('meta[name="reader"]');
  const cover = document.getElementById("cover");
  if (!reader || !cover) return;
  const LIMIT = Number(reader.dataset.idleMinutes) * 60_000;
  const tabs = new BroadcastChannel("maillage-session");
  const title = document.title;
  let gesture = Date.now();
  let told = 0;
  let focused = null;
  let wanted = null; // the form and the button of a sending that waits

  const token = () => document.querySelector('meta[name="csrf-token"]').content;
  const renew = (csrf) => {
    document.querySelector('meta[name="csrf-token"]').content = csrf;
    for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = csrf;
  };
  const covered = () => !cover.hidden;

  const hide = () => {
    if (covered()) return;
    focused = document.activeElement;
    document.documentElement.classList.add("is-covered");
    cover.hidden = false;
    document.title = cover.dataset.title;
    cover.querySelector("a").focus();
  };
  const show = () => {
    if (!covered()) return;
    document.documentElement.classList.remove("is-covered");
    cover.hidden = true;
    document.title = title;
    gesture = Date.now();
    if (focused && focused.isConnected) focused.focus();
    document.dispatchEvent(new CustomEvent("maillage:back"));
  };

  // The session as it is now: nobody's (`who` is empty) when there is none, undefined when nobody answers.
  const session = async () => {
    try {
      const answer = await fetch("/auth/session", { headers: { Accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout(4000) });
      return answer.ok ? await answer.json() : undefined;
    } catch {
      return undefined;
    }
  };
  // Whether this page may be shown and sent from: the session is its reader's.
  const mine = (now) => {
    if (now === undefined) return undefined;
    if (now.who === reader.content) renew(now.csrf);
    return now.who === reader.content;
  };
  const look = async () => {
    const now = await session();
    const ours = mine(now);
    document.getElementById("cover-somebody").hidden = ours !== false || !now.who;
    if (ours) show();
    else if (ours === false) hide();
    return ours;
  };

  const lock = () => {
    hide();
    fetch("/auth/lock", { method: "POST", keepalive: true, headers: { "X-CSRF-Token": token() } }).catch(() => {});
    tabs.postMessage("locked");
  };
  const idle = () => LIMIT > 0 && Date.now() - gesture >= LIMIT;
  const check = () => {
    if (!covered() && idle()) lock();
  };
  const noted = () => {
    check(); // a computer that slept wakes by a gesture: that comes too late
    if (covered()) return;
    gesture = Date.now();
    if (gesture - told > 1000) {
      told = gesture;
      tabs.postMessage("gesture");
    }
  };
  for (const kind of ["pointerdown", "pointermove", "keydown", "scroll", "input"]) {
    document.addEventListener(kind, noted, { capture: true, passive: true });
  }
  tabs.addEventListener("message", ({ data }) => {
    if (data === "gesture") gesture = Date.now();
    if (data === "locked") hide();
    if (data === "unlocked" && covered()) look();
  });
  setInterval(check, LIMIT ? Math.min(LIMIT / 4, 5000) : 60_000);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    check();
    if (covered()) look();
  });
  window.addEventListener("focus", () => {
    if (covered()) look();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) look();
  });

  // A page that says one is signed in again tells the others, and goes away if it may.
  if (document.querySelector("[data-unlocked]")) {
    tabs.postMessage("unlocked");
    setTimeout(() => window.close(), 300); // closed at once, it would take its message with it
  }
  tabs.postMessage("gesture");

  // What a page kept on this device for later goes with the session; who would lose something is asked first.
  const KEPT = "maillage-kept";
  const leave = (event, form) => {
    const unsent = localStorage.getItem(KEPT);
    if (unsent === null) return;
    event.preventDefault();
    if (Number(unsent) > 0 && !window.confirm(form.dataset.unsent)) return;
    localStorage.removeItem(KEPT);
    const gone = indexedDB.deleteDatabase(KEPT);
    gone.onsuccess = gone.onerror = () => form.submit();
  };

  // What is sent to a session that is over would be lost: it is asked for first, and what was typed stays meanwhile.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const said = (name) => form.getAttribute(name) || "";
      if (said("method").toLowerCase() !== "post" || form.dataset.asked || said("hx-post") || said("target")) return;
      if (said("action") === "/auth/sign-out") {
        leave(event, form);
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      if (wanted) return;
      wanted = [form, event.submitter];
      look().then((ours) => {
        const [asked, button] = wanted;
        wanted = null;
        if (ours === false) return;
        asked.dataset.asked = "yes";
        asked.requestSubmit(button);
        delete asked.dataset.asked;
      });
    },
    true
  );
  // The same for pieces of pages.
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) look();
  });
})();
