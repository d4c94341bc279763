#!/usr/bin/env bash
# Sets everything up and runs the main job: starts MLflow, builds the binary,
# and comments on the links given, or on three real pages that are in the
# repository and served from loopback (so this works without internet). Then
# starts the worker beside a stand-in for Slack, and ends with its page.
#
#   scripts/demo.sh [URL…]
#   scripts/demo.sh --stop     ends all that it left running, MLflow too
#
# Needs Go and Python 3. Everything it writes is in .data/demo, MLflow's own
# files beside it in the repository's folder.
set -euo pipefail
source "$(dirname "$0")/help.sh"
cd "$(dirname "$0")/.."
state=$PWD/.data/demo

stop() {
  local file
  for file in "$state"/*.pid; do
    [ -f "$file" ] || continue
    kill "$(cat "$file")" 2>/dev/null || true
    rm -f "$file"
  done
}
if [ "${1:-}" = --stop ]; then
  stop
  exec scripts/start_mlflow.sh --stop
fi

for link; do case $link in -*) unknown "$link" ;; esac; done

for tool in go python3; do
  command -v "$tool" >/dev/null || { echo "demo: $tool is missing; install it and run this again" >&2; exit 2; }
done
mkdir -p "$state" bin
stop
free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
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
# background NAME COMMAND…: runs on after this script, until --stop.
background() {
  local name=$1
  shift
  nohup "$@" >"$state/$name.log" 2>&1 </dev/null &
  echo $! >"$state/$name.pid"
}

echo "1/4 MLflow"
scripts/start_mlflow.sh --background
export MLFLOW_TRACKING_URI="${MLFLOW_TRACKING_URI:-http://${MLFLOW_HOST:-127.0.0.1}:${MLFLOW_PORT:-5000}}"

echo "2/4 commentator"
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o bin/ ./cmd/commentator ./cmd/fakeslack
export COMMENTATOR_DATA_DIR="${COMMENTATOR_DATA_DIR:-$state/data}"

echo "3/4 the job"
pages=$(free_port)
background pages python3 -m http.server "$pages" --bind 127.0.0.1 --directory scripts/demo
wait_for "$pages"
export COMMENTATOR_FETCH_ALLOW="${COMMENTATOR_FETCH_ALLOW:+$COMMENTATOR_FETCH_ALLOW,}127.0.0.1:$pages"
[ $# -gt 0 ] || set -- "http://127.0.0.1:$pages/fetch-api.html" "http://127.0.0.1:$pages/javascript-code-coverage.html" "http://127.0.0.1:$pages/mozilla-wikipedia.html"
status=0
bin/commentator run "$@" || status=$?

echo "4/4 the worker, in a stand-in for Slack"
slack=$(free_port)
background fakeslack bin/fakeslack --addr "127.0.0.1:$slack" --channel C01RESEARCH=research
wait_for "$slack"
COMMENTATOR_HTTP_ADDR="127.0.0.1:$(free_port)" SLACK_API_URL="http://127.0.0.1:$slack/api/" SLACK_APP_TOKEN=xapp-demo SLACK_BOT_TOKEN=xoxb-demo \
  TECHNOSHARE_CHANNEL_ID=C01RESEARCH background worker bin/commentator worker
python3 - "$slack" "$1" <<'PY'
import json, sys, urllib.request
event = {"type": "message", "channel": "C01RESEARCH", "user": "U0ALICE01", "text": "Worth a read? <%s>" % sys.argv[2]}
urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:%s/_control/event" % sys.argv[1], json.dumps(event).encode(), {"Content-Type": "application/json"}))
PY

echo
echo "MLflow:      $MLFLOW_TRACKING_URI"
echo "the channel: http://127.0.0.1:$slack/   (share a link there; stop everything: scripts/demo.sh --stop)"
exit "$status"
