// Small courtesies on top of pages that work without them.
(() => {
  "use strict";

  // htmx: the token that proves a request comes from our own page.
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token) event.detail.headers["X-CSRF-Token"] = token.content;
  });

  // A refused form comes back with its corrections: show them (htmx leaves 4xx answers aside).
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  // The list of what to correct takes the focus.
  const focusSummary = (root) => {
    const summary = root.querySelector("[data-focus]");
    if (summary) summary.focus();
  };
  document.addEventListener("DOMContentLoaded", () => focusSummary(document));
  document.addEventListener("htmx:afterSwap", (event) => focusSummary(event.target));

  // A section of the menu that lies over the page closes when one goes elsewhere, or by Escape, back where one was.
  const unfolded = () => document.querySelectorAll(".menu details[open]");
  document.addEventListener("click", (event) => {
    for (const section of unfolded()) if (!section.contains(event.target)) section.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const section of unfolded()) {
      if (section.contains(document.activeElement)) section.querySelector("summary").focus();
      section.open = false;
    }
  });

  // A part that another service shows, and that it no longer refreshes: said in its place; its next answer takes it over.
  for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(kind, (event) => {
      const said = event.target.closest?.("[data-operations]")?.querySelector(".operations__away");
      if (said) said.hidden = false;
    });
  }

  // Leaving in a hurry: the screen is empty at once, the server erases meanwhile, and this page is in no history.
  const leaving = document.querySelector("form[data-leave]");
  const leave = () => {
    document.documentElement.hidden = true;
    const erased = fetch(leaving.action, { method: "POST", body: new URLSearchParams(new FormData(leaving)), keepalive: true });
    const gone = () => window.location.replace(leaving.dataset.leave);
    Promise.race([erased, new Promise((resolve) => setTimeout(resolve, 500))]).then(gone, gone);
  };
  if (leaving) {
    let escapes = [];
    for (const hint of leaving.querySelectorAll("[data-scripted]")) hint.hidden = false;
    leaving.addEventListener("submit", (event) => {
      event.preventDefault();
      leave();
    });
    document.addEventListener("keydown", (event) => {
      escapes = event.key === "Escape" ? [...escapes, event.timeStamp].filter((at) => event.timeStamp - at < 2000) : [];
      if (escapes.length === 3) leave();
    });
  }

  // One click, one sending.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.hasAttribute("hx-post")) return;
    for (const button of event.target.querySelectorAll('button[type="submit"]')) {
      button.setAttribute("aria-disabled", "true");
    }
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
    }
  });
})();
