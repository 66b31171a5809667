#!/bin/sh
# Builds lti_tool/static/vendor from the exact versions in package-lock.json. Needs Node 20 or newer; using the tool does not.
set -eu
cd "$(dirname "$0")"
npm_config_omit_lockfile_registry_resolved=true npm ci --no-audit --no-fund --ignore-scripts --silent
node build.mjs
