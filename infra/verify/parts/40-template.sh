# The template and what SAM builds of it.

template() { python_tools && "$tools/venv/bin/cfn-lint" template.yaml && "$tools/venv/bin/sam" validate --lint; }

# sam_build builds, checks that each artefact is a static program, edits the
# content and checks that the edit is in the new artefact.
sam_build() {
  python_tools || return
  local copy=$work/copy f
  git clone --quiet . "$copy" && cd "$copy" && "$tools/venv/bin/sam" build || return 1
  for f in PagesFunction SubscriptionFunction; do
    head -c 4 ".aws-sam/build/$f/bootstrap" | grep -q ELF || { echo "$f is not a program"; return 1; }
    ! grep -aq 'ld-linux' ".aws-sam/build/$f/bootstrap" || { echo "$f is not static"; return 1; }
  done
  cp .aws-sam/build/PagesFunction/bootstrap "$work/first"
  sed -i 's/^title: Operation SIREN.*/title: Operation SIREN, edited/' content/news/2022/siren-debriefing/index.md
  "$tools/venv/bin/sam" build || return 1
  ! cmp -s "$work/first" .aws-sam/build/PagesFunction/bootstrap || { echo "an edit is not in the new artefact"; return 1; }
}

part "template: cfn-lint and sam validate" template
part "sam build: static programs, and an edit is in the next one" sam_build
