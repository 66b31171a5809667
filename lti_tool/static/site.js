// What pages do beyond plain HTML. Every feature is asked for by an attribute, and every form works without this file.

import { autosave } from "./autosave.js";
import { resumable } from "./resumable.js";
import { evidence } from "./evidence.js";
import { arrived, keeping } from "./keeping.js";
import { upload } from "./upload.js";
import { tr } from "./words.js";

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
      : input.multiple ? tr("You can also drop files here.") : tr("You can also drop a file here.");
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
  const units = [tr("bytes"), "kB", "MB", "GB"];
  let step = 0;
  let size = bytes;
  while (size >= 1000 && step < units.length - 1) {
    size /= 1000;
    step += 1;
  }
  return `${step ? size.toFixed(1) : size} ${units[step]}`;
}

// ---- [data-one-file]: several ways to give one file, of which the last one counts.

function oneFile(form) {
  const inputs = [...form.querySelectorAll("input[type='file']")];
  form.addEventListener("change", ({ target }) => {
    if (!inputs.includes(target) || !target.files.length) return;
    for (const other of inputs.filter((one) => one !== target && one.files.length)) {
      other.value = "";
      other.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

// ---- [data-photo]: a camera's button that says what it has.

function photo(place) {
  const input = place.querySelector("input");
  const said = place.querySelector("[data-photo-chosen]");
  input.addEventListener("change", () => {
    said.textContent = input.files.length ? `${input.files[0].name} (${fileSize(input.files[0].size)})` : "";
  });
}

// ---- [data-counter="500"][data-counter-unit="words"]: how much of an answer's length is used.

const MARKS = /^[#>*+\-_~]+$/; // of formatting: no words

function inWords(used, limit, inCharacters) {
  if (!used) return inCharacters ? tr("Up to %(count)s characters", { count: limit }) : tr("Up to %(count)s words", { count: limit });
  return inCharacters
    ? tr("%(used)s of %(count)s characters", { used, count: limit })
    : tr("%(used)s of %(count)s words", { used, count: limit });
}

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
    const used = unit === "characters" ? field.value.length : (field.value.match(/\S+/g) ?? []).filter((word) => !MARKS.test(word)).length;
    place.textContent = inWords(used, limit, unit === "characters");
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

// ---- [data-down="#list"]: the arrow down leads from a search box to the first thing that was found.

function arrowDown(input) {
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    const first = document.querySelector(input.dataset.down)?.querySelector("li input, li a");
    if (!first) return;
    event.preventDefault();
    first.focus();
  });
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
    add(tr("Go back"), "usa-button usa-button--outline", () => element.focus());
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
    // A frame may be far higher than the window: the middle of it can be out of sight, the place of the click is not.
    const top = Math.min(element.getBoundingClientRect().top - 80, window.innerHeight - dialog.offsetHeight - 16);
    dialog.style.marginTop = `${Math.max(16, top)}px`;
  });
}

// ---- [data-copy="text"]: copies and says so.

function copyButton(button) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = tr("Copied");
    } catch {
      const shown = button.parentElement.querySelector(".copy__text");
      if (shown) window.getSelection().selectAllChildren(shown);
      button.textContent = tr("Press Ctrl+C");
    }
    setTimeout(() => (button.textContent = label), 4000);
  });
}

// ---- [data-print]: prints this document, not the LMS around it. Without JavaScript the button stays hidden.

function printButton(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
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

// ---- In a frame as high as its page: the LMS's window may still stand where the last page's button was. Where the new page's
// title is out of sight, the LMS is asked to show the top of the frame (subject lti.scrollToTop, which Canvas knows).

function showTop() {
  const origin = document.querySelector("meta[name='lms-origin']")?.content;
  const title = document.querySelector("main h1");
  const isFollowUp = document.referrer.startsWith(`${window.location.origin}/`);
  if (window.parent === window || !origin || !title || !isFollowUp || window.location.hash) return;
  new IntersectionObserver(([seen], observer) => {
    observer.disconnect();
    if (!seen.isIntersecting) window.parent.postMessage({ subject: "lti.scrollToTop" }, origin);
  }).observe(title);
}

const FEATURES = {
  "form[data-autosave]": autosave,
  "form[data-resumable]": resumable,
  "form[data-upload]": (form) => upload(form, enhance),
  "form[data-keep]": keeping,
  "[data-kept-done]": arrived,
  "form[data-one-file]": oneFile,
  "[data-photo]": photo,
  "textarea[data-editor]": (field) => import("./editor.js").then(({ editor }) => editor(field)),
  "[data-recorder]": (place) => import("./recorder.js").then(({ recorder }) => recorder(place)),
  "[data-desk]": (place) => import("./desk.js").then(({ desk }) => desk(place, enhance)),
  "form[data-auto-submit]": (form) => HTMLFormElement.prototype.submit.call(form),
  "[data-evidence]": (place) => evidence(place, enhance),
  "[data-drop-zone]": dropZone,
  "[data-counter]": counter,
  "[data-filter]": filter,
  "[data-down]": arrowDown,
  "[data-confirm]": askFirst,
  "[data-copy]": copyButton,
  "[data-print]": printButton,
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
showTop();
document.addEventListener("htmx:after:process", (event) => enhance(event.target));
