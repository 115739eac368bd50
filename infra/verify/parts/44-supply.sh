# What the programs are made of: parts, licences, known holes; and the workflows.

# go_tool NAME MODULE@VERSION installs a tool of the Go module proxy.
go_tool() {
  [ -x "$tools/bin/$1" ] || three_times env GOBIN="$tools/bin" GOFLAGS= go install "$2"
}

# bill_of_materials writes a CycloneDX list of what each deployed program holds,
# and wants every module of the binary in it.
bill_of_materials() {
  go_tool cyclonedx-gomod github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 || return
  local name module
  mkdir -p "$work/sbom"
  for name in pages subscription newsletter feedback ready keys broadsheet; do
    CGO_ENABLED=0 go build -tags lambda.norpc -o "$work/sbom/$name" "./functions/$name" || return 1
    "$tools/bin/cyclonedx-gomod" bin -json -noserial -output "$work/sbom/$name.json" "$work/sbom/$name" 2>"$work/sbom/log" || { cat "$work/sbom/log"; return 1; }
    for module in $(go version -m "$work/sbom/$name" | awk '$1 == "dep" { print $2 }'); do
      grep -qF "\"$module\"" "$work/sbom/$name.json" || { echo "$module of $name is not in the list"; return 1; }
    done
    echo "$name: $(go version -m "$work/sbom/$name" | grep -c '	dep	') modules"
  done
}

# licences lists the licence of each module that go.mod brings, and refuses one
# that asks for more than a notice, or where none is found.
licences() {
  go_tool cyclonedx-gomod github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 || return
  command -v python3 >/dev/null || return 77
  "$tools/bin/cyclonedx-gomod" mod -json -licenses -noserial -output "$work/modules.json" . 2>"$work/licences.log" || { cat "$work/licences.log"; return 1; }
  python3 - "$work/modules.json" <<'PYTHON'
import collections, json, sys

# BSD-Source-Code is what the tool calls the BSD licence of golang.org/x.
ALLOWED = {"BSD-Source-Code", "MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "Unlicense", "0BSD", "Zlib", "MPL-2.0"}
found = {}
for path in sys.argv[1:]:
    for c in json.load(open(path)).get("components", []):
        if c["name"].startswith("broadsheet") or c["name"] == "std":
            continue
        said = c.get("licenses") or c.get("evidence", {}).get("licenses") or []
        found[f"{c['name']}@{c.get('version', '')}"] = sorted({l["license"].get("id") or l["license"].get("name") for l in said})
bad = {n: l for n, l in found.items() if not l or not set(l) <= ALLOWED}
for name in sorted(found):
    print(name, *found[name])
print(dict(collections.Counter(l for ls in found.values() for l in ls)))
if bad or not found:
    sys.exit(f"these licences ask for more than a notice, or were not found: {bad}")
print(f"{len(found)} modules, all with a licence that asks for a notice at most")
PYTHON
}

# vulnerabilities asks the live database, or the dated copy beside the repository
# where that cannot be reached, and says which. First an old module is planted,
# to see that holes are found at all.
vulnerabilities() {
  go_tool govulncheck golang.org/x/vuln/cmd/govulncheck@v1.9.0 || return
  local db=() planted=$work/planted
  if curl -sf --max-time 20 -o /dev/null https://vuln.go.dev/index/db.json; then
    echo "asked: the live database"
  elif [ -f ../shared/vulndb/index/db.json ]; then
    db=(-db "file://$(cd ../shared/vulndb && pwd)")
    echo "asked: the copy in ../shared/vulndb, newest entry $(sed 's/.*"modified": *"\([^"]*\)".*/\1/' ../shared/vulndb/index/db.json); the live database is not reached"
  else
    echo "neither the live database nor ../shared/vulndb is there"
    return 77
  fi
  mkdir -p "$planted"
  printf 'module planted\n\ngo 1.22\n\nrequire golang.org/x/net v0.20.0\n' >"$planted/go.mod"
  printf 'package main\n\nimport (\n\t"net/http"\n\n\t"golang.org/x/net/http2"\n)\n\nfunc main() {\n\t_ = http2.ConfigureServer(&http.Server{}, &http2.Server{})\n\t(&http2.Server{}).ServeConn(nil, nil)\n}\n' >"$planted/main.go"
  (cd "$planted" && GOFLAGS=-mod=mod go mod tidy >/dev/null 2>&1; GOFLAGS=-mod=mod "$tools/bin/govulncheck" "${db[@]}" ./... >"$work/vuln-planted" 2>&1)
  grep -q "golang.org/x/net@v0.20.0" "$work/vuln-planted" || { echo "a planted old module was not found:"; tail -n 20 "$work/vuln-planted"; return 1; }
  echo "a planted old module is found: $(grep -oE 'GO-[0-9]+-[0-9]+' "$work/vuln-planted" | sort -u | tr '\n' ' ')"
  "$tools/bin/govulncheck" "${db[@]}" ./... || return 1
}

# workflows are read by the tool that knows GitHub's grammar; scripts by
# shellcheck, where Debian has it.
workflows() {
  go_tool actionlint github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 || return
  debian shellcheck shellcheck || return
  "$tools/bin/actionlint" .github/workflows/*.yaml && shellcheck -x infra/deploy.sh && echo "workflows and scripts have no finding"
}

part "supply: a bill of materials of each program (CycloneDX)" bill_of_materials
part "supply: licences" licences
part "supply: known vulnerabilities" vulnerabilities
part "supply: workflows and scripts" workflows
