# The JSON schemas in the tools that editors of text use.

# editors copies what an editor opens and writes the schemas beside it.
editors() {
  rm -rf "$work/editors" && mkdir "$work/editors" && cp -r content .vscode .remarkrc.yaml "$work/editors" || return
  go build -o "$work/broadsheet" ./functions/broadsheet && (cd "$work/editors" && "$work/broadsheet" schema) || return
  ln -s "$tools/node_modules" "$work/editors/node_modules"
}

# front_matter: remark finds nothing in our own files, and one spoilt word.
front_matter() {
  node_tools remark-cli@12.0.1 remark-frontmatter@5.0.0 remark-lint-frontmatter-schema@3.15.4 && editors || return
  cd "$work/editors" && node node_modules/remark-cli/cli.js content --quiet --frail || return 1
  sed -i 's/^mode: .*/mode: offsite/' content/news/2022/siren-debriefing/index.md
  node node_modules/remark-cli/cli.js content --quiet --frail >spoilt 2>&1 && { echo "a spoilt file was not found"; return 1; }
  grep -q 'Must be equal to one of the allowed values' spoilt && echo "remark: our own front matter is valid, a spoilt one is not"
}

# data_files: so does yaml-language-server, with the settings of the repository.
data_files() {
  node_tools yaml-language-server@1.19.2 && editors || return
  python3 infra/verify/language_server.py "$work/editors" "$tools/node_modules/yaml-language-server/bin/yaml-language-server"
}

part "editors: front matter by remark" front_matter
part "editors: data files by yaml-language-server" data_files
