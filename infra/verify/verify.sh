#!/usr/bin/env bash
# Everything that `make test` cannot prove with Go alone: an emulated DynamoDB,
# the template, the SAM build, the HTML of every page, reproducible builds.
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
  "$@" >"$work/out" 2>&1
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

formatted() {
  local bad
  bad=$(gofmt -l functions embed.go) && [ -z "$bad" ] || { echo "not formatted: $bad"; return 1; }
}

tidy() { go mod tidy -diff; }

dynamodb() {
  python_tools || return
  local port=5599
  "$tools/venv/bin/moto_server" -H 127.0.0.1 -p "$port" >"$work/moto" 2>&1 &
  local moto=$! n
  for n in $(seq 50); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; sleep 0.2; done
  DYNAMODB_ENDPOINT=http://127.0.0.1:$port go test -count=1 -run OnEndpoint ./functions/internal/store/dynamo
  local status=$?
  kill "$moto"
  return $status
}

template() { python_tools && "$tools/venv/bin/cfn-lint" template.yaml && "$tools/venv/bin/sam" validate --lint; }

# sam_build builds, checks that each artefact is a static program, edits the
# content and checks that the edit is in the new artefact.
sam_build() {
  python_tools || return
  local copy=$work/copy f
  git clone --quiet . "$copy" && cd "$copy" && "$tools/venv/bin/sam" build || return 1
  for f in PagesFunction SubscriptionFunction; do
    head -c 4 ".aws-sam/build/$f/bootstrap" | grep -q ELF || { echo "$f is not a program"; return 1; }
    ! grep -aq 'ld-linux' ".aws-sam/build/$f/bootstrap" || { echo "$f is not static"; return 1; }
  done
  cp .aws-sam/build/PagesFunction/bootstrap "$work/first"
  sed -i 's/^title: Operation SIREN.*/title: Operation SIREN, edited/' content/news/2022/siren-debriefing/index.md
  "$tools/venv/bin/sam" build || return 1
  ! cmp -s "$work/first" .aws-sam/build/PagesFunction/bootstrap || { echo "an edit is not in the new artefact"; return 1; }
}

# same_bytes builds one commit in two folders.
same_bytes() {
  local n
  for n in 1 2; do
    git clone --quiet . "$work/build$n" && (cd "$work/build$n" && make -s build >/dev/null) || return 1
  done
  cmp "$work/build1/bin/pages/bootstrap" "$work/build2/bin/pages/bootstrap" &&
    cmp "$work/build1/bin/subscription/bootstrap" "$work/build2/bin/subscription/bootstrap" && echo "two builds are equal byte for byte"
}

# html checks every page of the sitemap, lists, error pages and form answers.
html() {
  command -v java >/dev/null && command -v npm >/dev/null || return 77
  [ -f "$tools/node_modules/vnu-jar/build/dist/vnu.jar" ] || three_times npm install --silent --prefix "$tools" vnu-jar@26.9.27 || return
  [ -f "$tools/node_modules/vnu-jar/build/dist/vnu.jar" ] || return 77
  local base=http://127.0.0.1:8499 n=0 url
  go build -o "$work/broadsheet" ./functions/broadsheet || return 1
  ADDR=127.0.0.1:8499 SITE_URL=$base DATA_DIR="$work/var" "$work/broadsheet" serve >"$work/serve" 2>&1 &
  local server=$!
  for n in $(seq 50); do curl -s -o /dev/null "$base/" && break; sleep 0.2; done
  mkdir -p "$work/html" && n=0
  for url in $(curl -s "$base/sitemap.xml" | grep -o '<loc>[^<]*' | cut -c6-) "$base"/{news/,news/page/2/,news/2022/,news/2022/09/,topics/,topics/drugs/,countries/,funds/,pillars/,series/,nothing/,subscription/confirm,subscription}; do
    n=$((n + 1))
    curl -s "$url" >"$work/html/$n.html"
  done
  curl -s -d 'email=a&action=subscribe' "$base/subscription" >"$work/html/invalid.html"
  curl -s -d 'email=a@example.org&action=subscribe' "$base/subscription" >"$work/html/requested.html"
  kill "$server"
  [ "$n" -ge 40 ] || { echo "only $n pages were fetched"; return 1; }
  java -jar "$tools/node_modules/vnu-jar/build/dist/vnu.jar" --Werror "$work"/html/*.html && echo "$n pages and the form's answers: no error, no warning"
}

part "go: formatted" formatted
part "go: modules are tidy" tidy
part "store: the contract on an emulated DynamoDB (moto)" dynamodb
part "html: every page by the Nu checker" html
part "template: cfn-lint and sam validate" template
part "sam build: static programs, and an edit is in the next one" sam_build
part "two builds in two folders have the same bytes" same_bytes
echo "verify: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
