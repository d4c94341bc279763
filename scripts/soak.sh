#!/usr/bin/env bash
# What nobody has thought of: links come in, hostile ones among them, while
# processes of the worker and the children in which they read pages are killed,
# stopped and asked to end, every peer fails in ten ways, MLflow and Postgres are
# killed, disks are full or read-only, files are damaged, clocks jump and
# MLflow's database is restored from a backup. At the end every link has one
# reply, one run tree and one trace for each attempt, and one model call; the
# table shows it. Plans are drawn by seed: one that failed prints the command
# that runs it again, and leaves its logs and state. See internal/chaos.
#
#   scripts/soak.sh [chaos] [DURATION] [SEED]     seeds from SEED on, 10m from 1
#                                                 by default
#   scripts/soak.sh flat [DURATION]               one plan of that length, in
#                                                 which a process is spared and
#                                                 its memory watched; 30m by
#                                                 default
#   scripts/soak.sh collector [DURATION] [SEED]   the built Collector instead; 2m
#                                                 from 1 by default
#   scripts/soak.sh footprint                     one worker alone is measured:
#                                                 start, latency, memory, idle CPU
#
# Collector: captured traces in every order, a root 30 s late among them, while
# MLflow is away for the duration and the Collector is killed with -9 or stopped
# for a while; each trace is compared with its golden projection. Then 10,000
# spans a second for the duration, and how fast MLflow takes them. Then plans
# from SEED on for the duration: programs send their spans while Collector and
# MLflow are killed or stopped, fail in ten ways, and what the Collector has
# stored is damaged; in the end MLflow has each span and each run once.
#
# COMMENTATOR_CHAOS_FAULTS and _HOSTILE choose what goes wrong
# ("all,-clock,-html:mlflow", "none"), _ROUGH for how long for each seed (40s),
# _DENSE by how much more often (4: some forty kills a minute), _LINKS how many
# links, _DATABASE sqlite or postgres. Where PostgreSQL is not installed all is
# on SQLite; full and read-only disks need root. Clocks jump by a program that is
# built for it, minutes the first time.
set -euo pipefail
source "$(dirname "$0")/help.sh"
cd "$(dirname "$0")/.."

what=chaos
case ${1:-} in
  chaos | flat | collector | footprint) what=$1; shift ;;
esac
duration=${1:-}
[[ -z $duration || $duration =~ ^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$ ]] || {
  echo "soak.sh: a duration is written 90s, 10m or 6h, not $duration: see scripts/soak.sh --help" >&2
  exit 2
}
seed=${2:-1}
[[ $seed =~ ^[0-9]{1,18}$ ]] || { echo "soak.sh: a seed is a whole number, not $seed" >&2; exit 2; }

export COMMENTATOR_CHAOS_FAULTS=${COMMENTATOR_CHAOS_FAULTS:-all}
case $what in
  chaos)
    export COMMENTATOR_CHAOS_FOR=${duration:-10m} COMMENTATOR_CHAOS_FROM=$seed COMMENTATOR_CHAOS_ROUGH=${COMMENTATOR_CHAOS_ROUGH:-40s}
    ;;
  flat)
    export COMMENTATOR_CHAOS_SEED=$seed COMMENTATOR_CHAOS_ROUGH=${duration:-30m}
    ;;
  footprint)
    exec go test -count=1 -timeout 1h -v -run '^$' -bench '^BenchmarkWorkerFootprint$' -benchtime 1x ./cmd/commentator
    ;;
  collector)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    collector/build.sh "$work/otelcol"
    export MLFLOWEXPORTER_SOAK_COLLECTOR=$work/otelcol MLFLOWEXPORTER_SOAK=${duration:-2m}
    (cd collector && go test -count=1 -timeout 12h -v -run TestSoak ./mlflowexporter)
    export COMMENTATOR_CHAOS_COLLECTOR=$work/otelcol COMMENTATOR_CHAOS_FOR=${duration:-2m} COMMENTATOR_CHAOS_FROM=$seed
    export COMMENTATOR_CHAOS_ROUGH=${COMMENTATOR_CHAOS_ROUGH:-40s}
    go test -count=1 -timeout 12h -v -run '^TestChaosCollector$' ./internal/chaos
    exit
    ;;
esac
go test -count=1 -timeout 12h -v -run '^TestChaos$' ./internal/chaos
