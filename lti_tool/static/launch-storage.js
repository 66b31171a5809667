// Keeps and fetches the secret of a login outside this page (LTI Client Side postMessages 1.0 and Platform Storage 1.0), for browsers
// that take no cookies. Speaks to one origin only, which the server names, and believes only the window that was asked, at that origin.
"use strict";

(() => {
  const place = document.querySelector("[data-storage]");
  if (!place) return;
  const { storage, storageTarget, storageOrigin, storageKey, storageValue, storageContinue, storageOtherwise } = place.dataset;
  const PATIENCE_MS = 1000;
  const host = window.parent === window ? window.opener : window.parent;

  // Who may keep it, the likeliest first: the frame that the LMS names; the LMS's page, where that frame is missing or silent.
  function keepers() {
    let named = null;
    try {
      named = ["_parent", "_opener"].includes(storageTarget) ? null : host?.frames[storageTarget];
    } catch {
      // no frame of that name
    }
    return [named, storageTarget === "_opener" ? window.opener : host].filter((one) => one && one !== window);
  }

  function read(data) {
    if (typeof data !== "string") return data;
    try {
      return JSON.parse(data);
    } catch {
      return null;
    }
  }

  // The answer of this window to this question; null for a refusal, or when none comes in time.
  function ask(keeper, question) {
    return new Promise((resolve) => {
      const id = [...crypto.getRandomValues(new Uint32Array(4))].join("-");
      const done = (answer) => {
        window.removeEventListener("message", listen);
        clearTimeout(timer);
        resolve(answer);
      };
      const listen = (event) => {
        if (event.origin !== storageOrigin || event.source !== keeper) return;
        const answer = read(event.data);
        if (answer?.message_id !== id || answer.subject !== `${question.subject}.response`) return;
        if (answer.error) done(null);
        else if (answer.key === question.key) done(answer);
      };
      const timer = setTimeout(() => done(null), PATIENCE_MS);
      window.addEventListener("message", listen);
      try {
        keeper.postMessage({ ...question, message_id: id }, storageOrigin);
      } catch {
        done(null);
      }
    });
  }

  function show(isWaiting) {
    place.querySelector("[data-storage-waiting]").hidden = !isWaiting;
    place.querySelector("[data-storage-failed]").hidden = isWaiting;
  }

  async function put() {
    for (const keeper of keepers()) {
      const answer = await ask(keeper, { subject: "lti.put_data", key: storageKey, value: storageValue });
      if (answer) return window.location.replace(storageContinue);
    }
    return storageOtherwise ? window.location.replace(storageOtherwise) : show(false);
  }

  async function get() {
    for (const keeper of keepers()) {
      const answer = await ask(keeper, { subject: "lti.get_data", key: storageKey });
      if (typeof answer?.value !== "string" || !answer.value) continue;
      ask(keeper, { subject: "lti.put_data", key: storageKey, value: null }); // used once; nobody waits for the answer
      const form = place.querySelector("[data-storage-form]");
      form.elements.proof.value = answer.value;
      return form.submit();
    }
    return show(false);
  }

  show(true);
  if (storage === "put") put();
  else get();
})();
