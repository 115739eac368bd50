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

# part NAME COMMAND … runs one check; 77 is "a tool is missing".
part() {
  local name=$1 status
  shift
  echo "--- $name"
  ("$@") >"$work/out" 2>&1 # a subshell, so that a check may change its folder
  status=$?
  case $status in
    0) passed=$((passed + 1)); tail -n 3 "$work/out" ;;
    77) if [ -n "${CI:-}" ]; then failed=$((failed + 1)); echo "FAILED: a tool of $name is missing"; else skipped=$((skipped + 1)); echo "SKIPPED: a tool of $name is missing"; fi; tail -n 5 "$work/out" ;;
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

for file in infra/verify/parts/${VERIFY:-}*.sh; do
  # shellcheck source=/dev/null
  . "$file"
done

echo "verify: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
