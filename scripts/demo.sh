#!/usr/bin/env bash
# Sets everything up and runs the main job: starts MLflow, builds the binary,
# and comments on the links given, or on three real pages that are in the
# repository and served from loopback (so this works without internet).
#
#   scripts/demo.sh [URL…]
#
# Needs Go and Python 3. Stop MLflow afterwards: scripts/start_mlflow.sh --stop
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in go python3; do
  command -v "$tool" >/dev/null || { echo "demo: $tool is missing; install it and run this again" >&2; exit 2; }
done

echo "1/3 MLflow"
scripts/start_mlflow.sh --background
export MLFLOW_TRACKING_URI="${MLFLOW_TRACKING_URI:-http://${MLFLOW_HOST:-127.0.0.1}:${MLFLOW_PORT:-5000}}"

echo "2/3 commentator"
mkdir -p bin
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o bin/commentator ./cmd/commentator

pages_pid=
cleanup() { [ -z "$pages_pid" ] || kill "$pages_pid" 2>/dev/null || true; }
trap cleanup EXIT

if [ $# -eq 0 ]; then
  port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
  python3 -m http.server "$port" --bind 127.0.0.1 --directory scripts/demo >/dev/null 2>&1 &
  pages_pid=$!
  for _ in $(seq 50); do
    python3 -c "import socket; socket.create_connection(('127.0.0.1',$port),1)" 2>/dev/null && break
    sleep 0.1
  done
  export COMMENTATOR_FETCH_ALLOW="${COMMENTATOR_FETCH_ALLOW:+$COMMENTATOR_FETCH_ALLOW,}127.0.0.1:$port"
  set -- "http://127.0.0.1:$port/fetch-api.html" "http://127.0.0.1:$port/javascript-code-coverage.html" "http://127.0.0.1:$port/mozilla-wikipedia.html"
fi

echo "3/3 the job"
status=0
bin/commentator run "$@" || status=$?
echo "All runs: $MLFLOW_TRACKING_URI (stop it: scripts/start_mlflow.sh --stop)"
exit "$status"
