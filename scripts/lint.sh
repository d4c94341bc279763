#!/usr/bin/env bash
# Runs golangci-lint with .golangci.yml over all modules, or over those given.
#
#   scripts/lint.sh [FOLDER…]
set -euo pipefail
source "$(dirname "$0")/help.sh"
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- otel otel/genaimcp otel/genaihttp/sdktest otel/genaihttp/sdktest/genkit collector .
for module; do [ -d "$module" ] || unknown "$module"; done

lint=$(scripts/tool.sh golangci-lint)
"$lint" config verify
failed=
for module; do
  echo "lint: $module"
  (cd "$module" && "$lint" run ./...) || failed=1
done
[ -z "$failed" ] || { echo "lint: there are findings; see above" >&2; exit 1; }
