#!/usr/bin/env bash
# Makes .venv-interop: Open edX's LTI platform in an environment of its own, exactly as pinned.
set -euo pipefail
cd "$(dirname "$0")/../.."
"${PYTHON:-python3}" -m venv --clear .venv-interop
.venv-interop/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-interop.lock
.venv-interop/bin/python -W ignore -c "import lti_consumer, cryptography"
