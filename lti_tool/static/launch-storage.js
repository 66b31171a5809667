// Keeps and fetches the secret of a login in the LMS's own storage (LTI Client Side postMessages 1.0), for browsers that take no
// cookies inside frames. Talks to the platform's sign-on origin only, and believes answers from that origin only.
"use strict";

(() => {
  const place = document.querySelector("[data-storage]");
  if (!place) return;
  const { storage, storageTarget, storageOrigin, storageKey, storageValue } = place.dataset;
  const PATIENCE = 1500;
  const host = window.opener && window.parent === window ? window.opener : window.parent;

  const ask = (target, message) =>
    new Promise((resolve) => {
      if (!target || target === window) return resolve(null);
      const id = crypto.randomUUID();
      const done = (answer) => {
        window.removeEventListener("message", listen);
        clearTimeout(timer);
        resolve(answer);
      };
      const listen = (event) => {
        if (event.origin !== storageOrigin) return;
        let data = event.data;
        try {
          if (typeof data === "string") data = JSON.parse(data);
        } catch {
          return;
        }
        if (data?.message_id === id && data.subject === `${message.subject}.response`) done(data.error ? null : data);
      };
      const timer = setTimeout(() => done(null), PATIENCE);
      window.addEventListener("message", listen);
      try {
        target.postMessage({ ...message, message_id: id }, storageOrigin);
      } catch {
        done(null);
      }
    });

  const frame = () => {
    try {
      return storageTarget === "_parent" ? host : host.frames[storageTarget] || host;
    } catch {
      return host;
    }
  };

  const put = async () => {
    await ask(frame(), { subject: "lti.put_data", key: storageKey, value: storageValue });
    window.location.replace(place.querySelector("[data-storage-continue]").href);
  };

  const get = async () => {
    const waiting = place.querySelector("[data-storage-waiting]");
    const failed = place.querySelector("[data-storage-failed]");
    waiting.hidden = false;
    failed.hidden = true;
    const answer = await ask(frame(), { subject: "lti.get_data", key: storageKey });
    if (typeof answer?.value === "string" && answer.value) {
      const form = place.querySelector("[data-storage-form]");
      form.elements.proof.value = answer.value;
      await ask(frame(), { subject: "lti.put_data", key: storageKey, value: null });
      form.submit();
    } else {
      waiting.hidden = true;
      failed.hidden = false;
    }
  };

  if (storage === "put") put();
  else get();
})();
