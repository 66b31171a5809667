// [data-desk]: notes at a moment of a recording, and phrases that are put in where the words stand. Without this file all of it
// works by plain forms and links.

export function desk(place, enhance) {
  place.addEventListener("click", (event) => {
    const seek = event.target.closest("[data-seek]");
    const now = event.target.closest("[data-now]");
    const insert = event.target.closest("[data-insert]");
    if (seek && jump(seek)) event.preventDefault();
    if (now) take(now.closest("form"), playerOf(now));
    if (insert) {
      event.preventDefault();
      putIn(document.getElementById(insert.dataset.insert), insert.dataset.text);
    }
  });
  place.addEventListener("toggle", opened, true);
  place.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !event.target.closest("[data-notes]")) return;
    event.preventDefault();
    send(event.target, enhance);
  });
  for (const button of place.querySelectorAll("[data-now]")) button.hidden = !playerOf(button);
}

const playerOf = (element) => element.closest("[data-piece]")?.querySelector("video, audio");

function jump(link) {
  const player = playerOf(link);
  if (!player) return false;
  player.currentTime = Number(link.dataset.seek);
  player.play().catch(() => {});
  player.scrollIntoView({ block: "nearest" });
  return true;
}

function words(seconds) {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function take(form, player) {
  if (player) form.elements.moment.value = words(player.currentTime);
}

// Whoever begins a note means the moment that is playing.
function opened(event) {
  const details = event.target;
  if (!details.matches?.("[data-notes-new]") || !details.open) return;
  const form = details.querySelector("form");
  if (!form.elements.moment.value) take(form, playerOf(details));
}

function putIn(field, phrase) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const before = start && !/\s$/.test(value.slice(0, start)) ? " " : "";
  field.setRangeText(before + phrase, start, end, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// Sends a note and takes over what the server shows in this place, so that what plays goes on and what is being written stays.
async function send(form, enhance) {
  const place = form.closest("[data-notes]");
  let answer = null;
  try {
    answer = await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin" });
  } catch {
    answer = null;
  }
  const isPage = answer && (answer.ok || answer.status === 422);
  const fresh = isPage && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(place.id);
  if (!fresh) return HTMLFormElement.prototype.submit.call(form); // the server's own page says what is the matter
  const adopted = document.adoptNode(fresh);
  place.replaceWith(adopted);
  for (const button of adopted.querySelectorAll("[data-now]")) button.hidden = !playerOf(button);
  enhance(adopted);
  const next = adopted.querySelector("[aria-invalid], details summary");
  next?.focus();
}
