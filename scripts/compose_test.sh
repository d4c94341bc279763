#!/usr/bin/env bash
# Brings the composition up with its demo profile, shares a link in the stand-in
# for Slack, and looks for the job's run tree in MLflow and for the same trace in
# Jaeger; then sends a trace of another program through the Collector, takes
# everything down and up again, and looks whether it is still there.
#
#   scripts/compose_test.sh [--keep]     --keep: leaves the composition running
#
# Without a Docker engine it says "skipped" and ends with 0.
set -euo pipefail
source "$(dirname "$0")/help.sh"
keep=
case ${1:-} in "") ;; --keep) keep=1 ;; *) unknown "$1" ;; esac
cd "$(dirname "$0")/.."

if ! docker info >/dev/null 2>&1; then
  echo "compose_test: skipped: no Docker engine answers here"
  exit 0
fi
if ! docker compose version >/dev/null 2>&1; then
  echo "compose_test: skipped: docker compose is not installed"
  exit 0
fi
command -v python3 >/dev/null || { echo "compose_test: python3 is missing" >&2; exit 2; }

# A project of its own, so that volumes of a real one and another run of this stay
# untouched, and none of the caller's settings.
export COMPOSE_PROJECT_NAME=commentator-test-$$ COMPOSE_PROFILES=demo
for name in $(env | sed -n 's/^\(SLACK_[A-Z_]*\|OPENAI_[A-Z_]*\|MLFLOW_[A-Z_]*\|OTEL_[A-Z_]*\|TECHNOSHARE_[A-Z_]*\|POSTGRES_PASSWORD\)=.*/\1/p'); do unset "$name"; done
# Ports of its own too.
ports=(MLFLOW_PORT OTLP_GRPC_PORT OTLP_HTTP_PORT JAEGER_PORT FAKESLACK_PORT WORKER_PORT COLLECTOR_METRICS_PORT)
free=($(python3 -c 'import socket, sys
taken = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in taken: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in taken))' ${#ports[@]}))
for i in "${!ports[@]}"; do export "${ports[i]}=${free[i]}"; done
compose() { docker compose --env-file /dev/null "$@"; }
step() { printf '== %s\n' "$*"; }

down() {
  status=$?
  trap - EXIT
  if [ "$status" != 0 ]; then
    compose ps --all || true
    compose logs --no-color --tail 40 mlflow collector worker-demo fakeslack demo-link || true
  fi
  rm -f "${state:-}"
  [ "$keep" ] || compose down --volumes --timeout 20 >/dev/null 2>&1 || true
  exit "$status"
}
trap down EXIT INT TERM

state=$(mktemp)

step "build the images"
compose build --quiet

step "up"
compose up --detach --quiet-pull
python3 scripts/compose_check.py first "$state"

step "down and up again: nothing is lost"
compose down --timeout 30
compose up --detach
python3 scripts/compose_check.py again "$state"

step "kill -9 of the Collector right after it took a trace"
python3 scripts/compose_check.py sent "$state"
compose kill --signal KILL collector
compose up --detach
python3 scripts/compose_check.py crash "$state"

echo "compose_test: passed"
