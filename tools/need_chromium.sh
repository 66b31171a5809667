#!/usr/bin/env bash
# Browser tests drive a Chromium: one that is on the machine (CHROMIUM names it), else Debian's package, else Playwright's own.
set -eu
for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
  [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 && exit 0
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && apt-get install -y -qq chromium >/dev/null && exit 0
fi
.venv/bin/playwright install chromium >/dev/null && exit 0
echo "The browser tests need Chromium: install it (Debian: apt install chromium) or set CHROMIUM to its path." >&2
exit 1
