// Tells the LMS that registration is done (LTI Dynamic Registration 1.0, 3.8), when the admin has read what is next.
// The message says nothing else, so it may go to any origin: the LMS's own is not known to this page.
"use strict";

(() => {
  const place = document.querySelector("[data-register-close]");
  const lms = window.opener || (window.parent === window ? null : window.parent);
  if (!place || !lms) return;
  place.hidden = false;
  place.querySelector("button").addEventListener("click", () => lms.postMessage({ subject: "org.imsglobal.lti.close" }, "*"));
})();
