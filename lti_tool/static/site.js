// What pages do beyond plain HTML. Every feature is asked for by an attribute, and every form works without this file.

const csrfToken = () => document.querySelector("meta[name='csrf-token']")?.content ?? "";
const clockTime = (date) => new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" }).format(date);

// ---- <form data-autosave="URL">: sends the changed form after a pause in writing; [data-save-state] inside it says how that went.

const SAVE_PAUSE_MS = 1500;
const RETRY_MS = [2000, 5000, 15000, 30000, 60000];
const unsaved = new Set();

const isTemporary = (status) => status === 0 || status === 408 || status === 429 || status >= 500;

const REFUSALS = {
  401: "Not saved: your visit has ended. Copy what you wrote, then open this again from your course.",
  403: "Not saved: your visit has ended. Copy what you wrote, then open this again from your course.",
  409: "Not saved: this was changed in another window. Copy what you wrote, then reload the page.",
  413: "Not saved: this is too long.",
};

function autosave(form) {
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
  const body = () => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    return data;
  };

  async function save() {
    if (sending || !changed) return;
    sending = true;
    changed = false;
    say("Saving …");
    let status = 0;
    try {
      const response = await fetch(form.dataset.autosave, {
        method: "POST",
        body: body(),
        credentials: "same-origin",
        headers: { "X-CSRFToken": csrfToken(), "X-Autosave": "1" },
      });
      status = response.status;
    } catch {
      status = 0;
    }
    sending = false;
    if (status >= 200 && status < 300) {
      attempts = 0;
      if (changed) return later(SAVE_PAUSE_MS);
      unsaved.delete(form);
      return say(`Saved ${clockTime(new Date())}`);
    }
    changed = true;
    if (isTemporary(status)) {
      say(status === 0 ? "Not saved: no connection, trying again" : "Not saved: the server is busy, trying again", true);
      return later(RETRY_MS[Math.min(attempts++, RETRY_MS.length - 1)]);
    }
    return say(REFUSALS[status] ?? "Not saved: something here cannot be saved yet. Use the button below to see what.", true);
  }

  form.addEventListener("input", (event) => {
    if (event.target.type === "file" || event.target.type === "search") return;
    changed = true;
    unsaved.add(form);
    later(SAVE_PAUSE_MS);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    changed = false;
    unsaved.delete(form);
  });
  window.addEventListener("online", () => later(0));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());
}

window.addEventListener("beforeunload", (event) => {
  if (unsaved.size || document.querySelector("form[data-uploading]")) event.preventDefault();
});

// ---- <form data-upload>: sends files with a progress bar in [data-upload-state]; the answer replaces the page's content.

function upload(form) {
  const place = form.querySelector("[data-upload-state]");
  const bar = place?.querySelector("progress");
  const words = place?.querySelector("p");
  if (!place || !bar || !words) return;

  form.addEventListener("submit", (event) => {
    const hasFile = [...form.querySelectorAll("input[type='file']")].some((input) => input.files.length);
    if (event.defaultPrevented || !hasFile) return;
    event.preventDefault();
    if (form.dataset.uploading) return;

    const request = new XMLHttpRequest();
    const finish = (text) => {
      delete form.dataset.uploading;
      place.classList.toggle("is-problem", Boolean(text));
      words.textContent = text;
    };
    form.dataset.uploading = "1";
    place.hidden = false;
    place.classList.remove("is-problem");
    bar.value = 0;
    words.textContent = "Uploading …";

    request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => {
      if (!lengthComputable) return;
      const percent = Math.floor((100 * loaded) / total);
      bar.value = percent;
      const text = percent < 100 ? `Uploading: ${Math.floor(percent / 10) * 10} %` : "Uploaded. Checking the file …";
      if (words.textContent !== text) words.textContent = text;
    });
    request.addEventListener("error", () => finish("The upload stopped: no connection. Your file was not saved. Try again."));
    request.addEventListener("abort", () => finish("The upload was stopped. Your file was not saved."));
    request.addEventListener("load", () => {
      finish("");
      if (!showAnswer(request)) finish("The upload failed. Your file was not saved. Try again.");
    });
    request.open("POST", form.getAttribute("action") || window.location.href);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.send(new FormData(form, event.submitter));
  });
}

// The answer to an upload is a whole page (after a redirect, or the form again with its errors): take over its content.
function showAnswer(request) {
  const isPage = (request.getResponseHeader("Content-Type") ?? "").startsWith("text/html");
  const page = isPage ? new DOMParser().parseFromString(request.responseText, "text/html") : null;
  const main = page?.querySelector("main");
  if (!main) return false;
  document.querySelector("main").replaceWith(document.adoptNode(main));
  document.title = page.title;
  if (request.status < 400) history.replaceState(null, "", request.responseURL);
  enhance(main);
  if (!main.querySelector("[data-focus]")) main.focus();
  window.scrollTo(0, 0);
  return true;
}

// ---- [data-drop-zone]: a file input that also takes dropped files and says which it has.

function dropZone(zone) {
  const input = zone.querySelector("input[type='file']");
  if (!input) return;
  const chosen = zone.appendChild(document.createElement("p"));
  chosen.className = "drop-zone__chosen";
  chosen.setAttribute("role", "status");
  const show = () => {
    chosen.textContent = input.files.length
      ? [...input.files].map((file) => `${file.name} (${fileSize(file.size)})`).join(", ")
      : `You can also drop ${input.multiple ? "files" : "a file"} here.`;
  };
  input.addEventListener("change", show);
  for (const type of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(type, (event) => {
      event.preventDefault();
      zone.classList.toggle("is-over", type === "dragover");
      if (type === "drop" && event.dataTransfer.files.length && (input.multiple || event.dataTransfer.files.length === 1)) {
        input.files = event.dataTransfer.files;
        show();
      }
    });
  }
  show();
}

function fileSize(bytes) {
  const units = ["bytes", "kB", "MB", "GB"];
  let step = 0;
  let size = bytes;
  while (size >= 1000 && step < units.length - 1) {
    size /= 1000;
    step += 1;
  }
  return `${step ? size.toFixed(1) : size} ${units[step]}`;
}

// ---- [data-counter="500"][data-counter-unit="words"]: how much of an answer's length is used.

function counter(field) {
  const place = document.getElementById(`${field.id}-counter`);
  if (!place) return;
  const limit = Number(field.dataset.counter);
  const unit = field.dataset.counterUnit;
  const live = place.parentElement.appendChild(document.createElement("span"));
  live.className = "usa-sr-only";
  live.setAttribute("role", "status");
  let timer = 0;
  const show = (announce) => {
    const used = unit === "characters" ? field.value.length : (field.value.match(/\S+/g) ?? []).length;
    place.textContent = used ? `${used} of ${limit} ${unit}` : `Up to ${limit} ${unit}`;
    place.classList.toggle("is-over", used > limit);
    clearTimeout(timer);
    if (announce && used > limit * 0.9) timer = setTimeout(() => (live.textContent = place.textContent), 1000);
  };
  field.addEventListener("input", () => show(true));
  show(false);
}

// ---- [data-filter]: a search box over the [data-filter-item] of the same fieldset.

function filter(box) {
  const input = box.querySelector("input");
  const items = [...box.parentElement.querySelectorAll("[data-filter-item]")];
  box.hidden = false;
  input.addEventListener("input", () => {
    const words = input.value.trim().toLowerCase();
    for (const item of items) item.hidden = !item.textContent.toLowerCase().includes(words) && !item.querySelector(":checked");
  });
  input.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
}

// ---- [data-confirm="Question?"] on a submit button or a link: asks first.

function askFirst(element) {
  element.addEventListener("click", (event) => {
    if (element.dataset.confirmed) {
      delete element.dataset.confirmed;
      return;
    }
    event.preventDefault();
    const dialog = document.body.appendChild(document.createElement("dialog"));
    dialog.className = "confirm";
    dialog.setAttribute("aria-labelledby", "confirm-question");
    const question = dialog.appendChild(document.createElement("p"));
    question.id = "confirm-question";
    question.textContent = element.dataset.confirm;
    const buttons = dialog.appendChild(document.createElement("div"));
    buttons.className = "actions";
    const add = (label, className, act) => {
      const button = buttons.appendChild(document.createElement("button"));
      button.type = "button";
      button.className = className;
      button.textContent = label;
      button.addEventListener("click", () => {
        dialog.close();
        act();
      });
    };
    add(element.textContent.trim(), element.className.includes("usa-button") ? element.className : "usa-button", () => {
      element.dataset.confirmed = "1";
      element.click();
    });
    add("Go back", "usa-button usa-button--outline", () => element.focus());
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
  });
}

// ---- [data-copy="text"]: copies and says so.

function copyButton(button) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      const shown = button.parentElement.querySelector(".copy__text");
      if (shown) window.getSelection().selectAllChildren(shown);
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => (button.textContent = label), 4000);
  });
}

// ---- <time data-local="both|date">: in the reader's own time zone.

function localTime(element) {
  const options = element.dataset.local === "date" ? { dateStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" };
  element.title = element.textContent;
  element.textContent = new Intl.DateTimeFormat(document.documentElement.lang, options).format(new Date(element.dateTime));
}

// ---- In a frame: tell the LMS how high the page is (subject lti.frameResize), to the origin that the server named and no other.

function resizeFrame() {
  const origin = document.querySelector("meta[name='lms-origin']")?.content;
  const page = document.querySelector("[data-page]");
  if (window.parent === window || !origin || !page) return;
  let sent = 0;
  let timer = 0;
  new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const height = Math.ceil(page.getBoundingClientRect().height) + 1;
      if (Math.abs(height - sent) < 4) return;
      sent = height;
      window.parent.postMessage({ subject: "lti.frameResize", height }, origin);
    }, 150);
  }).observe(page);
}

const FEATURES = {
  "form[data-autosave]": autosave,
  "form[data-upload]": upload,
  "form[data-auto-submit]": (form) => HTMLFormElement.prototype.submit.call(form),
  "[data-drop-zone]": dropZone,
  "[data-counter]": counter,
  "[data-filter]": filter,
  "[data-confirm]": askFirst,
  "[data-copy]": copyButton,
  "time[data-local]": localTime,
  "[data-only-framed]": (element) => (element.hidden = window.parent === window),
  "[data-focus]": (element) => element.focus(),
};
const started = new Map(Object.keys(FEATURES).map((selector) => [selector, new WeakSet()]));

// Starts every feature once on what is new in `root`: the page, or what htmx or an upload put into it.
function enhance(root) {
  for (const [selector, start] of Object.entries(FEATURES)) {
    const found = [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];
    for (const element of found.filter((one) => !started.get(selector).has(one))) {
      started.get(selector).add(element);
      start(element);
    }
  }
}

enhance(document);
resizeFrame();
document.addEventListener("htmx:after:process", (event) => enhance(event.target));
