// <textarea data-editor="URL">: buttons that write Markdown, and a preview that the server makes of it (POST text=..., level=..., answers HTML).

import "./vendor/markdown-toolbar.js";
import { tr } from "./words.js";

const TOOLS = [
  ["bold", tr("Bold"), "b"],
  ["italic", tr("Italic"), "i"],
  ["header-2", tr("Heading")],
  ["unordered-list", tr("Bullets")],
  ["ordered-list", tr("Numbers")],
  ["quote", tr("Quote")],
  ["link", tr("Link"), "k"],
];
const PAUSE_MS = 600;

export function editor(field) {
  const label = document.querySelector(`label[for="${field.id}"]`)?.firstChild?.textContent.trim() ?? "";
  const bar = document.createElement("markdown-toolbar");
  bar.className = "editor__bar";
  bar.setAttribute("for", field.id);
  bar.setAttribute("aria-label", tr("Formatting of %(label)s", { label }));
  bar.setAttribute("aria-controls", field.id);
  const add = (name, text, key) => {
    const button = bar.appendChild(document.createElement("button"));
    button.type = "button";
    button.tabIndex = -1; // the toolbar is one stop; arrows lead from button to button
    button.className = `editor__tool editor__tool--${name}`;
    button.dataset.mdButton = name;
    button.textContent = text;
    if (key) {
      button.title = `${text} (Ctrl+${key.toUpperCase()})`;
      button.setAttribute("aria-keyshortcuts", `Control+${key.toUpperCase()}`);
    }
    return button;
  };
  const tools = TOOLS.map(([name, text, key]) => [key, add(name, text, key)]);
  add("undo", tr("Undo")).addEventListener("click", () => {
    field.focus();
    document.execCommand("undo");
  });
  const look = add("preview", tr("Preview"));
  field.before(bar);
  field.classList.add("editor__text");
  field.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const tool = tools.find(([key]) => key && key === event.key.toLowerCase());
    if (!tool) return;
    event.preventDefault();
    tool[1].click();
  });
  preview(field, look, label);
}

function preview(field, button, label) {
  const place = document.createElement("section");
  place.id = `${field.id}-preview`;
  place.className = "editor__preview usa-prose prose";
  place.setAttribute("aria-label", tr("Preview of %(label)s", { label }));
  place.hidden = true;
  field.after(place);
  button.setAttribute("aria-controls", place.id);
  button.setAttribute("aria-expanded", "false");
  let timer = 0;
  let asked = 0;

  const before = [...document.querySelectorAll("h1, h2, h3")].filter((one) => one.compareDocumentPosition(place) & Node.DOCUMENT_POSITION_FOLLOWING);
  const level = Number(before.at(-1)?.tagName[1] ?? 1) + 1;

  const show = async () => {
    const number = (asked += 1);
    let html = "";
    try {
      const answer = await fetch(field.dataset.editor, {
        method: "POST",
        body: new URLSearchParams({ text: field.value, level }),
        credentials: "same-origin",
        headers: { "X-CSRFToken": document.querySelector("meta[name='csrf-token']").content },
      });
      if (answer.ok) html = await answer.text();
      else html = `<p>${answer.status === 413 ? tr("This is too long.") : tr("There is no preview now. What you wrote is still in the field.")}</p>`;
    } catch {
      html = `<p>${tr("There is no preview without a connection. What you wrote is still in the field.")}</p>`;
    }
    if (number === asked) place.innerHTML = html || `<p>${tr("Nothing to show yet.")}</p>`;
  };
  button.addEventListener("click", async () => {
    place.hidden = !place.hidden;
    button.setAttribute("aria-expanded", String(!place.hidden));
    if (place.hidden) return;
    await show();
  });
  field.addEventListener("input", () => {
    clearTimeout(timer);
    if (!place.hidden) timer = setTimeout(show, PAUSE_MS);
  });
}
