#!/usr/bin/env bash
# Installs the built wheel with the pinned dependencies into a clean environment, as the Dockerfile does, and asks whether it serves.
set -euo pipefail
place=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
"$place/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps dist/*.whl
cd "$place"
export LTI_TOOL_DEVELOPMENT=1 LTI_TOOL_BASE_URL=http://127.0.0.1:18765 LTI_TOOL_DATA_DIR=$place/data
venv/bin/lti-tool check-config >/dev/null
venv/bin/lti-tool platform invite --district "Wheel test" | grep -q '^http://127.0.0.1:18765/lti/register/'
venv/bin/lti-tool serve --port 18765 & server=$!
for _ in $(seq 60); do
  if venv/bin/python - <<'PY'
import sys, urllib.request
try:
    for path in ("/readyz", "/lti/jwks", "/static/vendor/uswds.css"):
        assert urllib.request.urlopen("http://127.0.0.1:18765" + path, timeout=3).status == 200
except OSError:
    sys.exit(1)
PY
  then echo "the wheel serves"; exit 0; fi
  sleep 0.5
done
echo "the wheel did not serve" >&2
exit 1
