#!/usr/bin/env bash
# Makes a release of the commit that is checked out. Without --publish it is a
# dry run: everything is checked and built, no tag is made.
#
#   scripts/release.sh vX.Y.Z [--publish] [--platforms "OS/ARCH …"] [--no-images]
#                             [--out FOLDER]
#   scripts/release.sh vX.Y.Z --prepare     writes the version wherever the tree
#                                           names it, to be committed
#
# Checks that the tree is clean and names the version wherever it must: the
# CHANGELOG, what the modules require of each other, the Collector's manifest,
# and that the API changed no more than the version says. Then builds from an
# archive of the commit, into FOLDER (dist):
#
#   commentator_vX.Y.Z_OS_ARCH.tar.gz      the worker; .zip for Windows
#   otelcol-mlflow_vX.Y.Z_OS_ARCH.tar.gz   the Collector with the MLflow exporter
#   *.cdx.json                             CycloneDX bills of materials: a module
#                                          each, and the Collector
#   release-notes.md                       the CHANGELOG's section
#   checksums.txt                          SHA-256 of all of these
#
# The same commit, Go and Python give the same bytes. Images of both Dockerfiles
# are built for linux/amd64 and linux/arm64 into the Docker engine; where that
# cannot be, it says so. With --publish the modules' tags are made at last, and
# the commands that push tags and images are printed.
set -euo pipefail
source "$(dirname "$0")/help.sh"
cd "$(dirname "$0")/.."
root=$PWD

die() { echo "release: $*" >&2; exit 1; }
usage() { sed -n '/^#   scripts/s/^# *//p' "$0" >&2; exit 2; }
step() { printf '== %s\n' "$*"; }

version= prepare= publish= images=1 out=$root/dist
platforms="linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64"
while [ $# -gt 0 ]; do
  case $1 in
    --prepare) prepare=1 ;;
    --publish) publish=1 ;;
    --platforms) platforms=${2:?}; shift ;;
    --no-images) images= ;;
    --out) out=${2:?}; shift ;;
    v*) [ -z "$version" ] || usage; version=$1 ;;
    *) unknown "$1" ;;
  esac
  shift
done
[ -n "$version" ] || usage
[[ $version =~ ^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z]+([.-][0-9A-Za-z]+)*)?$ ]] ||
  die "$version is no version: it is vX.Y.Z, or vX.Y.Z-PRERELEASE"
[[ $version =~ ^v[01]\. ]] || die "$version is no version of these modules: from v2 on their paths end in /v2"

otel=github.com/technoshare/commentator/otel
first_section() { awk '/^## v/{print $2; exit}' CHANGELOG.md; }

if [ -n "$prepare" ]; then
  for module in . collector otel/genaimcp; do (cd "$module" && go mod edit -require "$otel@$version"); done
  sed -i.bak -e "s|\(gomod: github.com/technoshare/commentator/collector\) v.*|\1 $version|" \
    -e "s|^  version: .*|  version: ${version#v}|" collector/builder-config.yaml collector/mlflowexporter/README.md
  rm collector/builder-config.yaml.bak collector/mlflowexporter/README.md.bak
  if [ "$(first_section)" != "$version" ]; then
    awk -v new="## $version (unreleased)" '/^## v/ && !done {print new "\n"; done = 1} 1' CHANGELOG.md >CHANGELOG.md.new
    mv CHANGELOG.md.new CHANGELOG.md
  fi
  git status --short
  exit
fi

left_out=()
leave_out() { left_out+=("$*"); echo "release: left out: $*" >&2; }

step "check $version"
for tool in git go python3; do command -v "$tool" >/dev/null || die "$tool is missing"; done
[ -z "$(git status --porcelain)" ] || die "the tree has changes that are in no commit: $(git status --porcelain | head -n 5 | tr '\n' ';')"
commit=$(git rev-parse HEAD)
tags=("otel/$version" "otel/genaimcp/$version" "collector/$version" "$version")
for tag in "${tags[@]}"; do
  at=$(git rev-parse --verify --quiet "refs/tags/$tag^{commit}" || true)
  [ -z "$at" ] || [ "$at" = "$commit" ] || die "the tag $tag is there already, at ${at:0:12}; a released version never changes"
  [ -z "$at" ] || [ -z "$publish" ] || die "the tag $tag is there already"
done

wrong=()
notes=$(awk -v v="$version" '/^## /{on = ($2 == v)} on' CHANGELOG.md)
[ "$(first_section)" = "$version" ] || wrong+=("the first section of CHANGELOG.md is not \"## $version\"")
[ -z "$publish" ] || ! head -n 1 <<<"$notes" | grep -q unreleased || wrong+=("CHANGELOG.md calls $version unreleased: give it a date")
# required FILE: the version of otel that a go.mod names.
required() { awk -v m="$otel" '$1 == m {print $2} $2 == m {print $3}' "$1" | grep '^v'; }
for file in go.mod collector/go.mod otel/genaimcp/go.mod; do
  [ "$(required "$file")" = "$version" ] || wrong+=("$file requires otel $(required "$file"), not $version; --prepare writes it")
done
for file in collector/builder-config.yaml collector/mlflowexporter/README.md; do
  grep -q "gomod: github.com/technoshare/commentator/collector $version\$" "$file" || wrong+=("$file does not name collector $version")
done
grep -q "^  version: ${version#v}\$" collector/builder-config.yaml || wrong+=("collector/builder-config.yaml: dist.version is not ${version#v}")
if [ ${#wrong[@]} -gt 0 ]; then
  printf 'release: %s\n' "${wrong[@]}" >&2
  exit 1
fi
scripts/apidiff.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
src=$work/src
mkdir "$src"
git archive "$commit" | tar -x -C "$src"
epoch=$(git show -s --format=%ct "$commit")
export GOWORK=off GOFLAGS=-buildvcs=false CGO_ENABLED=0
for module in otel otel/genaimcp collector .; do
  (cd "$src/$module" && go mod tidy -diff) || die "go.mod or go.sum of $module is not tidy"
done

rm -rf "$out"
mkdir -p "$out"
printf '%s\n' "$notes" >"$out/release-notes.md"

ldflags="-s -w -X main.version=$version"
for platform in $platforms; do
  step "build for $platform"
  os=${platform%/*} arch=${platform#*/} exe='' ending=tar.gz
  [ "$os" != windows ] || exe=.exe ending=zip
  bin=$work/$os-$arch
  mkdir "$bin"
  (cd "$src" && GOOS=$os GOARCH=$arch go build -trimpath -ldflags "$ldflags" -o "$bin/commentator$exe" ./cmd/commentator)
  GOOS=$os GOARCH=$arch "$src/collector/build.sh" "$bin/otelcol-mlflow$exe" >/dev/null
  if [ "$platform" = "$(go env GOHOSTOS)/$(go env GOHOSTARCH)" ]; then
    [ "$("$bin/commentator$exe" version)" = "commentator $version" ] || die "commentator says $("$bin/commentator$exe" version)"
    [ "$("$bin/otelcol-mlflow$exe" --version)" = "otelcol-mlflow version ${version#v}" ] || die "otelcol-mlflow says $("$bin/otelcol-mlflow$exe" --version)"
  fi
  python3 scripts/release_files.py archive "$out/commentator_${version}_${os}_$arch.$ending" "$epoch" \
    "$bin/commentator$exe" "$src/LICENSE" "$src/README.md" "$src/.env.example" "$src/slack-app-manifest.yaml" \
    "cmd/commentator/README.md=$src/cmd/commentator/README.md" "otel/mlflow/README.md=$src/otel/mlflow/README.md" # which the first leads to
  python3 scripts/release_files.py archive "$out/otelcol-mlflow_${version}_${os}_$arch.$ending" "$epoch" \
    "$bin/otelcol-mlflow$exe" "$src/LICENSE" "README.md=$src/collector/mlflowexporter/README.md" "$src/otel-collector.yaml"
done

step "bills of materials"
sbom=$(scripts/tool.sh cyclonedx-gomod)
bom() { # bom NAME MODE ARGUMENT…
  local file=$out/$1_$version.cdx.json
  "$sbom" "$2" -json -noserial -notimestamp -short-purls -output "$file" "${@:3}" 2>"$work/sbom.log" || { cat "$work/sbom.log" >&2; die "no bill of materials of $1"; }
  python3 scripts/release_files.py sbom "$file" "$version"
}
bom otel mod -type library "$src/otel"
bom collector mod -type library "$src/collector"
bom commentator mod -type application "$src"
read -r first _ <<<"$platforms"
distribution=$work/${first/\//-}/otelcol-mlflow
[ -e "$distribution" ] || distribution+=.exe
bom otelcol-mlflow bin -version "$version" "$distribution"

step "checksums"
python3 scripts/release_files.py checksums "$out"

pushes=()
# image NAME DOCKERFILE ARGUMENT…: for each platform that the engine can build.
image() {
  local name=$1 file=$2 arch built=()
  shift 2
  for arch in amd64 arm64; do
    if docker buildx build --quiet --load --platform "linux/$arch" --build-arg "VERSION=$version" --provenance=false \
      --tag "$name:$version-$arch" --file "$src/$file" "$@" "$src" >"$work/image.log" 2>&1; then
      echo "built $name:$version-$arch"
      built+=("$name:$version-$arch")
    else
      leave_out "image $name for linux/$arch: $(grep -v '^$' "$work/image.log" | tail -n 1)"
    fi
  done
  [ ${#built[@]} = 0 ] || pushes+=("${built[*]}")
}
step "images"
if [ -z "$images" ]; then
  leave_out "images: --no-images"
elif ! docker info >/dev/null 2>&1; then
  leave_out "images: no Docker engine answers here"
elif ! docker buildx version >/dev/null 2>&1; then
  leave_out "images: docker buildx is not installed"
else
  image commentator cmd/commentator/Dockerfile --target worker
  image otelcol-mlflow collector/Dockerfile
fi

echo
(cd "$out" && cat checksums.txt)
if [ -n "$publish" ]; then
  for tag in "${tags[@]}"; do git tag -a -m "$tag" "$tag" "$commit"; done
  echo "tagged ${tags[*]}. To publish:"
  echo "  git push origin ${tags[*]}"
  for image in ${pushes[*]:-}; do echo "  docker tag $image REGISTRY/$image && docker push REGISTRY/$image"; done
else
  echo "a dry run: no tag was made; --publish makes ${tags[*]} at ${commit:0:12}"
fi
for what in ${left_out[@]+"${left_out[@]}"}; do echo "left out: $what"; done
