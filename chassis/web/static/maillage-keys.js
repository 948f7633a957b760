// Keys of every page of somebody signed in: `/` searches across, `?` tells the keys.
(() => {
  "use strict";

  const typing = (element) =>
    element.isContentEditable || (element.matches("input, textarea, select") && !element.matches("[type=checkbox], [type=radio]"));

  // The search: answers below the field, by arrows.
  const find = document.querySelector("form[data-find]");
  const field = find?.querySelector("[type=search]");
  const results = find?.querySelector(".find__results");
  const hits = () => [...results.querySelectorAll("a[data-hit]")];
  const close = () => {
    results.hidden = true;
  };
  if (find) {
    field.addEventListener("input", () => {
      results.hidden = !field.value.trim();
    });
    find.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !results.hidden) {
        event.preventDefault();
        event.stopPropagation();
        field.focus();
        close();
        return;
      }
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || results.hidden) return;
      event.preventDefault();
      const all = [field, ...hits()];
      const place = all.indexOf(document.activeElement);
      all[(place + step + all.length) % all.length].focus();
    });
    find.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !find.contains(event.relatedTarget)) close();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!find.contains(event.target)) close();
    });
    for (const kind of ["htmx:responseError", "htmx:sendError"]) {
      results.addEventListener(kind, (event) => {
        const said = document.createElement("p");
        said.className = "field__hint";
        said.textContent = find.dataset.away;
        event.target.replaceChildren(said);
      });
    }
  }

  // The help: what the page itself declares, each key once.
  const help = document.getElementById("keys");
  const opener = document.querySelector("[data-keys-open]");
  const named = (key) => {
    const names = JSON.parse(help.dataset.names);
    return key.split("+").map((part) => names[part] || part).join(" ");
  };
  const text = (element) => {
    if (element.dataset.keys) return element.dataset.keys;
    const copy = element.cloneNode(true);
    for (const key of copy.querySelectorAll("kbd")) key.remove();
    return (element.getAttribute("aria-label") || copy.textContent).replace(/\s+/g, " ").trim();
  };
  const list = () => {
    const rows = new Map();
    for (const element of document.querySelectorAll("[aria-keyshortcuts]")) {
      if (!element.closest("[hidden]")) rows.set(element.getAttribute("aria-keyshortcuts"), text(element));
    }
    const shown = [...rows].map(([keys, what]) => {
      const row = document.createElement("tr");
      const key = document.createElement("th");
      key.scope = "row";
      key.append(
        ...keys.split(" ").flatMap((one, place) => {
          const kbd = document.createElement("kbd");
          kbd.textContent = named(one);
          return place ? [" ", kbd] : [kbd];
        })
      );
      const cell = document.createElement("td");
      cell.textContent = what;
      row.append(key, cell);
      return row;
    });
    help.querySelector("tbody[data-here]").replaceChildren(...shown);
  };
  if (help) {
    const open = () => {
      list();
      help.showModal();
    };
    opener.addEventListener("click", (event) => {
      event.preventDefault();
      open();
    });
  }

  // Who dictates, or whose hand strikes keys unmeant, does without keys of one letter (WCAG 2.1.4).
  const single = help?.querySelector("[data-single-keys]");
  const KEPT = "maillage-touches";
  if (single) {
    single.checked = localStorage.getItem(KEPT) !== "off";
    single.addEventListener("change", () => {
      if (single.checked) localStorage.removeItem(KEPT);
      else localStorage.setItem(KEPT, "off");
    });
  }

  document.addEventListener("keydown", (event) => {
    if (single && !single.checked) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (typing(event.target) || document.documentElement.classList.contains("is-covered") || help?.open) return;
    if (event.key === "/" && field) {
      event.preventDefault();
      field.focus();
      field.select();
    } else if (event.key === "?" && help) {
      event.preventDefault();
      opener.click();
    }
  });
})();
