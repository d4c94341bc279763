#!/usr/bin/env bash
# Proves a release by what strangers do with it: makes its tags in a clone, a Go
# proxy of files from the tags, and then, in empty folders and without this
# checkout, builds and runs what the READMEs show: the run processor in ten lines
# of Go, a Collector with the exporter in ten lines of YAML, the worker. Also
# that the same commit gives the same files, and that the checks of a release and
# of the API refuse what they should. Takes the tree as it is, with changes that
# are in no commit.
#
#   scripts/release_test.sh [--all-platforms]     else files for this machine's
#                                                 platform only
set -euo pipefail
source "$(dirname "$0")/help.sh"
case ${1:-} in "" | --all-platforms) ;; *) unknown "$1" ;; esac
cd "$(dirname "$0")/.."
root=$PWD
module=github.com/technoshare/commentator
# What importing the run processor may bring, measured in the importer's module.
# OpenTelemetry's own OTLP exporter brings all of the graph but two.
max_compiled=30 max_graph=100

step() { printf '== %s\n' "$*"; }
die() { echo "release_test: $*" >&2; exit 1; }
# refused WHAT COMMAND…: the command must fail and say WHAT.
refused() {
  local said
  if said=$("${@:2}" 2>&1); then die "this passed, and should not have: ${*:2}"; fi
  grep -qF -- "$1" <<<"$said" || die "${*:2} did not say \"$1\" but: $said"
}
# block FILE HEADING LANGUAGE: the first code block of a language below a heading.
block() {
  local text
  text=$(awk -v h="$2" -v l="\`\`\`$3" '/^#/ && !code {on = index($0, h)} on && $0 == l {code = 1; next} /^```/ && code {exit} code' "$1")
  [ -n "$text" ] || die "$1 has no block of $3 below \"$2\""
  printf '%s\n' "$text"
}

version=$(awk '/^## v/{print $2; exit}' CHANGELOG.md)
platforms=(--platforms "$(go env GOHOSTOS)/$(go env GOHOSTARCH)")
[ "${1:-}" != --all-platforms ] || platforms=()
work=$(mktemp -d)
cleanup() { # downloaded modules are read-only
  chmod -R u+w "$work"
  rm -rf "$work"
}
trap cleanup EXIT

step "a clone with the tree as it is"
repo=$work/repo
mkdir "$repo"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  [ ! -e "$file" ] || printf '%s\0' "$file"
done | tar -c --null --files-from=- | tar -x -C "$repo"
export GIT_CONFIG_GLOBAL=$work/gitconfig GIT_CONFIG_NOSYSTEM=1
cat >"$GIT_CONFIG_GLOBAL" <<GIT
[user]
  name = release test
  email = test@example.com
[url "file://$work/another/folder"]
  insteadOf = https://$module
GIT
git -C "$repo" init --quiet
commit() { git -C "$repo" add --all && git -C "$repo" commit --quiet --message "$1"; }
# date_changelog STATE: the first section of the CHANGELOG is unreleased, or of a day.
date_changelog() { sed -i.bak "s/^## $version.*/## $version $1/" "$repo/CHANGELOG.md" && rm "$repo/CHANGELOG.md.bak"; }

step "what a release refuses"
date_changelog "(unreleased)"
commit "the tree"
refused "give it a date" "$repo/scripts/release.sh" "$version" --publish
refused "is no version" "$repo/scripts/release.sh" v1.2
refused "requires otel $version, not v0.999.0" "$repo/scripts/release.sh" v0.999.0
echo >>"$repo/LICENSE"
refused "changes that are in no commit" "$repo/scripts/release.sh" "$version"
git -C "$repo" checkout --quiet LICENSE

(cd "$repo" && scripts/release.sh v0.999.0 --prepare >/dev/null)
commit "another version"
refused "v0.999.0 unreleased" "$repo/scripts/release.sh" v0.999.0 --publish # and nothing else
git -C "$repo" reset --quiet --hard HEAD^

step "$version, built dry and published, in different folders: the same files"
date_changelog "(2026-01-02)"
commit "a date"
published=$work/another/folder
git clone --quiet "$repo" "$published"
"$repo/scripts/release.sh" "$version" "${platforms[@]}" --out "$work/first" >"$work/log" 2>&1 || { cat "$work/log"; die "the dry run failed"; }
grep "^left out" "$work/log" || true
[ -z "$(git -C "$repo" tag)" ] || die "a dry run made tags"
"$published/scripts/release.sh" "$version" --publish "${platforms[@]}" --no-images --out "$work/second" >"$work/log" 2>&1 || { cat "$work/log"; die "publishing failed"; }
diff "$work/first/checksums.txt" "$work/second/checksums.txt" || die "the same commit gave different files"
for tag in "otel/$version" "otel/genaimcp/$version" "collector/$version" "$version"; do
  [ "$(git -C "$published" rev-parse "$tag^{commit}")" = "$(git -C "$repo" rev-parse HEAD)" ] || die "the tag $tag is not at the commit"
done
refused "is there already" "$published/scripts/release.sh" "$version" --publish

step "a Go proxy of the tags, made by go itself"
for part in /otel /otel/genaimcp /collector ""; do
  (cd "$work" && GOWORK=off GOFLAGS=-mod=mod GOMODCACHE=$work/made GOPROXY=direct GONOSUMDB="$module,$module/*" go mod download "$module$part@$version")
done

# What strangers do. They know nothing of this checkout: a module cache of their
# own is filled from the proxy, and from what this machine has downloaded before.
strangers() (
export GOPROXY; GOPROXY="file://$work/made/cache/download,file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)"
export GOCACHE; GOCACHE=$(go env GOCACHE)
export GOMODCACHE=$work/modcache GONOSUMDB="$module,$module/*" GOFLAGS="-mod=mod -trimpath" GOWORK=off CGO_ENABLED=0
export HOME=$work/home XDG_STATE_HOME=$work/state

step "go get $module/otel/runprocessor@$version, and the README's ten lines"
mkdir "$work/program"
cd "$work/program"
block "$repo/README.md" "ten lines of Go" go >lines
{
  printf 'package main\n\nimport (\n\t"context"\n\t"log"\n\t"time"\n'
  sed -n '/^import (/,/^)/p' lines | sed 1d
  printf '\nfunc main() {\n\tctx := context.Background()\n'
  sed '/^import (/,/^)/d' lines
  printf '\t_, span := provider.Tracer("stranger").Start(ctx, "job")\n\tspan.End()\n}\n'
} >main.go
go mod init example.com/program 2>/dev/null
go get "$module/otel/runprocessor@$version" 2>"$work/log" || { cat "$work/log"; die "go get failed"; }
go build -o program . || { cat main.go; die "the README's lines do not compile"; }
# No server answers at this address: the program ends all the same, and the trace is kept.
MLFLOW_TRACKING_URI=http://127.0.0.1:9 timeout 60 ./program || die "the README's program ended with $?"
find "$XDG_STATE_HOME" -type f -size +0 -name '*.gz' | grep -q . || die "the README's program kept no trace: $(find "$XDG_STATE_HOME")"
compiled=$(go list -deps -f '{{with .Module}}{{.Path}}{{end}}' . | sort -u | grep -cv '^example.com')
graph=$(go list -m all | grep -cv '^example.com')
echo "compiled from $compiled modules (at most $max_compiled), $graph in the graph (at most $max_graph)"
[ "$compiled" -le "$max_compiled" ] || die "that are too many modules to compile"
[ "$graph" -le "$max_graph" ] || die "that is too large a graph"
[ "$(go list -m -f '{{.Version}} {{.Replace}}' "$module/otel")" = "$version <nil>" ] || die "that was not otel $version"

step "the Collector builder, with a manifest that names $module/collector $version"
mkdir "$work/distribution"
cd "$work/distribution"
builder=$(sed -n 's/^builder=//p' "$repo/collector/build.sh")
GOBIN=$work/bin go install "go.opentelemetry.io/collector/cmd/builder@$builder" 2>"$work/log" || { cat "$work/log"; die "no builder $builder"; }
core=$(sed -n 's/.*otlpreceiver \(v.*\)/\1/p' "$repo/collector/builder-config.yaml")
stable=$(sed -n 's/.*yamlprovider \(v.*\)/\1/p' "$repo/collector/builder-config.yaml")
cat >manifest.yaml <<YAML
dist: {module: example.com/distribution, name: collector, output_path: ./out}
receivers:
  - gomod: go.opentelemetry.io/collector/receiver/otlpreceiver $core
$(block "$repo/collector/mlflowexporter/README.md" "distribution of your own" yaml)
extensions:
  - gomod: github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage $core
providers:
  - gomod: go.opentelemetry.io/collector/confmap/provider/envprovider $stable
  - gomod: go.opentelemetry.io/collector/confmap/provider/fileprovider $stable
  - gomod: go.opentelemetry.io/collector/confmap/provider/yamlprovider $stable
YAML
"$work/bin/builder" --config manifest.yaml --skip-strict-versioning=false --ldflags="-s -w" >"$work/log" 2>&1 || { cat "$work/log"; die "the builder failed"; }
! grep -q "^replace" out/go.mod || die "the distribution has replaces: $(grep ^replace out/go.mod)"
out/collector components >components
grep -A1 "name: mlflow" components | grep -q "$module/collector $version" || die "no exporter $version among the components: $(cat components)"
block "$repo/README.md" "ten lines of YAML" yaml | sed "s|/var/lib/otelcol|$work/storage|" >config.yaml
out/collector validate --config config.yaml ||
  die "the README's lines are no configuration"

# go install PACKAGE@VERSION refuses any module with a replace in its go.mod, and
# ours replaces otel by path; as a dependency it does not matter.
step "the worker, as a tool of another module"
mkdir "$work/tool"
cd "$work/tool"
go mod init example.com/tool 2>/dev/null
go get -tool "$module/cmd/commentator@$version" 2>"$work/log" || { cat "$work/log"; die "go get -tool failed"; }
go build -o commentator "$module/cmd/commentator"
./commentator version || die "the worker does not start"
)
strangers

step "what breaks callers of otel"
cd "$repo"
git tag "otel/$version"
scripts/apidiff.sh
mkdir otel/released
printf 'package released\n\nfunc Kept() {}\n\nfunc Removed() {}\n' >otel/released/released.go
commit "a further function"
scripts/apidiff.sh
git tag otel/v0.998.1
sed -i.bak '/Removed/d' otel/released/released.go
rm otel/released/released.go.bak
commit "an exported function less"
refused '`released.Removed`' scripts/apidiff.sh
announce() { printf '# Changelog\n\n## %s (unreleased)\n\n### Breaking\n\n- `released.Removed` is gone\n' "$1" >CHANGELOG.md; }
announce v0.998.2
refused "the next version is v0.999.0, not v0.998.2" scripts/apidiff.sh
announce v0.999.0
scripts/apidiff.sh

echo "release_test: passed"
