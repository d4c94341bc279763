#!/usr/bin/env bash
# Runs the tests of the queue with another River than the one in go.mod: the
# queue gives back what a dead worker holds past River, by statements on River's
# own tables (internal/queue/river_tables.go), and replaces the listener of its
# SQLite driver (internal/queue/hub.go). Neither is a contract of River's.
#
#   scripts/river_test.sh            the newest version that the Go proxy serves
#   scripts/river_test.sh VERSION    that version
#
# go.mod and go.sum stay as they are.
set -euo pipefail
source "$(dirname "$0")/help.sh"
case ${1:-} in "" | v[0-9]* | latest) ;; *) unknown "$1" ;; esac
cd "$(dirname "$0")/.."

river=github.com/riverqueue/river
pinned=$(go list -m -f '{{.Version}}' "$river")
version=${1:-}
if [ -z "$version" ] && ! version=$(go list -m -f '{{.Version}}' "$river@latest"); then
  echo "the Go proxy does not answer: whether there is a River newer than $pinned is not known, and no other is tested"
  exit
fi
if [ "$version" = "$pinned" ]; then
  echo "River $pinned of go.mod is the newest: the module's own tests have run with it"
  exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp go.mod "$work/go.mod"
cp go.sum "$work/go.sum"
go mod edit -replace "github.com/technoshare/commentator/otel=$PWD/otel" "$work/go.mod"
modules=()
for module in "" /riverdriver /riverdriver/riverpgxv5 /riverdriver/riversqlite /rivershared /rivertype; do
  modules+=("$river$module@$version")
done
go get -modfile="$work/go.mod" "${modules[@]}"
echo "== the queue with River $version instead of $pinned"
go test -modfile="$work/go.mod" ./internal/queue ./internal/store
