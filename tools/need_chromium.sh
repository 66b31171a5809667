#!/usr/bin/env bash
# Browser tests drive a Chromium that is on the machine. Installs Debian's where that is possible, else says what to do.
set -eu
for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
  [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 && exit 0
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && apt-get install -y -qq chromium >/dev/null && exit 0
fi
echo "The browser tests need Chromium: install it (Debian: apt install chromium) or set CHROMIUM to its path." >&2
exit 1
