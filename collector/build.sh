#!/usr/bin/env bash
# Builds the Collector distribution of builder-config.yaml into one static binary.
#
#   collector/build.sh OUT
#
# Needs Go only. The builder is pinned to the release of its parts; what it
# generates goes to a temporary folder, so that builds do not meet each other.
set -euo pipefail
[ $# = 1 ] || { echo "usage: $0 OUT (the path of the binary to build)" >&2; exit 2; }
mkdir -p "$(dirname "$1")"
out=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")"
root=$(cd .. && pwd)

builder=v0.161.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Without `direct` a module that the proxy lacks is told as such, and not as
# trouble with git. A go.work above would keep the generated module from building.
GOPROXY=$(go env GOPROXY)
export GOPROXY=${GOPROXY%,direct} GOWORK=off CGO_ENABLED=0 GOFLAGS="-mod=mod -trimpath -buildvcs=false"

GOBIN="$work" go install "go.opentelemetry.io/collector/cmd/builder@$builder"

# Paths in the file are relative to this folder and to dist; absolute ones hold
# for any folder.
sed -e "s|^  output_path:.*|  output_path: $work/dist|" \
    -e "s|=> \.\./\.\./otel$|=> $root/otel|" \
    -e "s|^    path: \.$|    path: $root/collector|" builder-config.yaml >"$work/builder-config.yaml"
"$work/builder" --config "$work/builder-config.yaml" --skip-strict-versioning=false --ldflags="-s -w" >"$work/log" 2>&1 ||
  { cat "$work/log" >&2; exit 1; }
mv "$work/dist/otelcol-mlflow" "$out"
echo "built $out"
