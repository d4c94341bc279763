#!/usr/bin/env bash
# Builds the Collector distribution of builder-config.yaml into one static binary.
#
#   [GOOS=… GOARCH=…] collector/build.sh OUT
#
# Needs Go only. The builder is pinned to the release of its parts. What it
# generates goes to a folder of its own below dist/, so that builds do not meet
# each other; its place relative to the sources is always the same, because the
# binary names it, and the same sources shall give the same binary.
set -euo pipefail
case ${1-} in -h | --help) sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p;}' "$0"; exit ;; esac # scripts/help.sh is not where images are built
[ $# = 1 ] && [ "${1#-}" = "$1" ] || { echo "usage: $0 OUT (the path of the binary to build)" >&2; exit 2; }
mkdir -p "$(dirname "$1")"
out=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")"

builder=v0.161.0
mkdir -p dist
work=$(mktemp -d "$PWD/dist/build.XXXXXX")
trap 'rm -rf "$work"; rmdir dist 2>/dev/null || true' EXIT
name=$(basename "$work")

# Without `direct` a module that the proxy lacks is told as such, and not as
# trouble with git. A go.work above would keep the generated module from building.
GOPROXY=$(go env GOPROXY)
export GOPROXY=${GOPROXY%,direct} GOWORK=off CGO_ENABLED=0 GOFLAGS="-mod=mod -trimpath -buildvcs=false"

# The builder runs here, whatever the target is.
GOBIN="$work/bin" GOOS='' GOARCH='' go install "go.opentelemetry.io/collector/cmd/builder@$builder"

# The paths of replaces are relative to output_path.
sed -e "s|^  output_path:.*|  output_path: ./dist/$name|" \
    -e "s|=> \.\./\.\./otel$|=> ../../../otel|" builder-config.yaml >"$work/builder-config.yaml"
"$work/bin/builder" --config "$work/builder-config.yaml" --skip-strict-versioning=false --ldflags="-s -w" >"$work/log" 2>&1 ||
  { cat "$work/log" >&2; exit 1; }
mv "$work/otelcol-mlflow" "$out"
echo "built $out"
