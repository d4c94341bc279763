#!/usr/bin/env bash
# Lists the licences of all modules whose code is in what is built, by the
# licence files in the module cache, and fails for one that is not on the list
# here or has no file that says one. A new dependency passes, or its licence is
# read and added.
#
#   scripts/licences.sh [--list]     --list: print every module with its licence
set -euo pipefail
source "$(dirname "$0")/help.sh"
case ${1:-} in "" | --list) ;; *) unknown "$1" ;; esac
cd "$(dirname "$0")/.."

format='{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}'
{
  for module in otel otel/genaimcp collector .; do (cd "$module" && go list -deps -f "$format" ./...); done
  # Only tests: what they use is in nothing that is built, and is asked about all the same.
  for module in otel/genaihttp/sdktest otel/genaihttp/sdktest/genkit; do (cd "$module" && go list -deps -test -f "$format" ./...); done
} | sort -u | python3 scripts/licences.py "$@"
