"use strict";
for (const form of document.querySelectorAll("form[data-autosubmit]")) form.submit();
