# The stores on emulated DynamoDBs. Each runs the whole contract of
# functions/internal/store/storetest. DYNAMODB_ENDPOINT runs it on any other,
# Amazon's DynamoDB Local or a real table included:
#
#   DYNAMODB_ENDPOINT=http://127.0.0.1:8000 go test -run OnEndpoint ./functions/internal/store/dynamo
contract() { DYNAMODB_ENDPOINT=$1 go test -count=1 -run OnEndpoint ./functions/internal/store/dynamo; }

store_on_moto() {
  python_tools || return
  local port=5599 n status
  "$tools/venv/bin/python" infra/verify/serve_moto.py "$port" >"$work/moto" 2>&1 &
  local moto=$!
  for n in $(seq 100); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; sleep 0.2; done
  contract "http://127.0.0.1:$port"
  status=$?
  kill "$moto"
  echo "holes of moto: ClientRequestToken is ignored, batches of 26 are taken, nothing expires, no throttling, no conflicts of transactions, conditions are not atomic"
  return $status
}

store_on_ministack() {
  ministack 127.0.0.1 5598 || return
  contract "$AWS_ENDPOINT_URL"
  local status=$?
  kill "$emulator"
  echo "holes of MiniStack: nothing expires in time, no throttling, no conflicts of transactions, indexes are never behind"
  return $status
}

part "store: the contract on moto" store_on_moto
part "store: the contract on MiniStack" store_on_ministack
