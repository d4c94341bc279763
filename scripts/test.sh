#!/usr/bin/env bash
# Runs everything that CI runs: formatting, vet, lint, tidy modules, the API
# against the last release, licences, known vulnerabilities, all tests with a
# real MLflow, a real small model and, where Postgres and a Docker engine are
# installed, those too, and what strangers do with a release. Needs Go and Python
# 3; what else is missing is installed into
# ${XDG_CACHE_HOME:-~/.cache}/commentator, outside the repository. One red step
# does not keep the others from running. Ends with a list of what was skipped,
# and of what failed.
#
#   scripts/test.sh [--short]     --short: unit tests only, no servers
set -euo pipefail
source "$(dirname "$0")/help.sh"
cd "$(dirname "$0")/.."

short=
case "${1:-}" in
"") ;;
--short) short=1 ;;
*) unknown "$1" ;;
esac

modules=(otel otel/genaimcp collector .)
# The SDKs of vendors take minutes to compile, the first time.
[ -n "$short" ] || modules+=(otel/genaihttp/sdktest otel/genaihttp/sdktest/genkit)
work=$(mktemp -d)
skipped=$work/skipped failed=$work/failed times=$work/times
touch "$skipped" "$failed"
cleanup() {
  scripts/start_mlflow.sh --stop >/dev/null 2>&1 || true
  scripts/start_llm.sh --stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT

# step runs a command under a heading, and takes note if it fails, and of its time.
step() {
  local name=$1 began=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  "$@" || printf '%s\n' "$name" >>"$failed"
  printf '%5d s  %s\n' $((SECONDS - began)) "$name" >>"$times"
}

# noting runs a command and keeps the lines of its output that say what was left out.
noting() {
  local pattern=$1
  shift
  "$@" | tee "$work/output" || return
  grep "$pattern" "$work/output" >>"$skipped" || true
}

formatted() {
  local files
  files=$(gofmt -l $(git ls-files '*.go')) || return
  [ -z "$files" ] || { printf 'gofmt these files:\n%s\n' "$files" >&2; return 1; }
}

# each runs a command in all modules, also after one where it failed.
each() {
  local module red=0
  for module in "${modules[@]}"; do (cd "$module" && "$@") || red=1; done
  return $red
}

# tests runs the tests of the module in the current folder. What failed is listed by
# the report, test by test; its own failure is one more line. Vet is a step of its own.
tests() { go test -json -vet=off "$@" ./... | python3 "$root/scripts/test_report.py" "$skipped" "$failed"; }
root=$PWD

free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }

servers() {
  export MLFLOW_HOST=127.0.0.1 MLFLOW_PORT; MLFLOW_PORT=$(free_port)
  export MLFLOW_BACKEND_STORE="sqlite:///$work/mlflow.db" MLFLOW_ARTIFACT_ROOT="$work/artifacts"
  export MLFLOW_PID_FILE="$work/mlflow.pid" MLFLOW_LOG_FILE="$work/mlflow.log"
  # Its webhooks may lead to servers of tests, as with those that mlflowtest starts.
  MLFLOW_WEBHOOK_ALLOWED_SCHEMES=http,https MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS=true MLFLOW_WEBHOOK_CACHE_TTL=0 \
    MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY=YSBrZXkgb2YgdGhpcnR5LXR3byBieXRlcywga25vd24= \
    scripts/start_mlflow.sh --background || return
  export MLFLOWTEST_URI="http://127.0.0.1:$MLFLOW_PORT"
  export LLM_PORT LLM_PID_FILE="$work/llm.pid" LLM_LOG_FILE="$work/llm.log"; LLM_PORT=$(free_port)
  scripts/start_llm.sh --background || return
  export COMMENTATOR_TEST_LLM_URL="http://127.0.0.1:$LLM_PORT/v1"
}

# distribution holds the metrics of the Collector that is built of the manifest against a real Prometheus.
distribution() {
  if ! command -v prometheus >/dev/null; then
    echo "the Collector's metrics of models: skipped: prometheus is not installed"
    return
  fi
  collector/build.sh "$work/otelcol" &&
    GENAIMETRICS_TEST_COLLECTOR=$work/otelcol go -C collector test -count=1 -run TestARealPrometheus ./genaimetrics
}

race() {
  if ! command -v gcc >/dev/null && ! command -v cc >/dev/null; then
    echo "race detector: skipped: no C compiler is installed" | tee -a "$skipped"
    return
  fi
  local modules=(otel otel/genaimcp collector .) red=0 # without what is not ours
  each tests -short -race -timeout 20m || red=1
  # Of what a short run leaves out, where goroutines of several processes meet.
  go test -json -vet=off -race -timeout 20m -run 'Silent|TakenForDead|Pooler|MakeTheDatabase|SocketFaults|LockedDatabase' \
    ./internal/slack ./internal/queue ./internal/database |
    python3 scripts/test_report.py "$skipped" "$failed" || red=1
  return $red
}

step "format" formatted
step "tidy modules" each go mod tidy -diff
step "vet" each go vet ./...
step "generated files" collector/generate.sh --check
if [ -n "$short" ]; then
  step "unit tests" each tests -short
else
  step "lint" scripts/lint.sh
  step "the exported API against the last release" scripts/apidiff.sh
  step "licences of dependencies" scripts/licences.sh
  step "known vulnerabilities, where the database can be reached" noting "skipped:" scripts/vulncheck.sh
  step "a real MLflow and a real small model, shared by all packages" servers
  # Long enough for the releases of MLflow to be installed, the first time.
  step "tests" each tests -timeout 60m
  step "the queue with the newest River, where it is not the one of go.mod" scripts/river_test.sh
  step "the Collector as it is built, and a real Prometheus, where there is one" noting "skipped:" distribution
  step "the composition, where there is a Docker engine" noting "skipped:" scripts/compose_test.sh
  step "the Kubernetes manifests" noting "skipped:" scripts/kubernetes_test.sh
  step "a release, and what strangers do with it" noting "^left out:" scripts/release_test.sh
  step "race detector, unit tests" race
fi

printf '\n== times\n'
cat "$times"
printf '\n== skipped\n'
if [ -s "$skipped" ]; then sort -u "$skipped"; else echo "nothing"; fi
printf '\n== failed\n'
if [ -s "$failed" ]; then
  cat "$failed"
  exit 1
fi
echo "nothing"
