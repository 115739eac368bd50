# The built site in the eyes of checkers.

# html checks every page of the sitemap, lists, error pages and form answers.
html() {
  command -v java >/dev/null || return 77
  node_tools vnu-jar@26.9.27 || return
  local base server n=0 url
  serve 8499 || return
  mkdir -p "$work/html"
  for url in $(curl -s "$base/sitemap.xml" | grep -o '<loc>[^<]*' | cut -c6-) "$base"/{news/,search,search?q=customs,search?q=customs'&'year=2022,search?q=seminr,search?q=zzzz,news/page/2/,news/2022/,news/2022/09/,topics/,topics/drugs/,countries/,funds/,pillars/,series/,nothing/,subscription/confirm,subscription}; do
    n=$((n + 1))
    curl -s "$url" >"$work/html/$n.html"
  done
  curl -s -d 'email=a&action=subscribe' "$base/subscription" >"$work/html/invalid.html"
  curl -s -d 'email=a@example.org&action=subscribe' "$base/subscription" >"$work/html/requested.html"
  unserve
  [ "$n" -ge 40 ] || { echo "only $n pages were fetched"; return 1; }
  java -jar "$tools/node_modules/vnu-jar/build/dist/vnu.jar" --Werror "$work"/html/*.html && echo "$n pages and the form's answers: no error, no warning"
}

part "html: every page by the Nu checker" html
