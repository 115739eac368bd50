#!/usr/bin/env bash
# make bench: the table of speed and size, as ratios in one run. Each row is
# measured beside its peer on the same machine in the same minutes, by turns; a
# figure of one run says nothing beside a figure of another.
#
#   BENCH_SIZES="10 1000" make bench    fewer articles, sooner done
#   BENCH="start search" make bench     some of: start event search sending memory build serve
#
# Missing tools are said loudly and their rows are left out. All servers listen
# on 127.0.0.1 only.
set -uo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
tools=$root/.tools
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$work"' EXIT
sizes=${BENCH_SIZES:-10 1000 10000}
parts=${BENCH:-start event search sending memory build serve}
largest=${sizes##* }
export GOFLAGS="${GOFLAGS:-} -tags=nodynamic"

row() { printf '%-64s %14s %14s %8s  %s\n' "$@"; }
missing() { echo "MISSING: $1 is not installed ($2); its rows are left out" >&2; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.3f", a / b; else printf "-" }'; }
wanted() { [[ " $parts " == *" $1 "* ]]; }
# seconds runs a command and prints how long it took.
seconds() {
  local started ended
  started=$(date +%s.%N)
  "$@" >"$work/last" 2>&1 || { echo "FAILED: $*" >&2; tail -5 "$work/last" >&2; }
  ended=$(date +%s.%N)
  awk -v a="$started" -v b="$ended" 'BEGIN { printf "%.2f", b - a }'
}

prepare() {
  go build -o "$work/bench" ./infra/bench && go build -o "$work/broadsheet" ./functions/broadsheet || exit 1
  local n
  for n in $sizes; do
    "$work/bench" generate -n "$n" -o "$work/content$n" || exit 1
  done
}

# overlay NAME lets an edition stand in for .edition/edition, so that the tree is
# left alone.
overlay() { printf '{"Replace": {"%s/.edition/edition": "%s/edition%s"}}' "$root" "$work" "$1" >"$work/overlay.json"; }

# program N SOURCE OUT builds a program with the edition of N articles in it.
program() {
  overlay "$1"
  CGO_ENABLED=0 go build -overlay "$work/overlay.json" -trimpath -buildvcs=false -tags lambda.norpc -ldflags '-s -w -buildid=' -o "$3" "$2"
}

# print_edition CONTENT EDITION prints an edition as a deployment of a large site would, in
# parts (see edition.Part), and says how many seconds it took.
print_edition() {
  local content=$1 to=$2
  shift 2
  CONTENT_DIR=$content seconds "$work/broadsheet" edition -cache '' -o "$to" -as-of 1790000000 -gzip 9 -brotli 5 "${@:--parts}"
}

# editions prints the edition of each size and builds the programs.
editions() {
  local n
  for n in $sizes; do
    took=$(print_edition "$work/content$n" "$work/edition$n")
    [ -f "$work/edition$n" ] || exit 1
    echo "$took" >"$work/built$n"
    program "$n" ./functions/pages "$work/pages$n" || exit 1
  done
  CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags lambda.norpc -ldflags '-s -w -buildid=' -o "$work/empty" ./infra/bench/empty
}

bench_start() {
  local pages="empty=$work/empty" all n name ms rel
  for n in $sizes; do pages+=" pages-$n=$work/pages$n"; done
  program "${sizes%% *}" ./functions/subscription "$work/subscription" && program "${sizes%% *}" ./infra/bench/clients "$work/clients" || return
  DATA_DIR=$work/keys "$work/broadsheet" keys new >/dev/null || return
  export KEYS=$work/keys/keys.json
  all="$pages subscription=$work/subscription clients=$work/clients"
  # rows WORDS TARGET COMMAND… prints a row for each program but the empty one.
  rows() {
    local words=$1 target=$2
    shift 2
    while read -r name ms rel; do
      case $name in
        empty) empty=$ms ;;
        pages-*) row "start, ${name#pages-} articles, $words" "$ms" "$empty" "$rel" "$target" ;;
        subscription) row "start, subscription program, $words" "$ms" "$empty" "$rel" "≤ 1.5" ;;
        clients) row "  its floor: the clients of DynamoDB and SES, $words" "$ms" "$empty" "$rel" ;;
      esac
    done < <("$@")
  }
  row "START: process start to first poll" "ours" "empty" "ratio" "target"
  rows "warm files, ms" "≤ 1.15" "$work/bench" start -rounds "${BENCH_ROUNDS:-31}" $all
  rows "cold files, ms" "≤ 1.4" "$work/bench" start -cold -rounds "${BENCH_ROUNDS:-31}" $pages
  if command -v valgrind >/dev/null; then
    rows "million instructions" "≤ 1.15" "$work/bench" instructions $pages
  else
    missing valgrind "apt-get install valgrind"
  fi
}

# of NAME FILE prints microseconds and allocations of a Go benchmark: its median
# where it reports one, else the lowest mean of its runs.
of() {
  awk -v name="$1" '$1 ~ "^" name "(-[0-9]+)?$" {
    for (i = 2; i < NF; i++) {
      if ($(i+1) == "ns/op" && (ns == "" || $i + 0 < ns)) ns = $i + 0
      if ($(i+1) == "median-ns") med = $i + 0
      if ($(i+1) == "allocs/op") al = $i
    }
  } END { printf "%.1f %s", (med ? med : ns) / 1000, al }' "$2"
}

# The pages program's own way, with the edition of the site in content/; then the
# adapter alone with the largest page there may be.
bench_event() {
  local name
  CONTENT_DIR=content "$work/broadsheet" edition -cache '' -o "$work/editionsite" -as-of 1790000000 -gzip 9 -brotli 5 >/dev/null || exit 1
  overlay site
  go test -overlay "$work/overlay.json" -run '^$' -bench BenchmarkEvent -benchmem -benchtime 200x -count 20 ./functions/pages >"$work/event" 2>&1
  go test -run '^$' -bench BenchmarkEvent -benchmem -benchtime 200x -count 20 ./functions/internal/lambdahttp >>"$work/event" 2>&1
  row "EVENT: JSON in, JSON out, through the adapter" "µs" "allocations" "" "target"
  row "a page event" $(of BenchmarkEvent/page "$work/event") "" "≤ 45 µs, ≤ 250"
  for name in unchanged missing search; do row "the same, ${name/unchanged/304}" $(of "BenchmarkEvent/$name" "$work/event") "" ""; done
  row "the adapter alone, a page of 30 KB" $(of BenchmarkEvent/adapter "$work/event") "" ""
  row "the same by encoding/json, without the adapter" $(of BenchmarkEvent/without "$work/event") "" ""
}

bench_search() {
  row "SEARCH: 10,000 articles" "µs" "allocations" "" "target"
  go test -run '^$' -bench 'BenchmarkSearch$' -benchmem -benchtime 1000x ./functions/internal/search >"$work/search" 2>&1
  local name
  for name in one_word two_words in_nearly_all filtered nothing; do row "search, ${name//_/ }" $(of "BenchmarkSearch/$name" "$work/search") "" "≤ 100 µs"; done
  for name in a_typo a_common_typo two_letters hostile; do row "search, ${name//_/ }" $(of "BenchmarkSearch/$name" "$work/search") "" "≤ 1000 µs"; done
}

# metric NAME UNIT FILE prints a figure that a Go benchmark reports in its output.
metric() { awk -v name="$1" -v unit="$2" '$1 ~ "^" name "(-[0-9]+)?$" { for (i = 2; i < NF; i++) if ($(i+1) == unit) printf "%s", $i }' "$3"; }

bench_sending() {
  row "SENDING" "figure" "unit" "" "target"
  go test -run '^$' -bench 'Compose' -cpu 1 ./functions/internal/issue >"$work/sending" 2>&1
  go test -run '^$' -bench 'Writes|Memory' -benchtime 1x ./functions/internal/issue >>"$work/sending" 2>&1
  row "mails composed, one processor" "$(metric BenchmarkCompose mails/s "$work/sending")" "a second" "" "≥ 2000"
  row "writes of rows" "$(metric BenchmarkWrites row-writes/recipient "$work/sending")" "a recipient" "" "≤ 3"
  local n
  for n in 1000 100000 1000000; do row "memory held while sending to $n" "$(metric "BenchmarkMemory/$n" MB-held "$work/sending")" "MB" "" "flat"; done
  SEND_TIMES=100000 go test -count=1 -run SendTimes -v ./functions/internal/issue 2>&1 | sed -n 's/.*bench_test.go:[0-9]*: /  by a simulated clock, /p'
}

bench_memory() {
  local before after urls
  row "MEMORY: own memory (anonymous) of the pages program, MB" "at start" "after all" "" "target"
  read -r before after urls < <("$work/bench" memory "$work/pages$largest")
  row "after serving $urls URLs of $largest articles" "$before" "$after" "" "≤ 16"
}

hugo_tool() {
  [ -x "$tools/bin/hugo" ] && return 0
  GOFLAGS= GOBIN=$tools/bin timeout 900 go install github.com/gohugoio/hugo@v0.165.0 >"$work/hugo" 2>&1
}

bench_build() {
  local n ours hugo packed full=
  megabytes() { ratio "$(stat -c %s "$1")" 1000000; }
  row "BUILD: the same Markdown, clean, seconds" "ours" "hugo" "ratio" "target"
  hugo_tool || missing hugo "go install github.com/gohugoio/hugo@v0.165.0"
  for n in $sizes; do
    [ "$n" -lt 100 ] && continue
    ours=$(<"$work/built$n") hugo=-
    if [ -x "$tools/bin/hugo" ]; then
      cp -r infra/bench/hugo "$work/hugo$n" && mkdir -p "$work/hugo$n/content" && cp -r "$work/content$n/news" "$work/hugo$n/content/"
      hugo=$(seconds "$tools/bin/hugo" --quiet --source "$work/hugo$n" --destination "$work/hugo$n/public" --noBuildLock --cacheDir "$work/hugocache")
    fi
    full=$ours
    row "edition of $n articles in one language, as Hugo's" "$ours" "$hugo" "$(ratio "$ours" "${hugo/-/0}")" "≤ 0.9"
    if [ "$hugo" != - ]; then
      packed=$(seconds "$work/bench" compress "$work/hugo$n/public")
      packed=$(awk -v a="$hugo" -v b="$packed" 'BEGIN { print a + b }')
      row "the same beside Hugo and its pages in gzip 9 and Brotli 5" "$ours" "$packed" "$(ratio "$ours" "$packed")" ""
      rm -rf "$work/hugo$n/public"
    fi
    ours=$(print_edition "$work/content$n" "$work/whole" -parts=false)
    row "the same in whole pages, all in gzip 9 and Brotli 5" "$ours" "$hugo" "$(ratio "$ours" "${hugo/-/0}")" ""
    "$work/bench" generate -n "$n" -languages -o "$work/languages$n" || return
    ours=$(print_edition "$work/languages$n" "$work/languages$n.edition")
    row "the same in the site's two languages, each page in both" "$ours" "$hugo" "$(ratio "$ours" "${hugo/-/0}")" ""
    row "that edition, MB, beside the one in one language" "$(megabytes "$work/languages$n.edition")" "$(megabytes "$work/edition$n")" "" ""
  done
  edited "$full"
  rebuild "$full"
  local size zip
  for n in $sizes; do
    size=$(stat -c %s "$work/pages$n")
    (cd "$work" && cp "pages$n" bootstrap && rm -f b.zip && python3 -m zipfile -c b.zip bootstrap)
    zip=$(stat -c %s "$work/b.zip")
    row "program and zip with $n articles, MB" "$(ratio "$size" 1000000)" "$(ratio "$zip" 1000000)" "" "zip ≤ 50"
  done
}

# edited prints the edition with a cache, edits one article and prints it again:
# what `make edition` does for an editor who deploys.
edited() {
  local article took
  article=$(find "$work/content$largest/news" -name index.md | sort | tail -1)
  again() { CONTENT_DIR=$work/content$largest seconds "$work/broadsheet" edition -cache "$work/cache" -o "$work/again" -as-of 1790000000 -gzip 9 -brotli 5 -parts; }
  again >/dev/null
  sed -i 's/^summary: .*/summary: "Edited before a deployment."/' "$article"
  took=$(again)
  row "edition of $largest articles after one edit, seconds" "$took" "$1 full" "$(ratio "$took" "$1")" "≤ 0.05"
}

# rebuild saves one article under `serve -live` and reads in its log how long the
# site took to be printed anew; then it asks for the page until it shows.
rebuild() {
  local article port=8534 started ended ms
  article=$(find "$work/content$largest/news" -name index.md | sort | head -1)
  ADDR=127.0.0.1:$port DATA_DIR=$work/var CONTENT_DIR=$work/content$largest "$work/broadsheet" serve -live >"$work/serve" 2>&1 &
  pids+=($!)
  for _ in $(seq 600); do curl -fs -o /dev/null "http://127.0.0.1:$port/" && break; sleep 0.2; done
  for round in 1 2 3; do
    sed -i "s/^summary: .*/summary: \"Edited the ${round}th time.\"/" "$article"
    started=$(date +%s%N)
    for _ in $(seq 1000); do
      curl -fs "http://127.0.0.1:$port/news/$(basename "$(dirname "$(dirname "$article")")")/$(basename "$(dirname "$article")")/" | grep -q "Edited the ${round}th" && break
      sleep 0.005
    done
    ended=$(date +%s%N)
    ms=$(((ended - started) / 1000000))
  done
  kill "${pids[-1]}"; wait "${pids[-1]}" 2>/dev/null
  row "save to new page, serve -live, $largest articles, ms" "$ms" "$1 s full" "$(ratio "$ms" "$(awk -v s="$1" 'BEGIN { print s * 1000 }')")" "≤ 300 ms, ≤ 0.05"
}

source infra/bench/serve.sh

for part in $parts; do
  declare -F "bench_$part" >/dev/null || { echo "bench: there is no part $part: BENCH may name start event search sending memory build serve" >&2; exit 2; }
done
echo "bench: $(nproc) processors, load $(cut -d' ' -f1-3 /proc/loadavg), $(go version)"
prepare
if wanted start || wanted memory || wanted build; then editions; fi
for part in start event search sending memory build serve; do
  wanted $part && { echo; "bench_$part"; }
done
echo
echo "bench: done; by load above the figures of wall time are noisy, the ratios less so"
