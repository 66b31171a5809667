// [data-evidence]: an uploaded file on a page. One that is "waiting" takes its place when it is ready; links, which live for minutes,
// are made anew while the page stands open. Both by reading the page again: it says what this person may open now.

const SOON = 3000;
const FRESH = 8 * 60 * 1000;
const RETRY = 30 * 1000;

const places = new Set();
let timer = 0;
let pause = SOON;
let start = () => {};

export function evidence(place, enhance) {
  start = enhance;
  places.add(place);
  for (const player of place.querySelectorAll("audio, video")) player.addEventListener("error", () => recover(player));
  plan();
}

function plan() {
  clearTimeout(timer);
  for (const place of places) if (!place.isConnected) places.delete(place);
  const waits = [...places].some((place) => place.dataset.evidence === "waiting");
  if (places.size) timer = setTimeout(refresh, waits ? pause : FRESH);
}

async function page() {
  try {
    const answer = await fetch(window.location.href.split("#")[0], { cache: "no-store" });
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  }
}

async function refresh() {
  const now = document.hidden ? null : await page();
  pause = Math.min(pause * 1.5, 60 * 1000);
  for (const place of now ? [...places] : []) {
    const fresh = now.getElementById(place.id);
    if (!fresh) continue;
    if (place.dataset.evidence === "waiting") {
      if (fresh.textContent !== place.textContent || fresh.dataset.evidence !== "waiting") {
        place.replaceWith(document.adoptNode(fresh));
        start(fresh);
      }
    } else renew(place, fresh);
  }
  plan();
}

// Takes over the new addresses, but never pulls away what is shown or played.
function renew(place, fresh) {
  const links = [...fresh.querySelectorAll("a")];
  [...place.querySelectorAll("a")].forEach((link, n) => links[n] && (link.href = links[n].href));
  const image = place.querySelector("img");
  if (image && !image.complete) image.src = fresh.querySelector("img")?.src ?? image.src;
  const player = place.querySelector("audio, video");
  const source = fresh.querySelector("audio, video")?.src;
  if (player && source && player.paused && !player.currentTime) player.src = source;
}

// A link that ended while somebody watches: a new one, at the same moment of the recording.
async function recover(player) {
  const last = Number(player.dataset.recovered ?? 0);
  if (Date.now() - last < RETRY) return;
  player.dataset.recovered = Date.now();
  const place = player.closest("[data-evidence]");
  const source = (await page())?.getElementById(place.id)?.querySelector("audio, video")?.src;
  if (!source) return;
  const { currentTime, paused } = player;
  player.src = source;
  player.addEventListener("loadedmetadata", () => (player.currentTime = currentTime), { once: true });
  if (paused) player.load();
  else player.play().catch(() => {});
}
