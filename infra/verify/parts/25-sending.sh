# At most once, nobody missed: a process that sends is killed again and again.

kills() {
  # 200 kills a store, then the last lease of a minute; the mail service and the
  # table are emulated in the tester's process, which no kill reaches.
  KILLS=${KILLS:-200} go test -count=1 -timeout 40m -v -run '^TestKills$' ./functions | grep -E 'kills|planned|FAIL|PASS|ok ' >"$work/kills"
  local status=${PIPESTATUS[0]}
  cat "$work/kills"
  return "$status"
}

part "sending: 200 kills on SQLite, 200 on DynamoDB's protocol, nobody gets two mails" kills
