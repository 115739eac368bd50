# Part of bench.sh: `broadsheet serve` beside nginx and Caddy.
#
# Alike: the same bytes of the same page, the same headers, one log line a request
# into a file, the connections kept, each server asked by turns. nginx is as
# Debian sets it, with gzip_static, its log lines buffered as ours are. wrk takes
# its share of the same processors, so that requests a second flatter the slower
# server; the processor time of the server alone does not, and is steadier.

# start NAME PORT PAGE COMMAND… starts a server and waits until it answers.
declare -A port=() process=()
serve_start() {
  local name=$1 at=$2 page=$3
  shift 3
  "$@" >"$work/$name.out" 2>"$work/$name.log" &
  pids+=($!)
  for _ in $(seq 300); do
    curl -fs -o /dev/null "http://127.0.0.1:$at$page" && { port[$name]=$at process[$name]=$!; return; }
    sleep 0.2
  done
  echo "FAILED: $name does not start" >&2
  tail -3 "$work/$name.log" >&2
}

# spent prints the processor time of a server and its workers, in ticks.
spent() { awk '{ n += $14 + $15 } END { print n }' $(printf '/proc/%s/stat ' "$1" $(pgrep -P "$1")); }

# load NAME PAGE SECONDS asks a server and prints requests a second and the
# microseconds of processor that the server took for each.
load() {
  local before after
  before=$(spent "${process[$1]}")
  wrk -t1 -c32 -d"$3s" -H 'Accept-Encoding: gzip' "http://127.0.0.1:${port[$1]}$2" >"$work/wrk" 2>&1
  after=$(spent "${process[$1]}")
  awk -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" '/requests in/ { n = $1 } /Requests\/sec/ { s = $2 } END { printf "%.0f %.1f\n", s, ticks / hz * 1e6 / n }' "$work/wrk"
}

# nginx_conf NAME PORT HTTP-DIRECTIVES SERVER-DIRECTIVES
nginx_conf() {
  mkdir -p "$work/$1.d"
  printf 'daemon off; worker_processes auto; pid %s/pid; error_log %s/err;\nevents { worker_connections 768; }\nhttp { sendfile on; tcp_nopush on; keepalive_requests 1000000; types { text/html html; } %s\n' "$work/$1.d" "$work/$1.d" "$3"
  printf '%s_temp_path '"$work/$1.d"'/%s;\n' client_body body proxy proxy fastcgi fastcgi uwsgi uwsgi scgi scgi
  printf 'server { listen 127.0.0.1:%s; root %s/www; gzip_static on; %s } }\n' "$2" "$work" "$4"
}

# peers writes the page and its headers for the others and starts them.
peers() {
  local page=$1 own='^(date|content-length|content-type|content-encoding|etag|vary)$'
  mkdir -p "$work/www$page"
  curl -fs "http://127.0.0.1:${port[broadsheet]}$page" >"$work/www${page}index.html"
  curl -fs -D "$work/head" -H 'Accept-Encoding: gzip' "http://127.0.0.1:${port[broadsheet]}$page" >"$work/www${page}index.html.gz"
  tr -d '\r' <"$work/head" | awk -F': ' -v own="$own" 'NR > 1 && NF > 1 && tolower($1) !~ own { printf "%s \"%s\"\n", $1, substr($0, length($1) + 3) }' >"$work/headers"
  chmod -R a+rX "$work"
  serve_start plain 8538 / "$work/bench" plain 127.0.0.1:8538 "$work/www${page}index.html.gz"
  if command -v nginx >/dev/null; then
    local line='{"time":"$time_iso8601","level":"INFO","msg":"request","id":"$request_id","method":"$request_method","route":"$uri","status":$status,"bytes":$body_bytes_sent,"ms":$request_time}'
    nginx_conf nginx 8536 "log_format line escape=json '$line'; access_log $work/access.log line buffer=32k flush=1s;" "gzip_vary on; $(sed 's/.*/add_header &;/' "$work/headers")" >"$work/nginx.conf"
    serve_start nginx 8536 "$page" nginx -c "$work/nginx.conf" -e "$work/nginx.err"
    nginx_conf bare 8539 "access_log off; open_file_cache max=100;" "" >"$work/bare.conf"
    serve_start bare 8539 "$page" nginx -c "$work/bare.conf" -e "$work/bare.err"
  else missing nginx "apt-get install nginx-light"; fi
  if command -v caddy >/dev/null; then
    printf '{\n admin off\n auto_https off\n}\nhttp://127.0.0.1:8537 {\n log {\n output file %s/caddy.access\n }\n header {\n%s\n }\n root * %s/www\n file_server {\n precompressed gzip\n }\n}\n' "$work" "$(<"$work/headers")" "$work" >"$work/Caddyfile"
    serve_start caddy 8537 "$page" env "HOME=$work" caddy run --config "$work/Caddyfile" --adapter caddyfile
  else missing caddy "apt-get install caddy"; fi
}

bench_serve() {
  command -v wrk >/dev/null || { missing wrk "apt-get install wrk"; return; }
  local page=/news/2022/siren-debriefing/ name round
  declare -A rate=() cost=()
  serve_start broadsheet 8535 / env ADDR=127.0.0.1:8535 DATA_DIR="$work/var2" CONTENT_DIR=content "$work/broadsheet" serve
  [ -n "${port[broadsheet]:-}" ] || return
  peers "$page"
  for name in "${!port[@]}"; do load "$name" "$page" 1 >/dev/null; done # warm
  for round in 1 2 3 4 5; do
    for name in "${!port[@]}"; do
      read -r s us < <(load "$name" "$page" "${BENCH_SECONDS:-2}")
      rate[$name]+="$s " cost[$name]+="$us "
    done
  done
  middle() { tr ' ' '\n' <<<"$1" | grep . | sort -n | sed -n 3p; }
  against() { # NAME PEER TARGET WORDS
    local mine theirs
    [ -n "${rate[$1]:-}" ] && [ -n "${rate[$2]:-}" ] || return
    mine=$(middle "${rate[$1]}") theirs=$(middle "${rate[$2]}")
    row "$4" "$mine" "$theirs" "$(ratio "$mine" "$theirs")" "$3"
    mine=$(middle "${cost[$1]}") theirs=$(middle "${cost[$2]}")
    row "  processor of the server, µs a request" "$mine" "$theirs" "$(ratio "$mine" "$theirs")"
  }
  row "SERVE: an article of $(stat -c %s "$work/www${page}index.html.gz") bytes, requests a second on loopback" "first" "second" "ratio" "target"
  against broadsheet nginx "≥ 1.1" "broadsheet serve, nginx (gzip_static, same headers and log)"
  against broadsheet caddy "≥ 5" "broadsheet serve, Caddy (precompressed, same headers and log)"
  against plain nginx "" "the floor: net/http from memory, nothing else, nginx as above"
  against broadsheet plain "" "broadsheet serve, that floor"
  against broadsheet bare "" "broadsheet serve, nginx bare (no headers, no log, files kept open)"
  echo "wrk (1 thread, 32 connections) shares the $(nproc) processors with each server; 5 rounds by turns, medians"
}
