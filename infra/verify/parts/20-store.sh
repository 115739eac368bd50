# The stores on emulators.

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

part "store: the contract on an emulated DynamoDB (moto)" dynamodb
