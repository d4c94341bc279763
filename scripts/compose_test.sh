#!/usr/bin/env bash
# Looks whether the composition says what it lacks. Brings it up with its demo
# profile, shares a link in the stand-in for Slack, and looks for the job's run
# tree in MLflow and for the same trace in Jaeger; then sends a trace of another
# program through the Collector, takes everything down and up again, and looks
# whether it is still there. Last, both profiles together, on Postgres.
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
export COMPOSE_PROJECT_NAME=commentator-test-$$
unset COMPOSE_PROFILES
for name in $(env | sed -n 's/^\(SLACK_[A-Z_]*\|OPENAI_[A-Z_]*\|MLFLOW_[A-Z_]*\|OTEL_[A-Z_]*\|TECHNOSHARE_[A-Z_]*\|POSTGRES_PASSWORD\)=.*/\1/p'); do unset "$name"; done
# Ports of its own too.
ports=(MLFLOW_PORT OTLP_GRPC_PORT OTLP_HTTP_PORT JAEGER_PORT FAKESLACK_PORT WORKER_PORT COLLECTOR_METRICS_PORT GENAI_METRICS_PORT)
free=($(python3 -c 'import socket, sys
taken = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in taken: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in taken))' ${#ports[@]}))
for i in "${!ports[@]}"; do export "${ports[i]}=${free[i]}"; done
compose() { docker compose --env-file /dev/null "$@"; }
step() { printf '== %s\n' "$*"; }
die() { echo "compose_test: $*" >&2; exit 1; }
# says WHAT COMMAND…: the output of the command has it, however the command ends.
says() {
  local said
  said=$("${@:2}" 2>&1) || true
  grep -qF -- "$1" <<<"$said" || die "${*:2} does not say \"$1\" but: $said"
  echo "  ok: $1"
}
# nothing_left: the documented command ends all that was started.
nothing_left() {
  docker compose --env-file /dev/null --profile '*' down --timeout 30 "$@"
  local left
  left=$(docker ps --all --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME")
  [ -z "$left" ] || die "these containers are left: $left"
}
# steady: no container of the composition had to be started again.
steady() {
  local name restarts
  while read -r name restarts; do
    [ "$restarts" = 0 ] || die "$name was started again $restarts times"
  done < <(docker ps --all --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" | xargs docker inspect --format '{{.Name}} {{.RestartCount}}')
}

down() {
  status=$?
  trap - EXIT
  if [ "$status" != 0 ]; then
    compose --profile '*' ps --all || true
    compose --profile '*' logs --no-color --tail 40 setup mlflow collector worker-demo fakeslack demo-link postgres || true
  fi
  rm -f "${state:-}"
  [ "$keep" ] || compose --profile '*' down --volumes --timeout 20 >/dev/null 2>&1 || true
  exit "$status"
}
trap down EXIT INT TERM

state=$(mktemp)

step "build the images"
compose --profile demo build --quiet

step "what is missing is said"
says "SLACK_APP_TOKEN, which begins with xapp-" compose up --no-color setup
says "SLACK_BOT_TOKEN, which begins with xoxb-" env SLACK_APP_TOKEN=xapp-1 docker compose --env-file /dev/null up --no-color setup
says 'service "needs-POSTGRES_PASSWORD"' compose --profile scale up --detach mlflow
says "The profile scale needs POSTGRES_PASSWORD in .env" compose --profile scale logs --no-color needs-POSTGRES_PASSWORD
says "letters and digits only" env POSTGRES_PASSWORD=a@b docker compose --env-file /dev/null --profile scale up --no-color needs-POSTGRES_PASSWORD
says 'service "setup"' env POSTGRES_PASSWORD=abc docker compose --env-file /dev/null up --detach mlflow
says "there is no Postgres" compose logs --no-color setup
nothing_left --volumes

export COMPOSE_PROFILES=demo

step "the image has the PDF reader compiled"
worker=$(docker create commentator-worker)
docker cp -q "$worker:/commentator-pdf" - | tar t | grep -q /wazero- || { echo "compose_test: there is no compiled PDF reader" >&2; exit 1; }
docker rm "$worker" >/dev/null

step "up"
compose up --detach --quiet-pull
python3 scripts/compose_check.py first "$state"
steady

step "down and up again: nothing is lost"
(unset COMPOSE_PROFILES && nothing_left)
compose up --detach
python3 scripts/compose_check.py again "$state"

step "kill -9 of the Collector right after it took a trace"
python3 scripts/compose_check.py sent "$state"
compose kill --signal KILL collector
compose up --detach
python3 scripts/compose_check.py crash "$state"

step "both profiles together, on Postgres"
(unset COMPOSE_PROFILES && nothing_left --volumes)
export POSTGRES_PASSWORD=abc123 COMPOSE_PROFILES=demo,scale
compose up --detach --quiet-pull
: >"$state"
python3 scripts/compose_check.py first "$state"
steady

echo "compose_test: passed"
