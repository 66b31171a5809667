// <form data-upload>: sends files with a progress bar in [data-upload-state]; the answer replaces the page's content.
// With data-max-bytes a larger file is not sent at all. `enhance` starts the features of what came in. The form hears "uploaded" when
// the server has taken its files.

import { tr } from "./words.js";

// Puts a file that the page itself made into the form, as if it had been chosen there; `taken` is called when the server has it.
export function give(form, file, taken) {
  const input = form.querySelector("input[type='file']");
  const transfer = new DataTransfer();
  transfer.items.add(file);
  input.files = transfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  form.addEventListener("uploaded", () => input.files[0]?.name === file.name && taken());
}

export function upload(form, enhance) {
  const place = form.querySelector("[data-upload-state]");
  const bar = place?.querySelector("progress");
  const words = place?.querySelector("p");
  if (!place || !bar || !words) return;
  const most = Number(form.dataset.maxBytes);
  const files = () => [...form.querySelectorAll("input[type='file']")].flatMap((input) => [...input.files]);
  const finish = (text) => {
    delete form.dataset.uploading;
    place.classList.toggle("is-problem", Boolean(text));
    words.textContent = text;
  };

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !files().length) return;
    event.preventDefault();
    if (form.dataset.uploading) return;
    if (most && files().some((file) => file.size > most)) {
      place.hidden = false;
      return finish(tr("The file is too large: at most %(size)s MB.", { size: Math.floor(most / 1048576) }));
    }

    const request = new XMLHttpRequest();
    form.dataset.uploading = "1";
    place.hidden = false;
    place.classList.remove("is-problem");
    bar.value = 0;
    words.textContent = tr("Uploading …");

    request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => {
      if (!lengthComputable) return;
      const percent = Math.floor((100 * loaded) / total);
      bar.value = percent;
      const text = percent < 100 ? tr("Uploading: %(percent)s %", { percent: Math.floor(percent / 10) * 10 }) : tr("Uploaded. Checking the file …");
      if (words.textContent !== text) words.textContent = text;
    });
    request.addEventListener("error", () => finish(tr("The upload stopped: no connection. Your file was not saved. Try again.")));
    request.addEventListener("abort", () => finish(tr("The upload was stopped. Your file was not saved.")));
    request.addEventListener("load", () => {
      finish("");
      if (request.status < 400) form.dispatchEvent(new Event("uploaded"));
      if (!showAnswer(request, enhance)) finish(tr("The upload failed. Your file was not saved. Try again."));
    });
    request.open("POST", form.getAttribute("action") || window.location.href);
    request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name='csrf-token']").content);
    request.send(new FormData(form, event.submitter));
  });
}

// The answer to an upload is a whole page (after a redirect, or the form again with its errors): take over its content.
function showAnswer(request, enhance) {
  const isPage = (request.getResponseHeader("Content-Type") ?? "").startsWith("text/html");
  const page = isPage ? new DOMParser().parseFromString(request.responseText, "text/html") : null;
  const main = page?.querySelector("main");
  if (!main) return false;
  document.querySelector("main").replaceWith(document.adoptNode(main));
  document.title = page.title;
  if (request.status < 400) history.replaceState(null, "", request.responseURL);
  enhance(main);
  if (!main.querySelector("[data-focus]")) main.focus();
  window.scrollTo(0, 0);
  return true;
}
