// One file on its way in parts: begins or goes on, hashes each part, sends it, tries again as long as it takes, and completes.
// Only a part is in memory at a time. Knows nothing of pages: `changed(transfer)` is called whenever there is something new to show.

import { tr } from "./words.js";

const AT_ONCE = 3; // parts on the line, of all files together
const PER_FILE = 2;
const ENDS = 256 * 1024; // bytes of each end that tell a file from another of the same name and size
const LONGEST_WAIT = 30000;
const REMEMBERED = 20000; // milliseconds that the speed is measured over

export const canTransfer = () => Boolean(window.crypto?.subtle);

class Refusal extends Error {
  constructor(status, answer) {
    super(answer.text ?? "");
    this.status = status;
    this.answer = answer;
  }
}

class Again extends Error {} // worth another try: no connection, a server that is busy, a part that arrived damaged

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const sha256 = async (data) => hex(await crypto.subtle.digest("SHA-256", data));

let free = AT_ONCE;
const waiting = [];
async function onTheLine(work) {
  if (free) free -= 1;
  else await new Promise((go) => waiting.push(go));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  }
}

export class Transfer {
  // `begin`: where to begin. `given`: what is said of the file when it is complete, as pairs. State: waiting, sending, retrying, paused, checking,
  // done, failed, ended (the visit is over), cancelled. `words`: why it failed.
  constructor(file, { begin, given, changed }) {
    Object.assign(this, { file, begin, given, changed, state: "waiting", words: "", arrived: new Map(), under: new Map(), speeds: [] });
    this.upload = null;
    this.tries = 0;
  }

  get sent() {
    const size = (number) => this.piece(number).size;
    const whole = [...this.arrived.keys()].reduce((sum, number) => sum + size(number), 0);
    return Math.min(this.file.size, whole + [...this.under.values()].reduce((sum, some) => sum + some, 0));
  }

  get secondsLeft() {
    const first = this.speeds[0];
    const last = this.speeds.at(-1);
    if (!first || last.at - first.at < 2000 || last.sent <= first.sent) return null;
    return ((this.file.size - last.sent) * (last.at - first.at)) / (last.sent - first.sent) / 1000;
  }

  get isOver() {
    return ["done", "failed", "ended", "cancelled"].includes(this.state);
  }

  is(state, words = "") {
    this.state = state;
    this.words = words;
    this.changed(this);
  }

  measured() {
    const at = performance.now();
    this.speeds = [...this.speeds.filter((one) => at - one.at < REMEMBERED), { at, sent: this.sent }];
    this.changed(this);
  }

  piece(number) {
    const size = this.upload.part_size;
    return this.file.slice((number - 1) * size, Math.min(number * size, this.file.size));
  }

  async start() {
    this.stopper = new AbortController();
    const { signal } = this.stopper;
    this.speeds = [];
    this.is("sending");
    try {
      await this.run(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.stopper.abort();
      if (error instanceof Refusal) this.is(error.status === 401 ? "ended" : "failed", error.message);
      else if (error.name === "NotReadableError" || error.name === "NotFoundError")
        this.is("failed", tr("The file can’t be read any more. Was it moved or changed? Choose it again: what has arrived is kept."));
      else this.is("failed", tr("Something went wrong in this browser. Reload the page and choose the file again: what has arrived is kept."));
    } finally {
      this.under.clear();
    }
  }

  pause() {
    this.stopper.abort();
    this.under.clear();
    this.is("paused");
  }

  async cancel() {
    this.stopper?.abort();
    this.is("cancelled");
    if (this.upload) await fetch(this.upload.cancel, { method: "POST", headers: csrf(), redirect: "manual" }).catch(() => {});
  }

  async run(signal) {
    await this.goOn(signal);
    for (;;) {
      const open = this.numbers().filter((number) => !this.arrived.has(number));
      const sendNext = async () => {
        for (let number = open.shift(); number; number = open.shift()) {
          const next = number;
          await onTheLine(() => this.sendPart(next, signal));
        }
      };
      await Promise.all(Array.from({ length: PER_FILE }, sendNext));
      if (await this.complete(signal)) return;
    }
  }

  numbers() {
    return Array.from({ length: Math.max(1, Math.ceil(this.file.size / this.upload.part_size)) }, (_, index) => index + 1);
  }

  // What is stored is compared with this file, part by part: a file that was changed meanwhile starts from the beginning.
  async goOn(signal) {
    const ends = new Blob([this.file.slice(0, ENDS), this.file.slice(Math.max(0, this.file.size - ENDS))]);
    const fingerprint = await sha256(await ends.arrayBuffer());
    for (;;) {
      this.upload = await this.ask(this.begin, { name: this.file.name, size: this.file.size, fingerprint }, signal);
      this.arrived.clear();
      let same = true;
      for (const [number, hash] of Object.entries(this.upload.stored)) {
        signal.throwIfAborted();
        same &&= (await sha256(await this.piece(Number(number)).arrayBuffer())) === hash;
        if (!same) break;
        this.arrived.set(Number(number), hash);
        this.changed(this);
      }
      if (same) return;
      await this.startAgain(signal);
    }
  }

  async startAgain(signal) {
    await this.tryOn(() => request("POST", this.upload.cancel, {}, signal).catch((error) => {
      if (error instanceof Again) throw error;
    }), signal);
    this.arrived.clear();
  }

  async sendPart(number, signal) {
    const piece = this.piece(number);
    const data = await piece.arrayBuffer();
    const hash = await sha256(data);
    try {
      await this.tryOn(async () => {
        const ticket = await request("POST", `${this.upload.parts}/${number}`, { size: piece.size, sha256: hash }, signal);
        await put(ticket, data, signal, (loaded) => {
          this.under.set(number, loaded);
          this.measured();
        }).catch((error) => {
          this.under.delete(number); // what did not arrive whole is not kept
          throw error;
        });
      }, signal);
    } finally {
      this.under.delete(number);
    }
    this.arrived.set(number, hash);
    this.measured();
  }

  // True when it is done; false when parts are missing, which are then sent again.
  async complete(signal) {
    const hashes = this.numbers().map((number) => this.arrived.get(number)).join("");
    const digest = await sha256(bytes(hashes));
    for (;;) {
      this.is("checking");
      try {
        const answer = await this.ask(this.upload.complete, [...this.given, ["digest", digest]], signal);
        if (answer.state === "done") {
          this.is("done");
          return true;
        }
        await pauseFor(3000, signal);
      } catch (error) {
        if (!(error instanceof Refusal) || error.answer.code !== "incomplete") throw error;
        for (const number of error.answer.missing) this.arrived.delete(number);
        this.is("sending");
        return false;
      }
    }
  }

  ask(url, data, signal) {
    return this.tryOn(() => request("POST", url, data, signal), signal);
  }

  // As long as it takes, with longer and longer pauses; a connection that comes back ends a pause.
  async tryOn(work, signal) {
    for (;;) {
      try {
        const answer = await work();
        this.tries = 0;
        if (this.state === "retrying") this.is("sending");
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Again)) throw error;
        this.tries += 1;
        this.speeds = [];
        this.is("retrying", error.message);
        const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** Math.min(this.tries - 1, 5));
        await pauseFor(wait * (0.75 + Math.random() / 2), signal);
      }
    }
  }
}

function csrf() {
  return { "X-CSRFToken": document.querySelector("meta[name='csrf-token']").content };
}

function pauseFor(milliseconds, signal) {
  return new Promise((go, stop) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      if (signal.aborted) stop(signal.reason);
      else go();
    };
    const timer = setTimeout(end, milliseconds);
    window.addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}

const OFFLINE = tr("No connection.");
const worthAnotherTry = (status) => status === 408 || status === 429 || status >= 500;

async function request(method, url, data, signal) {
  let response;
  try {
    response = await fetch(url, { method, headers: { ...csrf() }, body: new URLSearchParams(data), signal, redirect: "manual" });
  } catch (error) {
    signal.throwIfAborted();
    throw new Again(OFFLINE, { cause: error });
  }
  if (response.type === "opaqueredirect") return {};
  const answer = await response.json().catch(() => ({}));
  signal.throwIfAborted();
  if (response.ok) return answer;
  if (worthAnotherTry(response.status)) throw new Again(answer.title ?? tr("The server does not answer."));
  throw new Refusal(response.status, { text: tr("That did not work. Reload the page and choose the file again."), ...answer });
}

// XMLHttpRequest, because only it tells how much has been sent.
function put({ url, headers, direct }, data, signal, progress) {
  return new Promise((done, failed) => {
    const sending = new XMLHttpRequest();
    const stop = () => sending.abort();
    const end = (act) => {
      signal.removeEventListener("abort", stop);
      act();
    };
    sending.upload.addEventListener("progress", ({ loaded }) => progress(loaded));
    sending.addEventListener("error", () => end(() => failed(new Again(OFFLINE))));
    sending.addEventListener("abort", () => end(() => failed(new DOMException("stopped", "AbortError"))));
    sending.addEventListener("load", () =>
      end(() => {
        const { status } = sending;
        if (status >= 200 && status < 300) return done();
        if (direct || worthAnotherTry(status) || status === 422) return failed(new Again(tr("A part did not arrive.")));
        let answer = {};
        try {
          answer = JSON.parse(sending.responseText);
        } catch {
          // a proxy's page
        }
        return failed(new Refusal(status, { text: tr("That did not work. Reload the page and choose the file again."), ...answer }));
      }),
    );
    sending.open("PUT", url);
    sending.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(direct ? headers : csrf())) sending.setRequestHeader(name, value);
    signal.addEventListener("abort", stop);
    if (signal.aborted) return stop();
    return sending.send(data);
  });
}
