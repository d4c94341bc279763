#!/usr/bin/env bash
# Renders scripts/kubernetes, holds what comes out against the schemas of the
# oldest and the newest Kubernetes that are known here, and against what the
# programs and the composition say. Needs no cluster.
#
#   scripts/kubernetes_test.sh
#
# kustomize comes from the Go proxy, the schemas from PyPI's kubernetes-validate,
# which has them inside, both once. Where they cannot be had it says "skipped"
# and ends with 0.
set -euo pipefail
source "$(dirname "$0")/help.sh"
[ $# = 0 ] || unknown "$1"
cd "$(dirname "$0")/.."

validate=1.37.0 versions="1.31.0 1.37.0"
venv=${XDG_CACHE_HOME:-$HOME/.cache}/commentator/kubernetes-validate-$validate
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() { echo "kubernetes_test: skipped: $1: $(tail -n 1 "$work/log")"; exit 0; }
scripts/tool.sh kustomize >"$work/kustomize" 2>"$work/log" || skip "kustomize could not be built"
kustomize=$(cat "$work/kustomize")
if [ ! -e "$venv/complete" ]; then
  python3 -m venv "$venv" >"$work/log" 2>&1 || skip "no Python environment"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "kubernetes-validate==$validate" >"$work/log" 2>&1 ||
    skip "kubernetes-validate $validate could not be installed"
  touch "$venv/complete"
fi
validates() { "$venv/bin/kubernetes-validate" --strict --quiet -k "$@" >"$work/log" 2>&1; }

for folder in base with-mlflow; do
  file=$work/$folder.yaml
  "$kustomize" build --load-restrictor LoadRestrictionsNone "scripts/kubernetes/$folder" >"$file"
  for version in $versions; do
    validates "$version" "$file" || { cat "$work/log" >&2; exit 1; }
    # A name that Kubernetes would leave out without a word is seen.
    sed 's/readOnlyRootFilesystem/readOnlyRootFileSystem/' "$file" >"$work/wrong.yaml"
    ! validates "$version" "$work/wrong.yaml" || { echo "kubernetes_test: a field that does not exist was not noticed" >&2; exit 1; }
  done
done
"$venv/bin/python" scripts/kubernetes_check.py "$work/base.yaml" "$work/with-mlflow.yaml"
echo "kubernetes_test: passed, for Kubernetes ${versions// / and }"
