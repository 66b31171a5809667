"use strict";
// Keeps small values for the tool, apart for every origin, within Canvas's limits (LTI Platform Storage).
const LIMIT = 4096;
const KEYS = 500;
const storage = {
  read(origin) {
    return JSON.parse(sessionStorage.getItem("lti " + origin) || "{}");
  },
  put(origin, key, value) {
    const held = this.read(origin);
    if (value === null || value === undefined) delete held[key];
    else held[key] = String(value);
    const size = Object.entries(held).reduce((sum, [name, text]) => sum + name.length + text.length, 0);
    if (size > LIMIT || Object.keys(held).length > KEYS) return false;
    sessionStorage.setItem("lti " + origin, JSON.stringify(held));
    return true;
  },
};

function answerStorage(event) {
  let data = event.data;
  if (typeof data === "string") {
    try { data = JSON.parse(data); } catch { return false; }
  }
  if (!data || typeof data !== "object") return false;
  const reply = { subject: data.subject + ".response", message_id: data.message_id };
  const send = (more) => event.source.postMessage({ ...reply, ...more }, event.origin);
  if (data.subject === "lti.capabilities") {
    send({ supported_messages: [
      { subject: "lti.put_data", frame: "post_message_forwarding" },
      { subject: "lti.get_data", frame: "post_message_forwarding" },
      { subject: "lti.capabilities" }, { subject: "lti.frameResize" }, { subject: "lti.scrollToTop" }] });
    return true;
  }
  if (data.subject !== "lti.put_data" && data.subject !== "lti.get_data") return false;
  if (!data.message_id || !data.key) {
    send({ error: { code: "bad_request", message: "message_id and key are needed" } });
  } else if (data.subject === "lti.get_data") {
    const held = storage.read(event.origin);
    send({ key: data.key, value: data.key in held ? held[data.key] : null });
  } else if (storage.put(event.origin, data.key, data.value)) {
    send({ key: data.key, value: data.value });
  } else {
    send({ error: { code: "storage_exhaustion", message: "too much is stored already" } });
  }
  return true;
}
window.addEventListener("message", answerStorage);
