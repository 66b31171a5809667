// <form data-keep="name">: what is written is kept in this browser until the server has it, and offered again after a reload.

import { forgetSent, forgetWords, keepWords, keptWords } from "./kept.js";
import { tr } from "./words.js";

const PAUSE_MS = 400;
const WRITTEN = "textarea, input[type='text'], input[type='url'], input:not([type])";
const plain = (text) => text.replace(/\r\n?/g, "\n").trim();

export function keeping(form) {
  let timer = 0;
  let changes = 0;
  const fields = () => [...form.querySelectorAll(WRITTEN)].filter((field) => field.name);
  const values = () => Object.fromEntries(fields().map((field) => [field.name, field.value]));
  const keep = (sent) => {
    clearTimeout(timer);
    return keepWords(form.dataset.keep, values(), sent).catch(() => {});
  };

  form.addEventListener("input", (event) => {
    if (!event.target.matches(WRITTEN)) return;
    changes += 1;
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE_MS, false);
  });
  form.addEventListener("submit", () => changes && keep(true));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && changes && keep(false));
  form.addEventListener("autosaved", ({ detail }) => {
    clearTimeout(timer);
    changes = 0;
    for (const name of detail.names) forgetWords(name).catch(() => {});
  });
  keptWords(form.dataset.keep)
    .then((kept) => kept && offer(form, fields(), kept))
    .catch(() => {});
}

function offer(form, fields, kept) {
  // What the server has stands in the page as it came; a browser may have put back by itself what was typed before a reload.
  const unsaved = fields.filter((field) => plain(kept.values[field.name] ?? "") && plain(kept.values[field.name]) !== plain(field.defaultValue));
  if (!unsaved.length) return forgetWords(form.dataset.keep).catch(() => {});
  const lost = unsaved.filter((field) => plain(kept.values[field.name]) !== plain(field.value));
  if (!lost.length) return unsaved[0].dispatchEvent(new Event("input", { bubbles: true })); // it is there, and has to be saved

  const make = (parent, tag, className, text = "") => {
    const element = parent.appendChild(document.createElement(tag));
    element.className = className;
    element.textContent = text;
    return element;
  };
  const box = document.createElement("section");
  box.className = "usa-alert usa-alert--warning kept";
  box.setAttribute("aria-label", tr("Not saved yet"));
  const body = make(box, "div", "usa-alert__body");
  make(body, "p", "usa-alert__heading", tr("Something you wrote here was not saved"));
  const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(kept.at);
  make(body, "p", "usa-alert__text", tr("You wrote it on %(when)s. It is kept in this browser only, for you alone.", { when }));
  const details = make(body, "details", "disclosure");
  make(details, "summary", "", tr("Show it"));
  for (const field of lost) {
    make(details, "p", "eyebrow", form.querySelector(`label[for="${field.id}"]`)?.firstChild?.textContent.trim() ?? "");
    make(details, "p", "as-written", kept.values[field.name]);
  }
  const actions = make(body, "div", "actions");
  const button = (text, className, act) => {
    const one = make(actions, "button", className, text);
    one.type = "button";
    one.addEventListener("click", () => {
      act();
      box.remove();
      lost[0].focus();
    });
  };
  button(tr("Put it back"), "usa-button", () => {
    for (const field of lost) {
      field.value = kept.values[field.name];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  button(tr("Throw it away"), "usa-button usa-button--outline", () => forgetWords(form.dataset.keep).catch(() => {}));
  form.prepend(box);
}

// [data-kept-done]: the page says that what was sent has arrived.
export const arrived = () => forgetSent().catch(() => {});
