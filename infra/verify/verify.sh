#!/usr/bin/env bash
# Everything that `make test` cannot prove with Go alone. Each file of parts/
# defines its checks and names them with `part`; VERIFY=20 runs those whose file
# begins with 20.
#
# Tools are fetched by pinned version into .tools/. Where CI is set, a tool that
# cannot be had fails the run; elsewhere its part is skipped with a loud line.
# The last line counts: "verify: N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/../.."
tools=$PWD/.tools
mkdir -p "$tools"
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-west-1
passed=0 failed=0 skipped=0

# part NAME COMMAND … runs one check; 77 is "a tool is missing", 78 "this machine
# cannot do it, whatever is installed".
part() {
  local name=$1 status
  shift
  echo "--- $name"
  ("$@") >"$work/out" 2>&1 # a subshell, so that a check may change its folder
  status=$?
  case $status in
    0) passed=$((passed + 1)); tail -n 3 "$work/out" ;;
    77) if [ -n "${CI:-}" ]; then failed=$((failed + 1)); echo "FAILED: a tool of $name is missing"; else skipped=$((skipped + 1)); echo "SKIPPED: a tool of $name is missing"; fi; tail -n 5 "$work/out" ;;
    78) skipped=$((skipped + 1)); echo "SKIPPED: $name cannot be done on this machine, and no package mends that"; tail -n 5 "$work/out" ;;
    *) failed=$((failed + 1)); echo "FAILED: $name"; tail -n 60 "$work/out" ;;
  esac
}

# tries a download up to three times.
three_times() {
  local n
  for n in 1 2 3; do "$@" && return 0; sleep $((n * 2)); done
  return 77
}

python_tools() {
  [ -x "$tools/venv/bin/sam" ] && [ -x "$tools/venv/bin/cfn-lint" ] && [ -x "$tools/venv/bin/moto_server" ] && return 0
  command -v python3 >/dev/null || return 77
  python3 -m venv "$tools/venv" || return 77
  three_times "$tools/venv/bin/pip" install --quiet 'moto[server,dynamodb]==5.2.5' cfn-lint==1.58.0 aws-sam-cli==1.170.0
}

# checkov_tools and ministack_tools have environments of their own: they pin what
# the SAM CLI has newer.
checkov_tools() {
  [ -x "$tools/checkov/bin/checkov" ] && return 0
  command -v python3 >/dev/null && python3 -m venv "$tools/checkov" || return 77
  three_times "$tools/checkov/bin/pip" install --quiet checkov==3.3.30
}

ministack_tools() {
  [ -x "$tools/ministack/bin/ministack" ] && [ -d "$tools/ministack/lib/"*/site-packages/samtranslator ] && return 0
  command -v python3 >/dev/null && python3 -m venv "$tools/ministack" || return 77
  three_times "$tools/ministack/bin/pip" install --quiet ministack==1.5.33 aws-sam-translator==1.115.0 cryptography==50.0.2
}

# ministack ADDRESS PORT starts an emulated AWS there, with nothing in it, for
# commands of this part; the variable emulator is its process.
ministack() {
  ministack_tools || return
  (cd "$work" && AWS_ENDPOINT_URL=http://$1:$2 GATEWAY_PORT=$2 BIND_HOST=$1 IOT_MTLS_ENABLED=0 \
    exec "$tools/ministack/bin/ministack" >"$work/ministack$2" 2>&1) &
  emulator=$!
  export AWS_ENDPOINT_URL=http://$1:$2 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  local n
  for n in $(seq 100); do curl -s -o /dev/null "http://$1:$2/_ministack/health" && return 0; sleep 0.2; done
  echo "the emulator did not start:"; tail -n 20 "$work/ministack$2"
  return 1
}

# node_tools VERSION … installs npm packages by pinned version.
node_tools() {
  command -v npm >/dev/null || return 77
  local package
  for package in "$@"; do
    [ -f "$tools/node_modules/${package%@*}/package.json" ] && continue
    three_times npm install --silent --prefix "$tools" "$package" || return
  done
}

# debian PROGRAM PACKAGE installs a Debian package if a program is missing.
debian() {
  command -v "$1" >/dev/null && return 0
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "install $2, which has the program $1"; return 77; }
  three_times apt-get install -y -q "$2" || { apt-get update -q && three_times apt-get install -y -q "$2"; }
}

# serve PORT starts the site on 127.0.0.1 with a store of its own. The variable
# base is its address; unserve ends it.
serve() {
  base=http://127.0.0.1:$1
  go build -o "$work/broadsheet" ./functions/broadsheet || return 1
  ADDR=127.0.0.1:$1 SITE_URL=$base DATA_DIR="$work/var$1" MAIL_COOLDOWN=1s "$work/broadsheet" serve >"$work/serve$1" 2>&1 &
  server=$!
  local n
  for n in $(seq 100); do curl -s -o /dev/null "$base/" && return 0; sleep 0.2; done
  echo "the site did not start:"; cat "$work/serve$1"
  return 1
}
unserve() { kill "$server"; wait "$server" 2>/dev/null; return 0; }

for file in infra/verify/parts/${VERIFY:-}*.sh; do
  # shellcheck source=/dev/null
  . "$file"
done

echo "verify: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
