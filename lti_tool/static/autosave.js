// <form data-autosave="URL">: sends the changed form after a pause in writing; [data-save-state] inside it says how that went.

import { tr } from "./words.js";

const clockTime = (date) => new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" }).format(date);
const SAVE_PAUSE_MS = 1500;
const RETRY_MS = [2000, 5000, 15000, 30000, 60000];
const unsaved = new Set();

const isTemporary = (status) => status === 0 || status === 408 || status === 429 || status >= 500;

const REFUSALS = {
  401: tr("Not saved: your visit has ended. Copy what you wrote, then open this again from your course."),
  403: tr("Not saved: your visit has ended. Copy what you wrote, then open this again from your course."),
  404: tr("Not saved: this was removed in another window. Copy what you wrote."),
  409: tr("Not saved: this was changed in another window. Copy what you wrote, then reload the page."),
  413: tr("Not saved: this is too long."),
};

export function autosave(form) {
  const place = form.querySelector("[data-save-state]");
  let timer = 0;
  let attempts = 0;
  let sending = false;
  let changed = false;

  const say = (text, isProblem = false) => {
    if (!place) return;
    place.textContent = text;
    place.classList.toggle("is-problem", isProblem);
  };
  const later = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(save, ms);
  };
  // Says when this was sent: what arrives late then never replaces what was sent after it.
  const stamp = () => {
    const page = form.querySelector("[name='page'], [name='editor']");
    if (page) page.value = `${page.value.split(".")[0]}.${Date.now()}`;
  };
  const body = () => {
    stamp();
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    return data;
  };

  // The first save of something new made a place for it: from now on this page is the page of that place.
  const move = (url) => {
    form.action = url;
    form.dataset.autosave = url;
    if (form.dataset.keepNext) form.dataset.keep = form.dataset.keepNext + new URL(url, window.location.href).pathname.split("/").pop();
    history.replaceState(null, "", url);
  };

  async function save() {
    if (sending || !changed) return;
    sending = true;
    changed = false;
    say(tr("Saving …"));
    let status = 0;
    let moved = null;
    try {
      const response = await fetch(form.dataset.autosave, {
        method: "POST",
        body: body(),
        credentials: "same-origin",
        headers: { "X-CSRFToken": document.querySelector("meta[name='csrf-token']").content, "X-Autosave": "1" },
      });
      status = response.status;
      moved = response.headers.get("X-Moved-To");
    } catch {
      status = 0;
    }
    sending = false;
    if (status === 202) return say(tr("This saves itself as soon as there is some text."));
    if (status >= 200 && status < 300) {
      attempts = 0;
      const names = [form.dataset.keep];
      if (moved) move(moved);
      if (!changed) form.dispatchEvent(new CustomEvent("autosaved", { detail: { names: [...names, form.dataset.keep].filter(Boolean) } }));
      if (changed) return later(SAVE_PAUSE_MS);
      unsaved.delete(form);
      return say(tr("Saved %(time)s", { time: clockTime(new Date()) }));
    }
    changed = true;
    if (isTemporary(status)) {
      say(status === 0 ? tr("Not saved: no connection, trying again") : tr("Not saved: the server is busy, trying again"), true);
      return later(RETRY_MS[Math.min(attempts++, RETRY_MS.length - 1)]);
    }
    return say(REFUSALS[status] ?? tr("Not saved: something here cannot be saved yet. Use the button below to see what."), true);
  }

  form.addEventListener("input", (event) => {
    if (event.target.type === "file" || event.target.type === "search") return;
    changed = true;
    unsaved.add(form);
    later(SAVE_PAUSE_MS);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    stamp();
    changed = false;
    unsaved.delete(form);
  });
  window.addEventListener("online", () => later(0));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());
}

window.addEventListener("beforeunload", (event) => {
  if (unsaved.size || document.querySelector("form[data-uploading]")) event.preventDefault();
});
