#!/bin/bash
# Reads one request per line (a number, a command in Base64), runs it and answers with the number, status, standard output and error, in Base64.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root LC_ALL=C.UTF-8
port=/dev/virtio-ports/mesh-hub-test
until [ -e "$port" ]; do sleep 0.2; done
exec 3<>"$port"
dir=$(mktemp -d)
cd /root || exit 1
printf 'ready %s\n' "$(cat /proc/sys/kernel/random/boot_id)" >&3
while IFS=' ' read -r -u 3 number command; do
  bash -c "$(base64 -d <<<"$command")" >"$dir/out" 2>"$dir/err" </dev/null 3>&-
  status=$?
  printf '%s %s %s %s\n' "$number" "$status" "$(base64 -w0 "$dir/out" | sed 's/^$/=/')" "$(base64 -w0 "$dir/err" | sed 's/^$/=/')" >&3
done
