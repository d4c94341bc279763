#!/usr/bin/env bash
# Finds every fuzz target of all modules and runs each for a while, one after the
# other. Prints for each how long it ran, how many inputs it tried and how many a
# second, and ends with an error if one failed. A failing input is kept by Go
# under testdata/fuzz of its package, from where every later test runs it: commit
# it with the mend.
#
#   scripts/fuzz.sh [DURATION [PATTERN]]
#
# DURATION is as go test has it, 10m by default. PATTERN is a regular expression
# over PACKAGE.TARGET, such as 'slack/links' or 'FuzzClip$'. FUZZ_PARALLEL is how
# many processes try inputs at once, all processors by default.
set -euo pipefail
source "$(dirname "$0")/help.sh"
cd "$(dirname "$0")/.."

duration=${1:-10m} pattern=${2:-.}
[[ $duration =~ ^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$ || $duration =~ ^[0-9]+x$ ]] || unknown "$duration"
parallel=()
[ -z "${FUZZ_PARALLEL:-}" ] || parallel=(-parallel "$FUZZ_PARALLEL")
log=$(mktemp)
trap 'rm -f "$log"' EXIT

found=0 failed=0
printf '%-62s %8s %12s %9s  %s\n' target seconds inputs per-second result
for module in otel collector .; do
  # Modules within another are not its own.
  while IFS=: read -r file line; do
    target=$(sed -E 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/' <<<"$line")
    package=./$(dirname "$file") name=$module/$(dirname "$file").$target
    grep -qE -- "$pattern" <<<"$name" || continue
    found=$((found + 1)) began=$SECONDS result=ok
    # A target that makes an input smaller counts nothing meanwhile, and does so for each one that
    # reaches new code: twenty tries are enough, where ten seconds each leave no time to find any.
    (cd "$module" && go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "$duration" -fuzzminimizetime 20x \
      -timeout 0 "${parallel[@]}") >"$log" 2>&1 || result=FAILED
    last=$(grep -oE 'execs: [0-9]+' "$log" | tail -n 1 | grep -oE '[0-9]+' || true)
    took=$((SECONDS - began))
    printf '%-62s %8s %12s %9s  %s\n' "${name#./}" "$took" "${last:-0}" "$((${last:-0} / (took > 0 ? took : 1)))" "$result"
    [ "$result" = ok ] || { failed=$((failed + 1)); grep -v '^fuzz: elapsed' "$log" | sed 's/^/    /'; }
  done < <(cd "$module" && git ls-files -co --exclude-standard -- '*_test.go' | if [ "$module" = . ]; then grep -vE '^(otel|collector)/'; else cat; fi |
    xargs grep -HE '^func Fuzz[A-Za-z0-9_]*\(f \*testing\.F\)' | sort)
done
[ "$found" -gt 0 ] || { echo "fuzz: no target matches '$pattern'" >&2; exit 2; }
[ "$failed" -eq 0 ] || { echo "fuzz: $failed of $found targets failed; their inputs are in testdata/fuzz" >&2; exit 1; }
echo "fuzz: $found targets, none failed"
