#!/usr/bin/env bash
# Compares what the module otel exports with its last release, the newest tag
# otel/vX.Y.Z below HEAD. A change that breaks callers passes only when the first
# section of CHANGELOG.md is of the next minor version (the next major one, from
# v1 on) and names what changed under "### Breaking".
#
#   scripts/apidiff.sh
set -euo pipefail
source "$(dirname "$0")/help.sh"
[ $# = 0 ] || unknown "$1"
cd "$(dirname "$0")/.."

tag=$(git describe --tags --abbrev=0 --match 'otel/v[0-9]*' HEAD 2>/dev/null || true)
if [ -z "$tag" ]; then
  echo "apidiff: no release to compare with: there is no tag otel/v*"
  exit 0
fi
last=${tag#otel/}
module=github.com/technoshare/commentator/otel
export GOWORK=off GOFLAGS=-buildvcs=false

apidiff=$(scripts/tool.sh apidiff)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/old"
git archive "$tag" otel | tar -x -C "$work/old"
(cd "$work/old/otel" && "$apidiff" -m -w "$work/old.api" "$module")
(cd otel && "$apidiff" -m -w "$work/new.api" "$module")
# Internal packages are left out unless apidiff is told otherwise.
"$apidiff" -m -incompatible "$work/old.api" "$work/new.api" >"$work/report"
sed -n -e "s|^- package $module/|- package |" -e 's|^- \./|- |' -e '/^- /p' "$work/report" >"$work/changes"
if [ ! -s "$work/changes" ]; then
  echo "apidiff: nothing that otel exported in $last changed so that callers break"
  exit 0
fi

next=$(awk '/^## v/{print $2; exit}' CHANGELOG.md)
breaking=$(awk '/^## /{section++} section == 1 && /^### /{on = ($2 == "Breaking")} section == 1 && on' CHANGELOG.md)
IFS=. read -r major minor _ <<<"${last#v}"
IFS=. read -r next_major next_minor _ <<<"${next#v}"
problems=()
if [ "$major" = 0 ]; then
  [ "${next_major:-0}" -gt 0 ] || [ "${next_minor:-0}" -gt "$minor" ] || problems+=("the next version is v0.$((minor + 1)).0, not ${next:-none}")
else
  [ "${next_major:-0}" -gt "$major" ] || problems+=("the next version is v$((major + 1)).0.0, not ${next:-none}")
fi
# A line is "- runs.Rules.Version: removed"; the CHANGELOG says `runs.Rules.Version`.
while IFS= read -r line; do
  name=${line#- }
  name=${name%%:*}
  grep -qF "\`$name\`" <<<"$breaking" || problems+=("under ### Breaking: \`$name\`")
done <"$work/changes"

echo "apidiff: callers of $last break on these changes:"
sed 's/^/  /' "$work/changes"
if [ ${#problems[@]} -gt 0 ]; then
  echo "apidiff: undo them, or write in the first section of CHANGELOG.md:" >&2
  printf '  %s\n' "${problems[@]}" >&2
  exit 1
fi
echo "apidiff: CHANGELOG.md announces them for $next"
