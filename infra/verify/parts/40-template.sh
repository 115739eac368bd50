# The template: linters, and every combination of parameters as AWS would see it.

template_lint() { python_tools && "$tools/venv/bin/cfn-lint" template.yaml infra/*.yaml && "$tools/venv/bin/sam" validate --lint; }

# combinations transforms the template for every combination of parameters and
# lints the results, in which a circle of resources shows, as it would on AWS.
# W2001: a parameter whose value the transform has used up. W3002 is for
# templates that are packaged; the transformed ones are only looked at.
combinations() {
  python_tools || return
  local out=$work/combinations
  mkdir -p "$out" && cp -r infra "$out/infra"
  "$tools/venv/bin/python" infra/verify/transform.py template.yaml "$out" 2>"$work/transform" || { tail -n 20 "$work/transform"; return 1; }
  "$tools/venv/bin/cfn-lint" --ignore-checks W2001 W3002 -- "$out"/*.json && echo "all of them pass cfn-lint after the transform"
}

# checkov reads the templates; what it is told to leave out stands with its reason
# in infra/verify/checkov.yaml.
checkov_scan() {
  checkov_tools || return
  "$tools/checkov/bin/checkov" --config-file infra/verify/checkov.yaml --compact --quiet -f template.yaml infra/*.yaml
}

part "template: cfn-lint and sam validate" template_lint
part "template: every combination of parameters, transformed and linted" combinations
part "template: checkov" checkov_scan
