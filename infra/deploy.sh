#!/usr/bin/env bash
# What `make deploy`, `make rollback`, `make outputs` and `make logs` do.
#
#   deploy.sh deploy          build and deploy the commit that is checked out
#   deploy.sh rollback [TO]   deploy the commit TO, by default the one before
#   deploy.sh outputs         print what the stack has to say
#   deploy.sh logs            follow the logs
#
# STAGE names a part of samconfig.toml (default: the trial). SAM is the SAM CLI.
# TESTED=yes leaves out check and tests, for who has just run them. FETCH is a
# command that prints what is at an address, in place of curl, for emulators.
#
# Whatever is wrong is said in one line before anything is changed.
set -euo pipefail
SAM=${SAM:-sam}
STAGE=${STAGE:-default}
export SAM_CLI_TELEMETRY=0
die() { echo "deploy: $*" >&2; exit 1; }

# setting TABLE KEY prints a value of samconfig.toml.
setting() {
  awk -v table="[$STAGE.$1]" -v key="$2" '
    /^\[/ { inside = ($0 == table) }
    inside && $1 == key && $2 == "=" { gsub(/^[^"]*"|".*$/, ""); print; exit }' samconfig.toml
}

# override NAME prints a parameter that samconfig.toml gives to the stack.
override() {
  awk -v table="[$STAGE.deploy.parameters]" -v name="$1" '
    /^\[/ { inside = ($0 == table) }
    inside && index($0, "\"" name "=") { sub(/^[^=]*=/, ""); sub(/",?[ ]*$/, ""); print; exit }' samconfig.toml
}

# look finds the tools, the stack's name and region, and what runs now.
look() {
  [ -f samconfig.toml ] || die "there is no samconfig.toml here; run this from the root of the repository"
  command -v "$SAM" >/dev/null || die "the SAM CLI is missing: pip install aws-sam-cli, or name it as SAM=…"
  stack=$(setting global.parameters stack_name) region=$(setting global.parameters region)
  # shellcheck disable=SC2015 # die ends the script
  [ -n "$stack" ] && [ -n "$region" ] || die "samconfig.toml has no stage $STAGE with stack_name and region; it has: $(sed -n 's/^\[\(.*\)\.global\.parameters\]/\1/p' samconfig.toml | tr '\n' ' ')"
  local said=${AWS_REGION:-${AWS_DEFAULT_REGION:-$region}}
  [ "$said" = "$region" ] || die "the environment says region $said and samconfig.toml says $region for $STAGE; make them agree"
  local errors
  errors=$(mktemp)
  if outputs=$("$SAM" list stack-outputs --stack-name "$stack" --region "$region" --output json 2>"$errors"); then
    rm "$errors"
    return
  fi
  outputs='[]'
  case $(cat "$errors") in
    *"does not exist"*) ;; # the first deployment
    *redentials* | *"security token"* | *ExpiredToken* | *InvalidClientTokenId*) die "AWS does not know who you are: run aws configure, or aws sso login; infra/RUNBOOK.md, Deploy, has the steps" ;;
    *) die "the stack $stack cannot be looked up: $(grep -v '^ *$' "$errors" | tail -n 1)" ;;
  esac
  rm "$errors"
}

# output NAME prints an output of the stack, nothing if there is none.
output() {
  printf '%s' "$outputs" | tr -d '\n' | sed -n 's/.*"OutputKey": *"'"$1"'", *"OutputValue": *"\([^"]*\)".*/\1/p'
}

# build makes the programs for the stack's processor, and sees that they are
# programs: SAM says nothing when a build leaves something else.
build() {
  local wanted=b700 folder
  ARCH=arm64
  [ "$(override Architecture)" != x86_64 ] || { ARCH=amd64 wanted=3e00; }
  export ARCH
  export SITE_URL=$1
  "$SAM" build --config-env "$STAGE" >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "the build failed, nothing was deployed"; }
  for folder in .aws-sam/build/*Function; do
    [ "$(od -An -tx1 -N4 "$folder/bootstrap" 2>/dev/null | tr -d ' ')" = 7f454c46 ] || die "$folder/bootstrap is no program; nothing was deployed"
    [ "$(od -An -tx1 -j18 -N2 "$folder/bootstrap" | tr -d ' ')" = "$wanted" ] || die "$folder/bootstrap is for another processor than the parameter Architecture says; nothing was deployed"
  done
}

# ship deploys what was built. The release's id is a hash of programs, template
# and parameters: a new id publishes new versions of the programs, a changed
# parameter alone would not.
ship() {
  local id before
  id=$(cat .aws-sam/build/*Function/bootstrap .aws-sam/build/template.yaml samconfig.toml | sha256sum | cut -d' ' -f1)
  before=$(output Release)
  [ "$before" != "$commit" ] || before=$(output Before)
  sed "s/\"ReleaseId=[^\"]*\"/\"ReleaseId=$id\"/; s/\"Release=[^\"]*\"/\"Release=$commit\"/; s/\"Before=[^\"]*\"/\"Before=${before:-''}\"/" samconfig.toml >.aws-sam/deploy.toml
  # In a workflow nobody can say yes, and CARRIER is the role that CloudFormation
  # takes (infra/deployer.yaml).
  if ! "$SAM" deploy --no-progressbar ${CI:+--no-confirm-changeset} ${CARRIER:+--role-arn "$CARRIER"} --config-file "$PWD/.aws-sam/deploy.toml" --config-env "$STAGE" >"$log" 2>&1; then
    grep -q "No changes to deploy" "$log" && die "this commit with these parameters is deployed already"
    grep -E "FAILED|^ {60,}[^ ]" "$log" | tail -n 30 >&2 || true
    die "$(grep -E '^Error: ' "$log" | tail -n 1 | cut -c1-400)"
  fi
  outputs=$("$SAM" list stack-outputs --stack-name "$stack" --region "$region" --output json 2>/dev/null)
}

# compare waits until the site answers with the edition that was built.
compare() {
  local want got n fetch=${FETCH:-curl -sS --max-time 20}
  want=$(go run ./functions/broadsheet version -json)
  for n in 1 2 3 4 5 6 7 8 9 10; do
    got=$($fetch "$1/version" 2>&1) || true
    [ "$got" != "$want" ] || { echo "deploy: $1 answers with $got"; return; }
    sleep "$((n < 5 ? 1 : 5))"
  done
  die "deployed, but $1/version says $got and this tree is $want; infra/RUNBOOK.md, Roll back"
}

# forget empties the CDN, so that no visitor gets a page of the release before.
forget() {
  local id
  id=$(output Distribution)
  [ -n "$id" ] || return 0
  command -v aws >/dev/null || { echo "deploy: the CDN keeps old pages for up to ten minutes; install the AWS CLI to have it emptied at once"; return 0; }
  aws cloudfront create-invalidation --distribution-id "$id" --paths '/*' --query Invalidation.Id --output text
}

deploy() {
  look
  commit=$(git rev-parse --short=12 HEAD 2>/dev/null) || die "this is no git repository; a release is named by its commit"
  [ -z "$(git status --porcelain)" ] || die "there are changes that are not committed; commit them, or nobody can roll back to this release"
  mkdir -p .aws-sam
  log=$PWD/.aws-sam/deploy.log
  if [ "${TESTED:-}" != yes ]; then
    make -s check || die "the content has mistakes, nothing was deployed"
    make -s test >"$log" 2>&1 || { grep -E -- '^\s*--- FAIL|^FAIL|_test.go' "$log" | head -n 20 >&2; die "tests fail, nothing was deployed; all of it is in .aws-sam/deploy.log"; }
  fi
  # Links in pages and mails begin with the site's address. A stack without a
  # domain gets it from AWS when it is made, so the first time builds twice.
  local address
  address=$(override Domain)
  address=${address:+https://$address}
  [ -n "$address" ] || address=$(output SiteUrl)
  build "$address"
  ship
  if [ "$(output SiteUrl)" != "$address" ]; then
    address=$(output SiteUrl)
    echo "deploy: the site is at $address; its links are put right"
    build "$address"
    ship
  fi
  compare "$address"
  forget
  echo "deploy: $commit is at $address"
}

rollback() {
  look
  local to=${1:-}
  [ -n "$to" ] || to=$(output Before)
  [ -n "$to" ] || die "the stack does not know what ran before; say make rollback TO=<commit>"
  git rev-parse --quiet --verify "$to^{commit}" >/dev/null || die "there is no commit $to here; fetch it first"
  root=$PWD tree=$(mktemp -d) # not local: the trap reads them when the script ends
  trap 'git -C "$root" worktree remove --force "$tree/tree" 2>/dev/null; rm -rf "$tree"' EXIT
  git worktree add --quiet --detach "$tree/tree" "$to"
  # Pages that have not changed need no second printing.
  [ ! -d .edition/cache ] || cp -r .edition/cache "$tree/tree/.edition/"
  cd "$tree/tree"
  # It was tested when it was deployed; now time counts.
  TESTED=yes deploy
}

case ${1:-} in
  deploy) deploy ;;
  rollback) rollback "${2:-}" ;;
  outputs) look; "$SAM" list stack-outputs --stack-name "$stack" --region "$region" --output table ;;
  logs)
    look
    groups=$(output Logs)
    [ -n "$groups" ] || die "the stack $stack is not deployed yet"
    # shellcheck disable=SC2046,SC2086 # one option a group
    exec "$SAM" logs --region "$region" --tail $(printf -- '--cw-log-group %s ' $groups)
    ;;
  *) die "say deploy, rollback, outputs or logs" ;;
esac
