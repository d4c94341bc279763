#!/usr/bin/env bash
# Prints the path of a development tool, pinned here. What is not there yet is
# built from the Go proxy into ${XDG_CACHE_HOME:-~/.cache}/commentator/bin,
# outside the repository, once for each version of the tool and of Go.
#
#   scripts/tool.sh golangci-lint|apidiff|cyclonedx-gomod|govulncheck|kustomize
set -euo pipefail
source "$(dirname "$0")/help.sh"

case ${1:-} in
  golangci-lint) package=github.com/golangci/golangci-lint/v2/cmd/golangci-lint version=v2.15.0 ;;
  apidiff) package=golang.org/x/exp/cmd/apidiff version=v0.0.0-20261113113407-e3970619a1a4 ;;
  cyclonedx-gomod) package=github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod version=v1.10.0 ;;
  govulncheck) package=golang.org/x/vuln/cmd/govulncheck version=v1.9.0 ;;
  kustomize) package=sigs.k8s.io/kustomize/kustomize/v5 version=v5.8.1 ;;
  "") echo "tool.sh: which tool? See scripts/tool.sh --help" >&2; exit 2 ;;
  *) unknown "$1" ;;
esac

# The linter and apidiff read export data, which a tool of an older Go cannot.
bin=${XDG_CACHE_HOME:-$HOME/.cache}/commentator/bin
path=$bin/$1-$version-$(cd / && go env GOVERSION)
if [ ! -x "$path" ]; then
  echo "tool: building $1 $version, once" >&2
  mkdir -p "$bin"
  work=$(mktemp -d "$bin/build.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  (cd / && GOBIN="$work" GOFLAGS=-trimpath GOWORK=off CGO_ENABLED=0 GOOS='' GOARCH='' go install "$package@$version") >&2
  mv "$work/$1" "$path"
fi
echo "$path"
