#!/usr/bin/env bash
# The soak: links come in while processes of the worker are killed with -9,
# Slack and the model answer 429, sockets drop, events come twice, late or not
# at all, and MLflow is away for a third of the time. At the end every link has
# one reply, one run tree, one trace and one model call; the table shows it. An
# attempt that ended in a passing error has a tree of its own, marked so.
#
#   scripts/soak.sh [LINKS] [sqlite|postgres]      200 links on sqlite by default
#   scripts/soak.sh collector [DURATION]           the built Collector instead; 2m by default
#
# Collector: captured traces in every order, a root 30 s late among them, while
# MLflow is away for the duration and the Collector is killed with -9; each trace
# is compared with its golden projection. Then 10,000 spans a second for the
# duration, and how fast MLflow takes them.
#
# SQLite: two processes on one file. Postgres, of which the binaries must be
# installed: two listeners and four workers. At last one worker alone is
# measured: start, latency, memory, idle CPU.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" = collector ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  collector/build.sh "$work/otelcol"
  export MLFLOWEXPORTER_SOAK_COLLECTOR=$work/otelcol MLFLOWEXPORTER_SOAK=${2:-2m}
  cd collector
  go test -count=1 -timeout 6h -v -run TestSoak ./mlflowexporter
  exit
fi
export COMMENTATOR_SOAK_LINKS=${1:-200} COMMENTATOR_SOAK_DATABASE=${2:-sqlite}
case $COMMENTATOR_SOAK_DATABASE in
  sqlite | postgres) ;;
  *) echo "soak.sh: the database is sqlite or postgres, not $COMMENTATOR_SOAK_DATABASE" >&2; exit 2 ;;
esac
[[ $COMMENTATOR_SOAK_LINKS =~ ^[1-9][0-9]{0,4}$ ]] || { echo "soak.sh: the number of links is 1 to 99999, not $COMMENTATOR_SOAK_LINKS" >&2; exit 2; }
go test -count=1 -timeout 6h -v -run '^TestSoak$' -bench '^BenchmarkWorkerFootprint$' -benchtime 1x ./cmd/commentator
