// <form data-resumable="URL">: its files go in parts, several at once, with time left, pause and cancel, and go on after a lost connection.
// data-next: where to go when all have arrived. data-most: how many files there is room for. Without this the form is sent as it is.

import { canTransfer, Transfer } from "./transfer.js";
import { tr } from "./words.js";

export function resumable(form) {
  const input = form.querySelector("input[type='file']");
  const place = form.parentElement.querySelector("[data-transfers]");
  if (!input || !place || !canTransfer()) return;
  const most = Number(form.dataset.most);
  const hint = document.getElementById(input.getAttribute("aria-describedby")?.split(" ")[0]);
  if (hint && form.dataset.hint) hint.textContent = form.dataset.hint;
  input.multiple = most > 1;
  input.dispatchEvent(new Event("change"));
  const all = new Map();

  form.addEventListener("submit", (event) => {
    const files = [...form.querySelectorAll("input[type='file']")].flatMap((one) => [...one.files]);
    if (event.defaultPrevented || !files.length) return;
    event.preventDefault();
    if (files.length > most) {
      place.hidden = false;
      say(place, most === 1 ? tr("There is room for one more file here.") : tr("There is room for %(count)s more files here. Choose fewer.", { count: most }));
      return;
    }
    const data = new FormData(form);
    const given = [...data].filter(([name]) => ["text", "students", "criteria", "consent_form", "consent_students", "consent_place"].includes(name));
    if (files.length === 1) given.push(["title", data.get("title") ?? ""]);
    say(place, "");
    place.hidden = false;
    form.hidden = true;
    const begin = form.dataset.resumable;
    for (const file of files) {
      const row = rowOf(file);
      const transfer = new Transfer(file, { begin, given, changed: (one) => show(row, one, () => settle(form, place, all)) });
      all.set(transfer, row);
      place.querySelector("ul").append(row.item);
      connect(row, transfer);
      transfer.start();
    }
    place.querySelector("h2").focus();
  });
}

function say(place, text) {
  const words = place.querySelector("[role='status']");
  if (words.textContent !== text) words.textContent = text;
}

// When nothing is under way any more: on to the page that lists what arrived, or the form again.
function settle(form, place, all) {
  const transfers = [...all.keys()].filter((one) => one.state !== "cancelled");
  if (!transfers.length) {
    place.hidden = true;
    form.hidden = false;
    all.clear();
    form.querySelector("input[type='file']").focus();
  } else if (transfers.every((one) => one.state === "done")) {
    say(place, tr("All files have arrived."));
    form.dispatchEvent(new Event("uploaded"));
    window.location.assign(form.dataset.next);
  } else if (transfers.every((one) => one.isOver) && transfers.every((one) => one.state !== "ended")) {
    say(place, tr("Not everything could be uploaded. What has arrived is in your evidence."));
    place.querySelector("[data-transfers-on]").hidden = false;
  }
}

function rowOf(file) {
  const item = document.createElement("li");
  const part = (tag, className) => {
    const element = item.appendChild(document.createElement(tag));
    element.className = className;
    return element;
  };
  const name = part("p", "transfer__name");
  name.textContent = file.name;
  const bar = part("progress", "transfer__bar");
  bar.max = 100;
  bar.setAttribute("aria-label", file.name);
  const words = part("p", "transfer__words");
  const live = part("span", "usa-sr-only");
  live.setAttribute("role", "status");
  const buttons = part("div", "transfer__buttons");
  const button = (label) => {
    const element = buttons.appendChild(document.createElement("button"));
    element.type = "button";
    element.className = "usa-button usa-button--outline";
    const what = element.appendChild(document.createElement("span"));
    what.textContent = label;
    const whose = element.appendChild(document.createElement("span"));
    whose.className = "usa-sr-only";
    whose.textContent = ` ${file.name}`;
    return { element, what };
  };
  return { item, bar, words, live, pause: button(tr("Pause")), cancel: button(tr("Cancel")) };
}

function connect(row, transfer) {
  row.pause.element.addEventListener("click", () => {
    if (["paused", "failed"].includes(transfer.state)) transfer.start();
    else transfer.pause();
  });
  row.cancel.element.addEventListener("click", () => transfer.cancel());
}

function show(row, transfer, over) {
  const percent = transfer.upload && transfer.file.size ? Math.floor((100 * transfer.sent) / transfer.file.size) : 0;
  row.bar.value = percent;
  row.words.textContent = inWords(transfer, percent);
  row.words.classList.toggle("is-problem", ["failed", "ended", "retrying"].includes(transfer.state));
  const heard = ["sending", "checking"].includes(transfer.state) ? `${Math.floor(percent / 25) * 25} %` : row.words.textContent;
  if (row.live.textContent !== heard) row.live.textContent = heard;
  row.pause.what.textContent = { paused: tr("Go on"), failed: tr("Try again") }[transfer.state] ?? tr("Pause");
  row.pause.element.hidden = ["done", "ended", "checking", "cancelled"].includes(transfer.state);
  row.cancel.element.hidden = ["done", "ended", "checking"].includes(transfer.state);
  if (transfer.state === "cancelled") row.item.remove();
  if (transfer.isOver) over();
}

function inWords(transfer, percent) {
  switch (transfer.state) {
    case "waiting":
      return tr("Waiting …");
    case "retrying":
      return `${transfer.words} ${tr("%(percent)s % has arrived and is kept. It goes on by itself.", { percent })}`;
    case "paused":
      return tr("Paused at %(percent)s %.", { percent });
    case "checking":
      return tr("All of it has arrived. Checking it …");
    case "done":
      return tr("Arrived and checked.");
    case "failed":
      return transfer.words;
    case "ended":
      return tr(
        "Your visit has ended. %(percent)s % has arrived and is kept: open this activity again from your course and choose the same file. It goes on from there.",
        { percent },
      );
    default: {
      const left = transfer.secondsLeft;
      return left === null ? `${percent} %` : `${percent} %, ${timeLeft(left)}`;
    }
  }
}

function timeLeft(seconds) {
  if (seconds < 60) return tr("less than a minute left");
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return minutes === 1 ? tr("about 1 minute left") : tr("about %(count)s minutes left", { count: minutes });
  const hours = Math.round(minutes / 6) / 10;
  return hours === 1 ? tr("about 1 hour left") : tr("about %(count)s hours left", { count: hours });
}
