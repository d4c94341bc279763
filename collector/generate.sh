#!/usr/bin/env bash
# Makes what mdatagen makes of each component's metadata.yaml: instruments,
# documentation, tests. The tool is pinned in internal/tools, a module of its own,
# so that it is in nobody's module graph.
#
#   collector/generate.sh [--check]     --check: fail if anything was out of date
set -euo pipefail
source "$(dirname "$0")/../scripts/help.sh"
case ${1-} in '' | --check) ;; *) unknown "$1" ;; esac
cd "$(dirname "$0")"

sums() { find . -path ./dist -prune -o \( -name 'generated_*' -o -name documentation.md \) -exec sha256sum {} + | sort -k 2; }

before=$(sums)
go generate ./...
gofmt -l ./*/ | grep -v ^dist/ | grep . && { echo "these files are not formatted" >&2; exit 1; }
if [ "${1:-}" = --check ] && ! changes=$(diff <(echo "$before") <(sums)); then
  printf 'out of date, and made again just now:\n%s\n' "$changes" >&2
  exit 1
fi
