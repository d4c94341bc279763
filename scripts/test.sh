#!/usr/bin/env bash
# Runs everything that CI runs: formatting, vet, lint, tidy modules, the API
# against the last release, licences, known vulnerabilities, all tests with a real MLflow, a real small model and,
# where Postgres and a Docker engine are installed, those too, and what strangers
# do with a release. Needs Go and Python 3; what else is missing is installed into
# ${XDG_CACHE_HOME:-~/.cache}/commentator, outside the repository. Ends with a list
# of what was skipped.
#
#   scripts/test.sh [--short]     --short: unit tests only, no servers
set -euo pipefail
cd "$(dirname "$0")/.."

short=
[ "${1:-}" != --short ] || short=1
step() { printf '\n== %s\n' "$*"; }

modules=(otel collector .)

step "format, vet, modules"
unformatted=$(gofmt -l $(git ls-files '*.go'))
[ -z "$unformatted" ] || { printf 'gofmt these files:\n%s\n' "$unformatted" >&2; exit 1; }
for module in "${modules[@]}"; do
  (cd "$module" && go mod tidy -diff && go vet ./...)
done

step "generated files"
collector/generate.sh --check

if [ -n "$short" ]; then
  step "unit tests"
  for module in "${modules[@]}"; do (cd "$module" && go test -short ./...); done
  exit
fi

step "lint"
scripts/lint.sh

step "the exported API against the last release"
scripts/apidiff.sh

step "licences of dependencies"
scripts/licences.sh

work=$(mktemp -d)
skipped=$work/skipped
cleanup() {
  scripts/start_mlflow.sh --stop >/dev/null 2>&1 || true
  scripts/start_llm.sh --stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT
free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }

step "known vulnerabilities, where the database can be reached"
scripts/vulncheck.sh | tee "$work/vulncheck"
grep "skipped:" "$work/vulncheck" >>"$skipped" || true

step "a real MLflow, shared by all packages"
export MLFLOW_HOST=127.0.0.1 MLFLOW_PORT; MLFLOW_PORT=$(free_port)
export MLFLOW_BACKEND_STORE="sqlite:///$work/mlflow.db" MLFLOW_ARTIFACT_ROOT="$work/artifacts"
export MLFLOW_PID_FILE="$work/mlflow.pid" MLFLOW_LOG_FILE="$work/mlflow.log"
scripts/start_mlflow.sh --background
export MLFLOWTEST_URI="http://127.0.0.1:$MLFLOW_PORT"

step "a real small model"
export LLM_PORT LLM_PID_FILE="$work/llm.pid" LLM_LOG_FILE="$work/llm.log"; LLM_PORT=$(free_port)
scripts/start_llm.sh --background
export COMMENTATOR_TEST_LLM_URL="http://127.0.0.1:$LLM_PORT/v1"

for module in "${modules[@]}"; do
  step "tests of module $module"
  # Long enough for the releases of MLflow to be installed, the first time.
  (cd "$module" && go test -json -timeout 60m ./...) | python3 scripts/test_report.py "$skipped"
done

step "the queue with the newest River, where it is not the one of go.mod"
scripts/river_test.sh

step "the composition, where there is a Docker engine"
scripts/compose_test.sh | tee "$work/compose"
grep "skipped:" "$work/compose" >>"$skipped" || true

step "a release, and what strangers do with it"
scripts/release_test.sh | tee "$work/release"
grep "^left out:" "$work/release" >>"$skipped" || true

step "race detector, unit tests"
if command -v gcc >/dev/null || command -v cc >/dev/null; then
  for module in "${modules[@]}"; do (cd "$module" && go test -short -race -timeout 20m ./...); done
else
  echo "race detector: skipped: no C compiler is installed" | tee -a "$skipped"
fi

step "skipped"
if [ -s "$skipped" ]; then sort -u "$skipped"; else echo "nothing"; fi
