# The built site in a real browser: accessibility, keyboard, speed.

# browser runs infra/verify/browser on every page of the running site.
browser() {
  debian chromium chromium && node_tools axe-core@4.14.1 || return
  local base server status
  serve 8498 || return
  SITE=$base NODE_MODULES=$tools/node_modules go test -count=1 -timeout 20m -v ./infra/verify/browser
  status=$?
  unserve
  return $status
}

# lighthouse wants 100 in every category on a phone for a page of each kind.
lighthouse() {
  debian chromium chromium && node_tools lighthouse@12.8.2 || return
  local base server status
  serve 8497 || return
  NODE_MODULES=$tools/node_modules node infra/verify/lighthouse.mjs "$base" / /news/2022/siren-debriefing/ /news/ /search /newsletter/
  status=$?
  unserve
  return $status
}

part "browser: axe-core in four ways, keyboard, links, no other host" browser
part "lighthouse: 100 in four categories" lighthouse
