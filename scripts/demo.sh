#!/usr/bin/env bash
# Sets everything up and runs the main job: starts MLflow, builds the binary,
# and comments on the links given, or on three real pages that are in the
# repository and served from loopback (so this works without internet), and on
# a link that leads nowhere. One of the pages then goes through a small model on
# this machine, for tokens, cost and prompt to be seen in MLflow, and the quality
# gates at work: a model of this size rarely passes them. Last the worker is
# started beside a stand-in for Slack. Ends with the addresses of their pages.
#
#   scripts/demo.sh [--offline] [URL…]
#   scripts/demo.sh --stop     ends all that it left running, MLflow too
#
# Needs Go and Python 3. The model is installed the first time, 300 MB by
# scripts/start_llm.sh; --offline leaves it out, as does a model of your own:
# OPENAI_BASE_URL (any compatible server) or OPENAI_API_KEY, and MODEL. Links of
# your own go through that, or are made of the page's own sentences. Everything
# that this writes is in .data/demo, MLflow's own files beside it in the
# repository's folder.
set -euo pipefail
source "$(dirname "$0")/help.sh"
cd "$(dirname "$0")/.."
state=$PWD/.data/demo

stop() {
  local file pid
  for file in "$state"/*.pid; do
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    rm -f "$file"
    # A process id can be reused by another program.
    ps -p "$pid" -o command= 2>/dev/null | grep -qE 'bin/(fakeslack|commentator)|scripts/|xllamacpp' || continue
    kill -- "-$pid" 2>/dev/null || kill "$pid" 2>/dev/null || true
  done
}
offline=
case ${1:-} in
--stop)
  stop
  exec scripts/start_mlflow.sh --stop
  ;;
--offline)
  offline=1
  shift
  ;;
esac
for link; do case $link in -*) unknown "$link" ;; esac; done

for tool in go python3; do
  command -v "$tool" >/dev/null || { echo "demo: $tool is missing; install it and run this again" >&2; exit 2; }
done
mkdir -p "$state" bin
stop
# free_port [PORT]: that one if it is free, else any.
free_port() {
  python3 - "${1:-0}" <<'PY'
import socket, sys
for port in int(sys.argv[1]), 0:
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
    try:
        s.bind(("127.0.0.1", port))
    except OSError:
        continue
    print(s.getsockname()[1])
    break
PY
}
# wait_for PORT: until something listens there.
wait_for() {
  local n
  for n in $(seq 100); do
    python3 -c "import socket; socket.create_connection(('127.0.0.1',$1),1)" 2>/dev/null && return
    sleep 0.1
  done
  echo "demo: nothing listens on port $1; see $state/*.log" >&2
  return 1
}
# background NAME COMMAND…: runs on after this script, until --stop, in a process
# group of its own.
background() {
  local name=$1
  shift
  set -m
  nohup "$@" >"$state/$name.log" 2>&1 </dev/null &
  echo $! >"$state/$name.pid"
  set +m
}

# own says that a model of yours is asked, by the worker too.
own=
if [ -z "$offline" ] && { [ -n "${OPENAI_BASE_URL:-}${OPENAI_API_KEY:-}" ] ||
  grep -qsE '^[[:space:]]*(export[[:space:]]+)?OPENAI_(BASE_URL|API_KEY)(_FILE)?=.' .env; }; then
  own=1
fi
# The local model is for the demo's own pages. It is installed beside the rest.
model=
if [ $# = 0 ] && [ -z "$offline$own" ]; then
  model=$(free_port)
  LLM_PORT=$model LLM_PID_FILE=$state/llm.pid LLM_LOG_FILE=$state/llm.log background start_llm scripts/start_llm.sh --background
fi
[ -z "$offline" ] || export MODEL=offline

echo "1/5 MLflow"
scripts/start_mlflow.sh --background
export MLFLOW_TRACKING_URI="${MLFLOW_TRACKING_URI:-http://${MLFLOW_HOST:-127.0.0.1}:${MLFLOW_PORT:-5000}}"

echo "2/5 commentator"
CGO_ENABLED=0 go build -trimpath -buildvcs=auto -ldflags "-s -w" -o bin/ ./cmd/commentator ./cmd/fakeslack
export COMMENTATOR_DATA_DIR="${COMMENTATOR_DATA_DIR:-$state/data}"

echo "3/5 the job"
port=$(free_port 18555) # the model reads the address too: with the same one it answers alike
pages=http://127.0.0.1:$port
background pages python3 -m http.server "$port" --bind 127.0.0.1 --directory scripts/demo
wait_for "$port"
export COMMENTATOR_FETCH_ALLOW="${COMMENTATOR_FETCH_ALLOW:+$COMMENTATOR_FETCH_ALLOW,}127.0.0.1:$port"
status=0
if [ $# -gt 0 ]; then
  bin/commentator run "$@" || status=$?
  set -- "$1"
else
  bin/commentator run "$pages/fetch-api.html" "$pages/javascript-code-coverage.html" "$pages/mozilla-wikipedia.html" || status=$?
  echo "and a link that leads nowhere:"
  bin/commentator run "$pages/moved-away.html" || [ $? = 3 ] || status=$?
  set -- "$pages/fetch-api.html" "$pages/moved-away.html"
fi

echo "4/5 the worker, in a stand-in for Slack"
slack=$(free_port)
background fakeslack bin/fakeslack --addr "127.0.0.1:$slack" --channel C01RESEARCH=research
wait_for "$slack"
ready=$(free_port)
COMMENTATOR_HTTP_ADDR="127.0.0.1:$ready" SLACK_API_URL="http://127.0.0.1:$slack/api/" SLACK_APP_TOKEN=xapp-demo SLACK_BOT_TOKEN=xoxb-demo \
  TECHNOSHARE_CHANNEL_ID=C01RESEARCH background worker bin/commentator worker
# What is shared before the worker listens, Slack delivers again a minute later.
for _ in $(seq 100); do
  python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$ready/readyz', timeout=5)" 2>/dev/null && break
  kill -0 "$(cat "$state/worker.pid")" 2>/dev/null || break
  sleep 0.1
done
python3 - "$slack" "$@" <<'PY'
import json, sys, urllib.request
for text, link in zip(("Worth a read? <%s>", "And this one? <%s>"), sys.argv[2:]):
    event = {"type": "message", "channel": "C01RESEARCH", "user": "U0ALICE01", "text": text % link}
    urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:%s/_control/event" % sys.argv[1], json.dumps(event).encode(), {"Content-Type": "application/json"}))
PY

echo "5/5 one page through a model"
if [ -z "$model" ]; then
  echo "left out: --offline, or links or a model of your own"
else
  # Until the whole has taken a minute: the rest is not worth more of a wait.
  until [ -f "$state/llm.pid" ] && python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$model/health', timeout=1)" 2>/dev/null; do
    kill -0 "$(cat "$state/start_llm.pid")" 2>/dev/null && [ "$SECONDS" -lt 60 ] || { model=; break; }
    sleep 0.5
  done
  if [ -z "$model" ]; then
    echo "left out: no model yet; the next scripts/demo.sh has it once it is installed:"
    tail -n 2 "$state/start_llm.log"
  else
    # The built-in prompt as a version in MLflow's registry, whose page lists the trace of what it was used for.
    if bin/commentator prompts push commentary --alias production; then export COMMENTATOR_PROMPT=commentary@production LOG_LEVEL=WARNING; fi
    OPENAI_BASE_URL=http://127.0.0.1:$model/v1 MODEL=gemma-3-270m MODEL_CONTEXT_TOKENS=2500 MODEL_MAX_TOKENS=600 MODEL_TEMPERATURE=0 \
      MODEL_TIMEOUT=60s COMMENTATOR_PRICES_FILE=scripts/demo/prices.yaml \
      bin/commentator run "$pages/mozilla-wikipedia.html" || [ $? = 3 ] || status=$?
  fi
fi

echo
echo "MLflow:          $MLFLOW_TRACKING_URI"
experiment=$(python3 - "$MLFLOW_TRACKING_URI" "${MLFLOW_EXPERIMENT_NAME:-technoshare_commentator}" <<'PY' || true
import json, sys, urllib.parse, urllib.request
query = urllib.parse.urlencode({"experiment_name": sys.argv[2]})
with urllib.request.urlopen(f"{sys.argv[1]}/api/2.0/mlflow/experiments/get-by-name?{query}", timeout=10) as answer:
    print(json.load(answer)["experiment"]["experiment_id"])
PY
)
[ -z "$experiment" ] || echo "its jobs:        $MLFLOW_TRACKING_URI/#/experiments/$experiment/runs?viewStateShareKey=jobs"
echo "the channel:     http://127.0.0.1:$slack/   (share a link there)"
[ -n "$own" ] || echo "                 its worker has no model: comments are the pages' own sentences"
[ -z "$model" ] || echo "the model:       http://127.0.0.1:$model/v1"
echo "stop everything: scripts/demo.sh --stop"
exit "$status"
