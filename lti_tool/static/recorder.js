// [data-recorder="name"] inside a <form data-upload>: records video or sound in the page. Every few seconds a part goes into the browser's
// own store (kept.js), so that memory stays small and what was recorded survives when the page does not; the whole is given to the form as
// a file (upload.js: give). [data-when="states"] shows an element in these states, [data-do="action"] is a button.

import { forgetRecording, keepPart, keepRecording, keptPart, keptRecordings } from "./kept.js";
import { give } from "./upload.js";
import { withDuration } from "./webm.js";
import { tr } from "./words.js";

const PART_MS = 2000;
const RATES = { videoBitsPerSecond: 1_000_000, audioBitsPerSecond: 64_000 };
const TYPES = {
  video: ["video/webm;codecs=vp8,opus", "video/webm", "video/mp4"],
  audio: ["audio/webm;codecs=opus", "audio/mp4"],
};

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function refused(name) {
  const policy = document.permissionsPolicy ?? document.featurePolicy; // known to Chromium only
  return Boolean(policy) && !policy.allowsFeature(name);
}

export function recorder(place) {
  const form = place.closest("form");
  const most = Number(form.dataset.maxBytes) || Infinity;
  const part = (name) => place.querySelector(`[data-part='${name}']`);
  const screen = part("screen");
  let state = "";
  let stream = null;
  let machine = null;
  let now = null; // the recording in work: id, kind, type, seconds, size, parts; `loose` holds parts that the browser's store did not take
  let since = 0;
  let facing = "environment";
  let url = "";
  let release = () => {};

  const seconds = () => now.seconds + (since ? (performance.now() - since) / 1000 : 0);
  const say = (text) => (part("said").textContent = text);

  function show(next, problem = "") {
    const hadFocus = place.contains(document.activeElement);
    state = next;
    place.dataset.state = next;
    for (const element of place.querySelectorAll("[data-when]")) element.hidden = !element.dataset.when.split(" ").includes(next);
    for (const element of place.querySelectorAll("[data-problem]")) element.hidden = element.dataset.problem !== problem;
    if (hadFocus && !document.activeElement.offsetParent) place.querySelector("button:not([hidden])")?.focus();
    if (hadFocus && document.activeElement.closest("[hidden]")) [...place.querySelectorAll("button")].find((one) => one.offsetParent)?.focus();
  }

  function figures() {
    if (!now) return;
    part("time").textContent = clock(seconds());
    part("size").textContent = size(now.size);
  }

  function look(source) {
    URL.revokeObjectURL(url);
    url = "";
    screen.srcObject = null;
    screen.removeAttribute("src");
    screen.hidden = !source || (source instanceof MediaStream && now.kind === "audio");
    screen.classList.toggle("is-sound", now?.kind === "audio");
    if (!source) return;
    const live = source instanceof MediaStream;
    screen.muted = live;
    screen.controls = !live;
    if (live) screen.srcObject = source;
    else screen.src = url = URL.createObjectURL(source);
  }

  function quiet() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
  }

  async function ask(kind) {
    if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) return show("problem", "browser");
    const needed = kind === "video" ? ["camera", "microphone"] : ["microphone"];
    if (needed.some(refused)) return show("problem", "frame");
    quiet();
    now = { kind, seconds: 0, size: 0, parts: 0, loose: new Map() };
    show("asking");
    const video = { facingMode: { ideal: facing }, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { max: 30 } };
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true, ...(kind === "video" ? { video } : {}) });
    } catch (error) {
      const problems = { NotAllowedError: "denied", SecurityError: "frame", NotFoundError: "none", OverconstrainedError: "none" };
      return show("problem", problems[error.name] ?? "busy");
    }
    look(stream);
    part("unkept").hidden = await keptRecordings(place.dataset.recorder).then(() => true, () => false);
    show("ready");
    say(kind === "video" ? tr("This is what the camera sees. Nothing is recorded yet.") : tr("The microphone is on. Nothing is recorded yet."));
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "videoinput");
    part("turn").hidden = kind !== "video" || cameras.length < 2;
  }

  const about = () => ({ kind: now.kind, type: now.type, seconds: seconds(), size: now.size, parts: now.parts });

  async function take(blob) {
    const number = now.parts;
    now.parts += 1;
    now.size += blob.size;
    figures();
    try {
      if (now.loose.size) throw new Error("the browser's store is full");
      await keepPart(now.id, number, blob);
      await keepRecording(now.id, about());
    } catch {
      now.loose.set(number, blob);
      part("unkept").hidden = false;
    }
  }

  function start() {
    const type = TYPES[now.kind].find((one) => MediaRecorder.isTypeSupported(one));
    if (!type) return show("problem", "browser");
    now.id = `${place.dataset.recorder}:${crypto.randomUUID()}`;
    now.type = type.split(";")[0];
    // Another window does not offer what this one records. Where the browser has no locks for us, it may.
    navigator.locks?.request(now.id, () => new Promise((resolve) => (release = resolve))).catch(() => {});
    machine = new MediaRecorder(stream, { mimeType: type, ...RATES });
    let taking = Promise.resolve();
    let full = false;
    machine.addEventListener("dataavailable", ({ data }) => {
      if (!data.size) return;
      taking = taking.then(() => take(data));
      if (!full && now.size + 4 * data.size > most) {
        full = true;
        machine.stop();
      }
    });
    machine.addEventListener("stop", async () => {
      now.seconds = seconds();
      since = 0;
      quiet();
      await taking;
      await finish();
      if (full) say(tr("The recording stopped: it is as large as one file may be. You can use what there is and record the rest as another piece."));
    });
    for (const track of stream.getTracks()) track.addEventListener("ended", () => machine.state !== "inactive" && machine.stop());
    machine.start(PART_MS);
    since = performance.now();
    if (!refused("screen-wake-lock")) navigator.wakeLock?.request("screen").catch(() => {});
    show("recording");
    say(tr("Recording."));
  }

  function pause() {
    machine.pause();
    machine.requestData();
    now.seconds = seconds();
    since = 0;
    show("paused");
    say(tr("Paused."));
  }

  function resume() {
    machine.resume();
    since = performance.now();
    show("recording");
    say(tr("Recording."));
  }

  async function whole() {
    const parts = [];
    for (let number = 0; number < now.parts; number += 1) {
      const blob = now.loose.get(number) ?? (await keptPart(now.id, number).catch(() => null));
      if (blob) parts.push(blob);
    }
    const day = new Date();
    const two = (value) => String(value).padStart(2, "0");
    const date = `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
    const name = `${tr("Recording")} ${date} ${two(day.getHours())}.${two(day.getMinutes())}.${two(day.getSeconds())}`;
    const all = now.type.endsWith("webm") ? [await withDuration(new Blob(parts), now.seconds)] : parts;
    return new File(all, `${name}.${now.type.endsWith("mp4") ? "mp4" : "webm"}`, { type: now.type });
  }

  async function finish() {
    now.file = await whole();
    figures();
    if (!now.file.size) return drop();
    look(now.file);
    show("done");
    say(tr("Recorded: %(time)s. Look at it, then use it or record again.", { time: clock(now.seconds) }));
  }

  function use() {
    const { id, file } = now;
    give(form, file, () => {
      forgetRecording(id).catch(() => {});
      release();
    });
    show("used");
    say(tr("%(name)s is in the form. Say below what it shows, then press Upload.", { name: file.name }));
  }

  function drop() {
    if (now?.id) forgetRecording(now.id).catch(() => {});
    release();
    look(null);
    quiet();
    now = null;
    since = 0;
    show("idle");
    say("");
    offer();
  }

  // What a page that died, or was closed, has left.
  async function offer() {
    const list = part("left");
    const locks = await navigator.locks?.query().catch(() => null);
    const busy = new Set((locks?.held ?? []).map((lock) => lock.name));
    const kept = (await keptRecordings(place.dataset.recorder).catch(() => [])).filter((one) => one.parts);
    const left = kept.filter((one) => !busy.has(one.id));
    for (const one of kept.filter((other) => busy.has(other.id))) {
      // Another window records it, or this one did a moment ago: it is left when that window lets go of it.
      navigator.locks.request(one.id, { mode: "shared" }, () => {}).then(() => state === "idle" && offer(), () => {});
    }
    list.replaceChildren();
    for (const one of left) {
      const item = list.appendChild(part("left-one").content.cloneNode(true)).firstElementChild ?? list.lastElementChild;
      const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(one.at);
      item.querySelector("[data-part='about']").textContent = `${when}, ${clock(one.seconds)}, ${size(one.size)}`;
      item.querySelector("[data-left='look']").addEventListener("click", async () => {
        now = { ...one, loose: new Map() };
        await finish();
      });
      item.querySelector("[data-left='drop']").addEventListener("click", async () => {
        await forgetRecording(one.id).catch(() => {});
        item.remove();
        part("left-box").hidden = !list.children.length;
      });
    }
    part("left-box").hidden = !left.length;
  }

  const turn = () => {
    facing = facing === "environment" ? "user" : "environment";
    return ask(now.kind);
  };
  const actions = {
    video: () => ask("video"),
    audio: () => ask("audio"),
    start, pause, resume, turn, use, drop,
    stop: () => machine.stop(),
    back: () => drop(),
  };
  place.addEventListener("click", ({ target }) => actions[target.closest("[data-do]")?.dataset.do]?.());
  form.addEventListener(
    "submit",
    (event) => {
      if (state !== "recording" && state !== "paused") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      say(tr("Stop the recording first, then upload it."));
      place.scrollIntoView({ block: "nearest" });
    },
    true,
  );
  window.addEventListener("beforeunload", (event) => (state === "recording" || state === "paused") && event.preventDefault());
  setInterval(() => since && figures(), 500);
  place.hidden = false;
  show("idle");
  offer();
}
