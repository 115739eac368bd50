# At most once, nobody missed: a process that sends is killed again and again.

kills() {
  # 200 kills a store, then the last lease of a minute; the mail service and the
  # table are emulated in the tester's process, which no kill reaches.
  KILLS=${KILLS:-200} go test -count=1 -timeout 15m -v -run '^TestKills$' ./functions >"$work/kills" 2>&1 || {
    tail -n 60 "$work/kills"
    return 1
  }
  grep -E 'kills|planned|ok ' "$work/kills"
}

part "sending: 200 kills on SQLite, 200 on DynamoDB's protocol, nobody gets two mails" kills
