#!/usr/bin/env bash
# Benchmarks, as ratios within one run. Nothing here passes or fails.
#
#   scripts/bench.sh spans      what the run processor costs the caller, per span
#   scripts/bench.sh deliver    jobs/s into a real MLflow with its default workers
#   scripts/bench.sh queue      event to first stage in an idle worker
#   scripts/bench.sh pages      extraction, ms a page
#   scripts/bench.sh gates      right comments blocked and planted faults that
#                               pass, gate by gate; attacks held, kind by kind
#   scripts/bench.sh            all of them
#
# PEERS=DIR names a folder with floor.py and mlf_client.py (hand-written REST
# and the Python client); deliver then runs them against the same server.
set -euo pipefail
source "$(dirname "$0")/help.sh"
cd "$(dirname "$0")/.."
what=${1:-all}
case $what in all | spans | deliver | queue | pages | gates) ;; *) unknown "$what" ;; esac

if [ "$what" = spans ] || [ "$what" = all ]; then
  echo "== caller's goroutine, per span"
  go -C otel test -run "^$" -bench Overhead -benchtime 1x ./runprocessor
  echo "== a whole job, Flush included, beside the disk"
  go -C otel test -run "^$" -bench Job -benchtime 300x ./runprocessor
fi

if [ "$what" = pages ] || [ "$what" = all ]; then
  echo "== extraction"
  go test -run '^$' -bench . ./internal/evidence/...
fi

if [ "$what" = gates ] || [ "$what" = all ]; then
  echo "== quality gates on the labelled comments"
  GATES_TABLE=1 go test -count=1 -v -run '^TestLabelledTable$' ./internal/gates | grep '^|'
  GATES_TABLE=1 go test -count=1 -v -run '^TestAttacksTable$' ./internal/gates | grep '^|'
  go test -run '^$' -bench Check ./internal/gates
fi

if [ "$what" = queue ] || [ "$what" = all ]; then
  echo "== event to first stage, idle worker, SQLite"
  go test -run "^$" -bench IdleEvent -benchtime 1x ./internal/queue
fi

if [ "$what" = deliver ] || [ "$what" = all ]; then
  echo "== delivery into a real MLflow"
  work=$(mktemp -d)
  export MLFLOW_HOST=127.0.0.1 MLFLOW_PORT
  MLFLOW_PORT=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
  export MLFLOW_BACKEND_STORE="sqlite:///$work/mlflow.db" MLFLOW_ARTIFACT_ROOT="$work/artifacts"
  export MLFLOW_PID_FILE="$work/mlflow.pid" MLFLOW_LOG_FILE="$work/mlflow.log"
  trap 'scripts/start_mlflow.sh --stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
  scripts/start_mlflow.sh --background
  export MLFLOWTEST_URI="http://127.0.0.1:$MLFLOW_PORT"
  go -C otel test -run '^$' -bench BenchmarkDeliver -benchtime 30x ./deliver
  if [ -n "${PEERS:-}" ]; then
    venv=${COMMENTATOR_MLFLOW_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/commentator/mlflow-3.17.2}
    export URI=$MLFLOWTEST_URI MLFLOW_SERVER_LOG=$MLFLOW_LOG_FILE MLFLOW_SERVER_PID=$MLFLOW_PID_FILE
    for threads in 1 4; do THREADS=$threads "$venv/bin/python" "$PEERS/floor.py"; done
    "$venv/bin/python" "$PEERS/mlf_client.py" 2>/dev/null | grep "^jobs="
  fi
fi
