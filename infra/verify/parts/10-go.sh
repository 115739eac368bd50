# The Go tree itself: format, modules, reproducible builds.

formatted() {
  local bad
  bad=$(gofmt -l functions embed.go) && [ -z "$bad" ] || { echo "not formatted: $bad"; return 1; }
}

tidy() { go mod tidy -diff; }

# same_bytes builds one commit in two folders.
same_bytes() {
  local n
  for n in 1 2; do
    git clone --quiet . "$work/build$n" && (cd "$work/build$n" && make -s build >/dev/null) || return 1
  done
  cmp "$work/build1/bin/pages/bootstrap" "$work/build2/bin/pages/bootstrap" &&
    cmp "$work/build1/bin/subscription/bootstrap" "$work/build2/bin/subscription/bootstrap" && echo "two builds are equal byte for byte"
}

completion() {
  debian fish fish && debian zsh zsh || return 77
  go test -count=1 -run TestCompletion ./functions/broadsheet
}

part "go: formatted" formatted
part "go: modules are tidy" tidy
part "go: two builds in two folders have the same bytes" same_bytes
part "broadsheet: bash, fish and zsh complete its commands" completion
