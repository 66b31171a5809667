// This page keeps the secret of a login for the window that it opens, as an LMS's storage would, for browsers that take no cookie
// even there. In memory only, for pages of our own origin that stand in a window of ours. Runs in <head>, before there is a link to press.
"use strict";

(() => {
  const kept = new Map();

  document.addEventListener(
    "click",
    (event) => {
      const place = event.target.closest("[data-keeper]");
      const link = place && event.target.closest("a");
      if (!link) return;
      link.rel = "opener"; // a window finds who opened it
      setTimeout(() => {
        link.parentElement.hidden = true; // what the LMS sent works once
        place.querySelector("[data-keeper-opened]").hidden = false;
      });
    },
    true,
  );

  window.addEventListener("message", (event) => {
    if (event.origin !== window.location.origin || event.source?.opener !== window) return;
    const { subject, key, value, message_id } = event.data ?? {};
    if (!["lti.put_data", "lti.get_data"].includes(subject) || typeof key !== "string") return;
    if (subject === "lti.put_data" && value === null) kept.delete(key);
    else if (subject === "lti.put_data") kept.set(key, value);
    event.source.postMessage({ subject: `${subject}.response`, message_id, key, value: kept.get(key) ?? null }, event.origin);
  });
})();
