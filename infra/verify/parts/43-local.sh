# `sam local start-api`: the programs in containers, the table in an emulator.

# docker_engine starts Debian's Docker engine if none answers. It needs root, and
# a kernel that lets a program make namespaces and mounts: where that is not so,
# no package can mend it, and the part is skipped with that word, in CI too.
docker_engine() {
  docker info >/dev/null 2>&1 && return 0
  debian dockerd docker.io && debian ip iproute2 || return
  # It runs until the part ends, with folders of its own.
  mkdir -p "$work/docker"
  dockerd --data-root "$work/docker/data" --exec-root "$work/docker/exec" --pidfile "$work/docker/pid" >"$work/docker/log" 2>&1 &
  engine=$!
  local n
  for n in $(seq 60); do docker info >/dev/null 2>&1 && return 0; sleep 0.5; done
  echo "the Docker engine does not start:"; tail -n 8 "$work/docker/log"
  if grep -qE "operation not permitted|permission denied|not supported" "$work/docker/log"; then
    echo "NOT PROVEN HERE: this machine lets no Docker engine run. The same programs are proven on an emulated runtime in make test and on the emulated AWS above."
    return 78
  fi
  return 1
}

# base_image makes the image that `sam local` starts the programs on: busybox, the
# certificates, the folders of the Lambda runtime and its user. SAM adds the
# runtime emulator that it carries. The programs are static and need no more.
base_image() {
  docker image inspect public.ecr.aws/lambda/provided:al2023-x86_64 >/dev/null 2>&1 && return 0
  debian busybox busybox-static || return
  local root=$work/base name
  mkdir -p "$root"/{bin,etc/ssl/certs,opt,tmp,usr/bin,usr/local/bin,var/runtime,var/task}
  cp "$(command -v busybox)" "$root/bin/busybox"
  for name in $(busybox --list); do [ "$name" = busybox ] || ln -s busybox "$root/bin/$name"; done
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  chmod 1777 "$root/tmp"
  printf 'root:x:0:0:root:/root:/bin/sh\nsbx_user1051:x:993:990::/tmp:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\nsbx_user1051:x:990:\n' >"$root/etc/group"
  tar -C "$root" -c . | docker import --change 'ENV PATH=/bin:/usr/bin:/usr/local/bin LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime' - public.ecr.aws/lambda/provided:al2023-x86_64 &&
    docker tag public.ecr.aws/lambda/provided:al2023-x86_64 public.ecr.aws/lambda/provided:al2023
}

sam_local() {
  [ "$(uname -m)" = x86_64 ] || { echo "the base image is for x86_64"; return 77; }
  python_tools && ministack_tools || return
  local bridge n base=http://127.0.0.1:5595 emulated=$PWD/infra/verify/emulated.py
  # The containers are in the region of samconfig.toml, and so must the table be.
  unset AWS_REGION AWS_PROFILE
  export AWS_DEFAULT_REGION=ap-southeast-1
  engine="" api="" emulator=""
  trap end_local EXIT
  docker_engine && base_image || return
  KEYS=$work/local.json go run ./functions/broadsheet keys new || return 1
  git clone --quiet . "$work/local" && { [ ! -d .edition/cache ] || cp -r .edition/cache "$work/local/.edition/"; } && cd "$work/local" && ARCH=amd64 SITE_URL=$base "$tools/venv/bin/sam" build || return 1
  # The containers reach the emulator at the bridge's own address.
  bridge=$(ip -4 -o addr show docker0 | sed 's/.*inet \([0-9.]*\).*/\1/')
  ministack "$bridge" 5596 && "$tools/venv/bin/python" "$emulated" laptop "$work/local.json" || return 1
  sed -i "s#http://127.0.0.1:3000#$base#; s#\"AWS_ENDPOINT_URL\": \"\"#\"AWS_ENDPOINT_URL\": \"$AWS_ENDPOINT_URL\"#" infra/local.json
  # Keys of an account that does not exist cost a wait at each command.
  env -u AWS_ENDPOINT_URL -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY "$tools/venv/bin/sam" local start-api --skip-pull-image --port 5595 \
    --env-vars infra/local.json --parameter-overrides Architecture=x86_64 >"$work/start-api" 2>&1 &
  api=$!
  for n in $(seq 240); do curl -s -o /dev/null --max-time 60 "$base/version" && break; sleep 0.5; done
  if ! walk_local; then
    tail -n 30 "$work/start-api"
    return 1
  fi
  for n in 1 2 3; do curl -s -o /dev/null -w 'a warm page takes %{time_total} s\n' "$base/"; done
}

# end_local ends what was started: SAM first, which takes its containers away, then
# the engine, so that nothing holds its folders when they are deleted.
end_local() {
  [ -z "$api" ] || { kill "$api"; wait "$api"; }
  [ -z "$emulator" ] || kill "$emulator"
  [ -n "$engine" ] || return 0
  docker ps -aq | xargs -r docker rm -f >/dev/null
  kill "$engine" && wait "$engine"
} 2>/dev/null

# walk_local goes through the site: pages, a compressed body, the form, the mail,
# the confirmation.
walk_local() {
  curl -s "$base/" | grep "Partner Links" >/dev/null || { echo "no home page"; return 1; }
  curl -s --compressed "$base/sitemap.xml" | grep "<loc>$base/" >/dev/null || { echo "no sitemap with this site's address"; return 1; }
  [ "$(curl -s -o /dev/null -w '%{http_code}' "$base/nothing/")" = 404 ] || { echo "no 404"; return 1; }
  curl -s -H 'Sec-Fetch-Site: same-origin' -d 'email=jane@example.org&action=subscribe' "$base/subscription" | grep "look into your mail" >/dev/null || { echo "the form does not work"; return 1; }
  local link
  link=$("$tools/venv/bin/python" "$emulated" links /subscription/confirm | head -n 1)
  [ -n "$link" ] || { echo "no mail with a link to confirm"; return 1; }
  [ "$(curl -s -o /dev/null -w '%{http_code}' -X POST "$base$link")" = 200 ] || { echo "the confirmation does not work"; return 1; }
  echo "pages, form, mail and confirmation work in sam local start-api"
}

part "sam local: the programs in Docker, against an emulated table" sam_local
