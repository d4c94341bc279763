#!/usr/bin/env bash
# Asks govulncheck whether the code of any module calls something that the Go
# vulnerability database (https://vuln.go.dev) has an entry for, and fails if so.
# Where the database cannot be reached it says "skipped:" and succeeds: a network
# that is missing says nothing about the code. GOVULNDB names another database,
# such as a mirror or a folder as file:///….
#
#   scripts/vulncheck.sh
set -euo pipefail
source "$(dirname "$0")/help.sh"
[ $# = 0 ] || unknown "$1"
cd "$(dirname "$0")/.."

db=${GOVULNDB:-https://vuln.go.dev}
case $db in
  file://*) [ -f "${db#file://}/index/db.json" ] || { echo "vulncheck: GOVULNDB=$db has no index/db.json: name the folder of a copy of the database" >&2; exit 1; } ;;
  *)
    # The first file that the protocol has (https://go.dev/doc/security/vuln/database).
    if ! reason=$(curl --fail --silent --show-error --location --max-time 5 --output /dev/null "$db/index/db.json" 2>&1); then
      echo "vulnerabilities: skipped: $db does not answer (${reason:-no reason given}); GOVULNDB names another database"
      exit 0
    fi
    ;;
esac

check=$(scripts/tool.sh govulncheck)
failed=
for module in otel otel/genaimcp collector .; do
  echo "vulncheck: $module"
  (cd "$module" && "$check" -db "$db" ./...) || failed=1
done
[ -z "$failed" ] || { echo "vulncheck: update what is named above, or take it out" >&2; exit 1; }
