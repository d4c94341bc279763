# Sourced by the other scripts with their own arguments: -h and --help print the
# comment at the head of the script, and nothing else is done.
for argument; do
  case $argument in
  -h | --help)
    sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p;}' "$0"
    exit
    ;;
  esac
done
unset argument

# unknown ARGUMENT: refuses an argument.
unknown() {
  echo "$(basename "$0"): unknown argument $1: see $0 --help" >&2
  exit 2
}
