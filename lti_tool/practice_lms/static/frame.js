"use strict";
// What the page around the tool's frame listens to.
const frame = document.querySelector("iframe[data-tool-frame]");
const likeCanvas = document.body.classList.contains("face-canvas");
window.addEventListener("message", (event) => {
  let data = event.data;
  if (typeof data === "string") {
    try { data = JSON.parse(data); } catch { return; }
  }
  if (!data || typeof data !== "object" || !frame || event.source !== frame.contentWindow) return;
  if (data.subject === "org.imsglobal.lti.close") {
    const close = document.querySelector("a[data-close]");
    if (close) close.click();
  }
  if (!likeCanvas) return; // Moodle answers nothing else
  if (data.subject === "lti.frameResize" && Number.isFinite(Number(data.height))) {
    frame.height = Math.max(300, Math.min(Number(data.height), 20000));
    frame.classList.add("resized");
    event.source.postMessage({ subject: "lti.frameResize.response", message_id: data.message_id }, event.origin);
  }
  if (data.subject === "lti.scrollToTop") frame.scrollIntoView({ block: "start" });
});
