# The built site in the eyes of checkers.

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

part "html: every page by the Nu checker" html
