// Keeps in this browser what is not yet safe on the server: words, and recordings in parts (IndexedDB). All of it is sealed with a key
// that the server gives to its owner's pages alone, so that on a shared computer nobody else can read it, and goes after two weeks.
// Where a browser keeps nothing, every function fails, and callers go on without.

const DAYS = 14;
const [owner, secret] = (document.querySelector("meta[name='keeper']")?.content ?? "").split(".");
let opened;

const result = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function connect() {
  if (!owner || !secret) return Promise.reject(new Error("nobody's page"));
  const request = indexedDB.open("kept", 1);
  request.onupgradeneeded = () => {
    for (const name of ["words", "recordings", "parts"]) request.result.createObjectStore(name);
  };
  return result(request);
}

async function key() {
  const bytes = new Uint8Array(secret.match(/../g).map((two) => parseInt(two, 16)));
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

function open() {
  opened ??= Promise.all([connect(), key()]).then(async ([database, sealing]) => {
    await sweep(database);
    return { database, sealing };
  });
  return opened;
}

const mine = (id) => IDBKeyRange.bound(`${owner}:${id}`, `${owner}:${id}\uffff`);
const partId = (id, number) => `${owner}:${id}:${String(number).padStart(6, "0")}`;

async function sweep(database) {
  const end = Date.now() - DAYS * 86400000;
  for (const name of ["words", "recordings", "parts"]) {
    const cursor = database.transaction(name, "readwrite").objectStore(name).openCursor();
    await new Promise((resolve, reject) => {
      cursor.onerror = () => reject(cursor.error);
      cursor.onsuccess = () => {
        const at = cursor.result;
        if (!at) return resolve();
        if (at.value.at < end) at.delete();
        at.continue();
      };
    });
  }
}

async function put(name, id, about, bytes) {
  const { database, sealing } = await open();
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, sealing, bytes);
  const row = { at: Date.now(), ...about, iv, sealed };
  await result(database.transaction(name, "readwrite").objectStore(name).put(row, id));
}

async function read(row) {
  const { sealing } = await open();
  return crypto.subtle.decrypt({ name: "AES-GCM", iv: row.iv }, sealing, row.sealed);
}

const encode = (value) => new TextEncoder().encode(JSON.stringify(value));
const decode = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

// ---- Words: the values of a form, by a name that is the same on every visit.

export const keepWords = (id, values, sent = false) => put("words", `${owner}:${id}`, { sent }, encode(values));

export async function keptWords(id) {
  const { database } = await open();
  const row = await result(database.transaction("words").objectStore("words").get(`${owner}:${id}`));
  return row && { at: new Date(row.at), values: decode(await read(row)) };
}

export async function forgetWords(id) {
  const { database } = await open();
  await result(database.transaction("words", "readwrite").objectStore("words").delete(`${owner}:${id}`));
}

// What was sent from any page of this person has arrived.
export async function forgetSent() {
  const { database } = await open();
  const store = database.transaction("words", "readwrite").objectStore("words");
  const [ids, rows] = await Promise.all([result(store.getAllKeys(mine(""))), result(store.getAll(mine("")))]);
  await Promise.all(ids.filter((_, index) => rows[index].sent).map((id) => result(store.delete(id))));
}

// ---- Recordings: what is known of one, and its parts in order.

export const keepRecording = (id, about) => put("recordings", `${owner}:${id}`, {}, encode({ ...about, id }));

export const keepPart = async (id, number, blob) => put("parts", partId(id, number), {}, await blob.arrayBuffer());

export async function keptRecordings(prefix) {
  const { database } = await open();
  const rows = await result(database.transaction("recordings").objectStore("recordings").getAll(mine(prefix)));
  return Promise.all(rows.map(async (row) => ({ at: new Date(row.at), ...decode(await read(row)) })));
}

export async function keptPart(id, number) {
  const { database } = await open();
  const row = await result(database.transaction("parts").objectStore("parts").get(partId(id, number)));
  return row && new Blob([await read(row)]);
}

export async function forgetRecording(id) {
  const { database } = await open();
  const both = database.transaction(["recordings", "parts"], "readwrite");
  await Promise.all([
    result(both.objectStore("recordings").delete(`${owner}:${id}`)),
    result(both.objectStore("parts").delete(mine(`${id}:`))),
  ]);
}
