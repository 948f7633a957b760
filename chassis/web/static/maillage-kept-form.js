// A form kept each second while somebody types, with keys for its buttons and words for its boxes. Without this script
// it is a plain form: its buttons keep and send.
(() => {
  "use strict";

  // Keys: Alt and the one a button or link shows; Ctrl Enter sends.
  document.addEventListener("keydown", (event) => {
    const sends = event.ctrlKey && event.code === "Enter";
    if (!(sends || (event.altKey && !event.ctrlKey && !event.metaKey && event.code !== "Enter"))) return;
    const button = document.querySelector(`[data-key="${CSS.escape(event.code)}"]`);
    if (!button) return;
    event.preventDefault();
    if (button.matches("button, a")) button.click();
    else button.querySelector("button")?.focus();
  });

  const form = document.querySelector("form[data-kept-form]");
  if (!form) return;
  const keeper = form.querySelector("[data-keeper]");
  const away = document.getElementById("away");
  const EVERY = 1000;
  const AGAIN = 4000;
  let unsaved = false;
  let saving = false;
  let timer = null;
  let waiting = null; // the button pressed while something was still to be kept

  const say = (what) => {
    away.hidden = !what;
    if (!what) return;
    const [said, link] = away.children;
    if (said.textContent !== away.dataset[what]) said.textContent = away.dataset[what];
    link.hidden = what !== "signedOut";
  };

  const keep = () => {
    clearTimeout(timer);
    timer = null;
    if (saving) return;
    saving = true;
    unsaved = false;
    htmx.trigger(keeper, "keep");
  };
  const soon = (wait) => {
    if (timer === null) timer = setTimeout(keep, wait);
  };
  form.addEventListener("input", (event) => {
    if (!event.target.name) return;
    unsaved = true;
    if (!saving) soon(EVERY);
  });

  // Enter in a field keeps what was typed, and stays there.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || !event.target.matches("input")) return;
    event.preventDefault();
    if (unsaved) keep();
  });

  // Signed in again elsewhere, this page proves itself with the new session's token.
  const renewed = async () => {
    const answer = await fetch(window.location.href, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector('meta[name="csrf-token"]');
    if (!token) return false;
    document.querySelector('meta[name="csrf-token"]').content = token.content;
    for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token.content;
    return true;
  };

  const failed = async (status) => {
    unsaved = true;
    waiting = null;
    const refused = [400, 413, 422].includes(status);
    say([401, 403].includes(status) ? "signedOut" : refused ? "refused" : "away");
    if ([401, 403].includes(status)) await renewed().catch(() => false);
    if (!refused) soon(AGAIN);
  };
  const done = () => {
    say(null);
    if (unsaved) soon(waiting ? 0 : EVERY);
    else if (waiting) form.requestSubmit(waiting);
  };
  keeper.addEventListener("htmx:afterRequest", (event) => {
    saving = false;
    if (event.detail.xhr.status === 200) done();
    else failed(event.detail.xhr.status);
  });

  // Nothing leaves before what was typed last is kept.
  form.addEventListener("submit", (event) => {
    if (!unsaved && !saving) return;
    if (event.submitter && event.submitter.value === "drop") {
      unsaved = false;
      return;
    }
    event.preventDefault();
    waiting = event.submitter;
    keep();
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  // A piece that says the same as before is left alone: nothing flickers, and nobody hears it twice.
  const shown = new Map();
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    const piece = fragment.querySelector("[id]");
    if (!piece || !target.id) return;
    event.detail.shouldSwap = shown.get(target.id) !== piece.innerHTML;
    shown.set(target.id, piece.innerHTML);
  });

  // What is shown beside may be written down: a button on each, which adds a line.
  document.addEventListener("htmx:afterSettle", () => {
    for (const beside of document.querySelectorAll("[data-adds-to]")) {
      const into = document.getElementById(beside.dataset.addsTo);
      for (const heading of beside.querySelectorAll("article h3:not([data-added])")) {
        const name = heading.textContent.trim();
        const button = document.createElement("button");
        button.type = "button";
        button.className = "button button--quiet";
        button.textContent = beside.dataset.button;
        button.setAttribute("aria-label", `${beside.dataset.button} : ${name}`);
        button.addEventListener("click", () => {
          const line = beside.dataset.adds.replace("%(offer)s", name);
          if (!into.value.includes(line)) into.value = into.value ? `${into.value}\n${line}` : line;
          into.dispatchEvent(new Event("input", { bubbles: true }));
          into.focus();
        });
        heading.dataset.added = "yes";
        heading.querySelector("a")?.setAttribute("target", "_blank");
        heading.after(button);
      }
      for (const hint of beside.querySelectorAll("[data-scripted]")) hint.hidden = !beside.querySelector("article");
    }
  });

  // Boxes chosen by two letters. The list of boxes then shows only those that are ticked.
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  for (const picker of form.querySelectorAll("[data-picker]")) {
    const input = picker.querySelector("input");
    const list = picker.querySelector("ul");
    const status = picker.querySelector("[role=status]");
    const boxes = [...form.querySelectorAll(`input[name="${picker.dataset.picker}"]`)];
    const label = (box) => box.labels[0].textContent.trim();
    let found = [];
    let active = 0;
    picker.hidden = false;
    picker.parentElement.classList.add("picker--scripted");

    const show = () => {
      list.replaceChildren(
        ...found.map((box, place) => {
          const option = document.createElement("li");
          option.id = `${list.id}-${place}`;
          option.role = "option";
          option.textContent = label(box);
          option.setAttribute("aria-selected", String(place === active));
          option.addEventListener("mousedown", (event) => {
            event.preventDefault();
            pick(box);
          });
          return option;
        })
      );
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", String(found.length > 0));
      if (found.length) input.setAttribute("aria-activedescendant", `${list.id}-${active}`);
      else input.removeAttribute("aria-activedescendant");
    };
    const search = () => {
      const typed = fold(input.value.trim());
      const words = (box) => fold(label(box)).split(/[^a-z]+/);
      found = typed ? boxes.filter((box) => !box.checked && words(box).some((word) => word.startsWith(typed))) : [];
      active = 0;
      show();
    };
    const pick = (box) => {
      box.checked = true;
      box.dispatchEvent(new Event("input", { bubbles: true }));
      status.textContent = `${status.dataset.said} ${label(box)}`;
      input.value = "";
      search();
    };
    input.addEventListener("input", search);
    input.addEventListener("blur", () => {
      found = [];
      show();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.ctrlKey) {
        event.preventDefault();
        if (found.length) pick(found[active]);
      } else if (found.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        active = (active + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
        show();
      } else if (event.key === "Escape") {
        input.value = "";
        search();
      }
    });
  }
  if (!form.querySelector("[aria-invalid]") && !document.querySelector("[data-focus]")) form.querySelector("textarea").focus();
})();
