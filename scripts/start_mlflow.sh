#!/usr/bin/env bash
# Starts the MLflow tracking server. Settings come from the environment, then
# from .env in the current folder; both are optional:
#   MLFLOW_HOST           127.0.0.1
#   MLFLOW_PORT           5000
#   MLFLOW_BACKEND_STORE  sqlite:///mlflow.db
#   MLFLOW_ARTIFACT_ROOT  ./mlartifacts
#   COMMENTATOR_MLFLOW_VENV  Python environment with MLflow, made when missing
set -euo pipefail

mlflow_version=3.17.2

usage() {
  cat <<'TEXT'
usage: start_mlflow.sh [--background | --stop | --status | --gc | --install |
                        --help] [arguments of mlflow server]

  (nothing)      run the server in the foreground until Ctrl-C
  --background   start it, wait until it is healthy, and return; log in
                 mlflow.log, process id in mlflow.pid
  --stop         stop the server started with --background
  --status       say whether a server answers; exit status 3 when none does
  --gc           remove deleted runs for good; further arguments go to mlflow gc
  --install      only make the Python environment, and print its path

Any other argument is passed on, for example:
  start_mlflow.sh --workers 2 --allowed-hosts 'localhost:5000,mlflow:5000'
TEXT
}

say() { printf '%s\n' "$*" >&2; }
die() { say "start_mlflow.sh: $*"; exit 1; }

# setting NAME DEFAULT: environment, then .env, then default. .env is read, not
# run: it may hold anything.
setting() {
  local value="${!1-}"
  if [ -z "$value" ] && [ -f .env ]; then
    value="$(sed -n "s/^[[:space:]]*\(export[[:space:]]\{1,\}\)\{0,1\}$1[[:space:]]*=[[:space:]]*//p" .env | tail -n 1)"
    value="${value%$'\r'}"
    case "$value" in
      \"*\") value="${value#\"}"; value="${value%\"}" ;;
      \'*\') value="${value#\'}"; value="${value%\'}" ;;
      *) value="${value%%[[:space:]]#*}"
         value="${value%"${value##*[![:space:]]}"}" ;;
    esac
  fi
  printf '%s' "${value:-$2}"
}

host="$(setting MLFLOW_HOST 127.0.0.1)"
port="$(setting MLFLOW_PORT 5000)"
backend="$(setting MLFLOW_BACKEND_STORE sqlite:///mlflow.db)"
artifacts="$(setting MLFLOW_ARTIFACT_ROOT ./mlartifacts)"
own_venv="$(setting COMMENTATOR_MLFLOW_VENV '')"
venv="${own_venv:-${XDG_CACHE_HOME:-$HOME/.cache}/commentator/mlflow-$mlflow_version}"
log_file="$(setting MLFLOW_LOG_FILE mlflow.log)"
pid_file="$(setting MLFLOW_PID_FILE mlflow.pid)"

case "$port" in
  '' | *[!0-9]*) die "MLFLOW_PORT=$port is not a port number" ;;
esac
# Where to ask: a server on all interfaces answers on loopback.
case "$host" in
  0.0.0.0) ask_host=127.0.0.1 ;;
  :: | '[::]') ask_host='[::1]' ;;
  *) ask_host="$host" ;;
esac
url="http://$ask_host:$port"

find_python() {
  local p
  for p in python3 python3.13 python3.12 python3.11 python3.10; do
    if command -v "$p" >/dev/null 2>&1 && "$p" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      printf '%s' "$p"
      return
    fi
  done
  if command -v python3 >/dev/null 2>&1; then
    die "MLflow $mlflow_version needs Python 3.10 or newer, and python3 is $(python3 -V 2>&1). Install a newer one (macOS: brew install python@3.12; Debian, Ubuntu: sudo apt install python3 python3-venv)"
  fi
  die "python3 is missing. Install it (macOS: brew install python@3.12; Debian, Ubuntu: sudo apt install python3 python3-venv; Fedora: sudo dnf install python3), or run the server in a container: docker compose up mlflow"
}

# One installation at a time; another process waits for it and then uses it. So
# does package otel/mlflowtest, which has the same folder and takes the same lock:
# flock(2) on a file beside it, of which the kernel lets go when the last process
# that has it is dead. Python takes it, since macOS has no command for that.
install_venv() {
  if installed; then
    return
  fi
  local python
  python="$(find_python)"
  mkdir -p "$(dirname "$venv")"
  "$python" -c 'import fcntl, subprocess, sys
with open(sys.argv[1], "a") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    sys.exit(subprocess.call(sys.argv[2:], pass_fds=[lock.fileno()]))' \
    "$venv.flock" "$BASH" "$0" --install-locked "$python" || exit 1
}

# installed tells whether MLflow is there as a whole: pip says that it was the installer after
# a package's files and commands. An environment of the user's own is taken as it is.
installed() {
  [ -x "$venv/bin/mlflow" ] || return 1
  [ "$venv" = "$own_venv" ] || compgen -G "$venv/lib/python3*/site-packages/mlflow-$mlflow_version.dist-info/INSTALLER" >/dev/null
}

install_locked() {
  if installed; then
    return
  fi
  say "installing MLflow $mlflow_version into $venv (once, about 850 MB and two minutes)"
  [ -x "$venv/bin/pip" ] || "$1" -m venv "$venv" ||
    die "cannot make a Python environment in $venv; on Debian and Ubuntu: sudo apt install python3-venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "mlflow==$mlflow_version" ||
    die "installing mlflow==$mlflow_version failed, see the message of pip above; run this again when that is put right"
}

# SQLAlchemy knows postgresql:// alone.
check_backend() {
  case "$backend" in
    postgres://*) die "MLFLOW_BACKEND_STORE begins with postgres://, which MLflow does not know: write postgresql:// and the same after it" ;;
  esac
}

# The database driver is no part of MLflow. Which one an address asks for is
# SQLAlchemy's to say: for postgresql:// it is psycopg2 up to 2.0, psycopg from 2.1
# on. The address may have a password, so it is no argument.
install_driver() {
  local driver module package
  case "$backend" in
    postgresql* | mysql*) ;;
    *) return ;;
  esac
  driver="$("$venv/bin/python" -c 'import sys
from sqlalchemy.engine import make_url
print(make_url(sys.stdin.read().strip()).get_dialect().driver)' <<<"$backend" 2>/dev/null)" ||
    die "MLFLOW_BACKEND_STORE has a scheme that SQLAlchemy does not know: write postgresql://, postgresql+psycopg2://, mysql+pymysql:// or sqlite:///"
  case "$driver" in
    psycopg2) module=psycopg2 package=psycopg2-binary ;;
    psycopg) module=psycopg package='psycopg[binary]' ;;
    pymysql) module=pymysql package=pymysql ;;
    mysqldb) module=MySQLdb package=mysqlclient ;;
    *) return ;; # the server says what it misses
  esac
  "$venv/bin/python" -c "import $module" 2>/dev/null ||
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$package" ||
    die "installing $package for MLFLOW_BACKEND_STORE failed"
}

healthy() {
  if command -v curl >/dev/null 2>&1; then
    [ "$(curl --noproxy '*' --silent --max-time 5 "$url/health" 2>/dev/null)" = OK ]
  else
    # shellcheck disable=SC2016 # Python's own
    python3 -c 'import sys, urllib.request as u
o = u.build_opener(u.ProxyHandler({}))
sys.exit(o.open(sys.argv[1], timeout=5).read() != b"OK")' "$url/health" 2>/dev/null
  fi
}

port_open() { (exec 3<>"/dev/tcp/${ask_host//[\[\]]/}/$port") 2>/dev/null; }

who_has_port() {
  local line=''
  if command -v lsof >/dev/null 2>&1; then
    line="$(lsof -nP -iTCP:"$port" -sTCP:LISTEN 2>/dev/null | awk 'NR == 2 { print $1 " (process " $2 ", user " $3 ")" }' || true)"
  fi
  if [ -z "$line" ] && command -v ss >/dev/null 2>&1; then
    line="$(ss -ltnpH "sport = :$port" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (process \2)/p' | head -n 1 || true)"
  fi
  printf '%s' "${line:-a process this user cannot see}"
}

refuse_taken_port() {
  port_open || return 0
  if healthy; then
    die "an MLflow server answers already at $url: $(who_has_port). Use it, or stop it (--stop), or set MLFLOW_PORT"
  fi
  local advice="stop that, or set MLFLOW_PORT to another one (and MLFLOW_TRACKING_URI with it)"
  if [ "$port" = 5000 ] && [ "$(uname)" = Darwin ]; then
    advice="$advice; on macOS port 5000 belongs to AirPlay Receiver, which can be switched off in System Settings"
  fi
  die "port $port is taken by $(who_has_port): $advice"
}

server_pid() {
  local pid
  pid="$(cat "$pid_file" 2>/dev/null || true)"
  case "$pid" in '' | *[!0-9]*) return 1 ;; esac
  # A process id can be reused by another program after a crash.
  ps -p "$pid" -o command= 2>/dev/null | grep -q mlflow || return 1
  printf '%s' "$pid"
}

prepare() {
  check_backend
  install_venv
  install_driver
  refuse_taken_port
}

command_line() {
  # --artifacts-destination with the proxy: clients on other hosts, and the
  # Collector, write artifacts through the server.
  server=("$venv/bin/mlflow" server --host "$host" --port "$port"
    --backend-store-uri "$backend" --serve-artifacts --artifacts-destination "$artifacts" "$@")
  # Uvicorn kills workers that take longer than 5 s to answer it, which on a busy machine is all of
  # them while they start, again and again.
  export UVICORN_TIMEOUT_WORKER_HEALTHCHECK="${UVICORN_TIMEOUT_WORKER_HEALTHCHECK:-180}"
}

background() {
  local pid waited=0
  if healthy; then # what is wanted is there
    say "an MLflow server answers already at $url: $(who_has_port)"
    return
  fi
  if pid="$(server_pid)"; then
    die "process $pid was started before, but $url/health does not answer; see $log_file, and stop it with --stop"
  fi
  prepare
  command_line "$@"
  set -m # a process group of its own, so that --stop reaches the workers
  nohup "${server[@]}" >>"$log_file" 2>&1 </dev/null &
  pid=$!
  set +m
  printf '%s\n' "$pid" >"$pid_file"
  until healthy; do
    if ! kill -0 "$pid" 2>/dev/null; then
      rm -f "$pid_file"
      tail -n 15 "$log_file" >&2
      die "the server ended at once; the last lines of $log_file are above"
    fi
    if [ "$waited" -ge 120 ]; then
      die "no answer from $url/health in time; see $log_file, and stop it with --stop"
    fi
    sleep 1
    waited=$((waited + 1))
  done
  say "MLflow runs at $url (process $pid, log in $log_file)"
}

stop() {
  local pid waited=0
  if ! pid="$(server_pid)"; then
    rm -f "$pid_file"
    if healthy; then
      die "the server at $url was not started with --background from this folder: $(who_has_port)"
    fi
    say "no server is running"
    return
  fi
  kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid" 2>/dev/null || true
  while kill -0 -- "-$pid" 2>/dev/null || kill -0 "$pid" 2>/dev/null; do
    if [ "$waited" -ge 100 ]; then
      kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
      break
    fi
    sleep 0.1
    waited=$((waited + 1))
  done
  rm -f "$pid_file"
  say "stopped process $pid"
}

status() {
  local pid=''
  pid="$(server_pid || true)"
  if healthy; then
    say "MLflow answers at $url${pid:+ (process $pid)}"
    return
  fi
  if [ -n "$pid" ]; then
    say "process $pid runs, but $url/health does not answer; see $log_file"
  else
    say "no MLflow server answers at $url"
  fi
  return 3
}

case "${1-}" in
  --background) shift; background "$@" ;;
  --stop) stop ;;
  --status) status ;;
  --install) install_venv; printf '%s\n' "$venv" ;;
  --install-locked) install_locked "$2" ;; # by install_venv
  --gc)
    shift
    check_backend
    install_venv
    install_driver
    # Artifacts kept by the server are deleted through it.
    export MLFLOW_TRACKING_URI="${MLFLOW_TRACKING_URI:-$url}"
    exec "$venv/bin/mlflow" gc --backend-store-uri "$backend" --artifacts-destination "$artifacts" "$@"
    ;;
  -h | --help) usage ;;
  *)
    if [ "${1-}" = -- ]; then shift; fi
    prepare
    command_line "$@"
    exec "${server[@]}"
    ;;
esac
