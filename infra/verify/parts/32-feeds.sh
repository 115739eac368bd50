# What machines read, in the eyes of parsers and schemas that we did not write.

feed_tools() {
  [ -x "$tools/feeds/bin/python3" ] && "$tools/feeds/bin/python3" -c 'import atoma, feedparser' 2>/dev/null && return 0
  command -v python3 >/dev/null && python3 -m venv "$tools/feeds" || return 77
  three_times "$tools/feeds/bin/pip" install --quiet feedparser==6.0.14 atoma==0.0.17
}

feeds() {
  feed_tools || return
  local base server status
  serve 8496 || return
  "$tools/feeds/bin/python3" infra/verify/feeds.py "$base"
  status=$?
  unserve
  return $status
}

# sitemaps holds all sitemaps against the protocol's schema, and follows each
# address in them.
sitemaps() {
  debian xmllint libxml2-utils || return
  node_tools sitemap@9.0.1 || return
  local base server status=0 url n=0
  mkdir -p "$work/xsd" && cp infra/verify/schemas/*.xsd "$work/xsd/" || return 1
  cp "$tools/node_modules/sitemap/schema/sitemap.xsd" "$work/xsd/protocol.xsd" || return 77
  serve 8495 || return
  for url in $(curl -s "$base/robots.txt" | sed -n 's/^Sitemap: //p'); do
    curl -s "$url" >"$work/sitemap.xml" && xmllint --noout --nonet --schema "$work/xsd/sitemap.xsd" "$work/sitemap.xml" || status=1
    for page in $(grep -o '<loc>[^<]*' "$work/sitemap.xml" | cut -c6-); do
      n=$((n + 1))
      [ "$(curl -s -o /dev/null -w '%{http_code}' "$page")" = 200 ] || { echo "$url names $page, which is not there"; status=1; }
    done
  done
  unserve
  [ "$n" -ge 200 ] || { echo "only $n addresses are in the sitemaps"; return 1; }
  echo "$n addresses"
  return $status
}

# linked_data holds the JSON-LD of every page against schema.org's types.
linked_data() {
  node_tools schema-dts@1.1.5 typescript@5.9.2 || return
  local base server status
  serve 8494 || return
  # Beside the packages, since the compiler looks for types upwards from there.
  mkdir -p "$tools/linked" && python3 infra/verify/linked.py "$base" >"$tools/linked/linked.ts"
  status=$?
  unserve
  [ $status = 0 ] || return $status
  echo '{"compilerOptions": {"noEmit": true, "strict": true, "skipLibCheck": true, "types": [], "module": "nodenext", "moduleResolution": "nodenext", "target": "es2022"}, "files": ["linked.ts"]}' >"$tools/linked/tsconfig.json"
  (cd "$tools/linked" && node ../node_modules/typescript/bin/tsc -p .) && echo "$(($(wc -l <"$tools/linked/linked.ts") - 1)) pages describe themselves as schema.org has it"
}

part "feeds: Atom, RSS, JSON Feed by feedparser and atoma" feeds
part "feeds: sitemaps by their schema" sitemaps
part "feeds: linked data by schema.org's types" linked_data
