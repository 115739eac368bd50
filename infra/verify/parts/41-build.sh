# What `sam build` makes of the tree.

# artefacts looks at what a build left: each function's artefact is one static
# program for Linux that asks the Lambda runtime for events, and small enough.
# SAM's own way with Go ends well here too, and leaves an archive instead.
artefacts() {
  local f name zip
  for f in "$1"/.aws-sam/build/*Function; do
    name=${f##*/}
    [ "$(ls "$f")" = bootstrap ] || { echo "$name has more than a program: $(ls "$f")"; return 1; }
    [ -x "$f/bootstrap" ] && head -c 4 "$f/bootstrap" | grep -q ELF || { echo "$name is no program"; return 1; }
    ! grep -aq 'ld-linux' "$f/bootstrap" || { echo "$name is not static"; return 1; }
    polls "$f/bootstrap" || { echo "$name does not ask the runtime for events"; return 1; }
    zip=$(gzip -c "$f/bootstrap" | wc -c)
    echo "$name: $(stat -c %s "$f/bootstrap") bytes, $zip packed"
    [ "$zip" -lt 50000000 ] || { echo "$name is too large for an upload: $zip bytes, 50 MB is the limit"; return 1; }
  done
}

# polls starts a program with an address where nobody listens, as the runtime API.
# A Lambda program asks there and ends with that address in its last words.
polls() {
  local out
  out=$(env -i AWS_LAMBDA_RUNTIME_API=127.0.0.1:9 AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b STORE=dynamodb TABLE=broadsheet JOURNAL=broadsheet-journal \
    QUEUE_URL=http://127.0.0.1:9/queue MAILER=ses MAIL_FROM=a@example.org KEYS="$work/keys.json" SITE_URL=https://example.org timeout 20 "$1" 2>&1)
  [[ $out == *127.0.0.1:9* ]] || { echo "it said: ${out:0:400}"; return 1; }
}

# zipped packs a folder as `sam deploy` does, in a time zone, and prints the hash.
zipped() {
  TZ=$2 "$tools/venv/bin/python" -c '
import hashlib, sys
from samcli.lib.package.utils import make_zip_with_lambda_permissions, zip_folder
with zip_folder(sys.argv[1], zip_method=make_zip_with_lambda_permissions) as (path, _):
    print(hashlib.sha256(open(path, "rb").read()).hexdigest())' "$1"
}

# sam_build builds a fresh copy, edits the content, builds again, and wants the
# edit in the new artefact and equal bytes from a third copy in another folder.
sam_build() {
  python_tools || return
  # A program for this machine's processor can be started here.
  local function copy=$work/copy sam=$tools/venv/bin/sam sum article=content/news/2022/siren-debriefing/index.md
  export ARCH=amd64
  [ "$(uname -m)" != aarch64 ] || ARCH=arm64
  KEYS=$work/keys.json go run ./functions/broadsheet keys new || return 1
  git clone --quiet . "$copy" && cd "$copy" && "$sam" build && artefacts "$copy" || return 1
  sum=$(sha256sum .aws-sam/build/*Function/bootstrap | sha256sum)
  cp .aws-sam/build/PagesFunction/bootstrap "$work/first"
  sed -i 's/^title: .*/title: "An edited title"/' $article
  "$sam" build || return 1
  ! cmp -s "$work/first" .aws-sam/build/PagesFunction/bootstrap || { echo "an edit is not in the new artefact"; return 1; }
  git checkout --quiet $article && "$sam" build || return 1
  git clone --quiet . "$work/other" && cd "$work/other" && "$sam" build || return 1
  [ "$(sha256sum .aws-sam/build/*Function/bootstrap | sha256sum)" = "$sum" ] || { echo "the same commit gave other bytes in another folder"; return 1; }
  for function in Pages Subscription; do
    zipped "$copy/.aws-sam/build/${function}Function" UTC >"$work/zip1" && zipped "$work/other/.aws-sam/build/${function}Function" Asia/Bangkok >"$work/zip2" || return 1
    cmp "$work/zip1" "$work/zip2" || { echo "the zip of $function has other bytes in another folder and time zone"; return 1; }
  done
  artefacts "$copy"
  echo "an edit is in the next build; the same commit gives the same programs and the same zips"
}

part "sam build: fresh, after an edit, and again elsewhere" sam_build
