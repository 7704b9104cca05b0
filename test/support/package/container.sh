#!/bin/bash
# Runs an image as docs/packages.md says: root read-only, no capability, volumes and /tmp the only places that take files. It stands in a
# network, mounts and processes of its own; the variables are those of containerfile.ts, the volumes are folders below $kept.
set -euo pipefail
step() { echo "step: $*"; }
mapfile -t environment <<<"$environment"
mapfile -t entrypoint <<<"$entrypoint"
mapfile -t command <<<"$command"
mapfile -t healthcheck <<<"$healthcheck"

ip link set lo up
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
# A new volume has what stands at its place in the image.
for volume in $volumes; do
  mkdir -p "$kept$(dirname "$volume")"
  cp -a "$root$volume" "$kept$volume"
  mount --bind "$kept$volume" "$root$volume"
done
mount -o remount,bind,ro "$root"
echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start

# As the user of the image; root of the container has no more rights over the root.
inside() {
  exec chroot "$root" setpriv --reuid="${1:?}" --regid="$1" --init-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
    env -i "${environment[@]}" sh -c 'cd "$0" && exec "$@"' "$workdir" "${@:2}"
}
container() { (inside "$user" "$@"); }

container "${entrypoint[@]}" init --yes --no-check --hostname relay.alias.example --domain alias.example --address 127.0.0.1 \
  --alias team@alias.example=one@destination.example >/dev/null
config=$kept/etc/dkim2-relay/relay.config.ts
sed -i "s,^  domains:,  routes: { 'destination.example': 'file:/var/lib/dkim2-relay/inbox' }\,\n&," "$config"
step configured "$(stat -c %a "$config" "$kept/var/lib/dkim2-relay/keys" | tr '\n' ' ')"

container "${healthcheck[@]}" >/dev/null 2>&1 && { echo 'healthy before it runs'; exit 1; }
mkfifo "$kept/started" "$kept/log"
(inside "$user" "${entrypoint[@]}" "${command[@]}") >"$kept/started" 2>"$kept/log" &
relay=$!
exec 3<"$kept/started" 4<"$kept/log"
if ! read -r -t 60 _ <&3; then cat <&4; exit 1; fi
grep -q '^Uid:.*\b0\b' "$root/proc/$relay/status" && { echo 'runs as root'; exit 1; }
grep -q '^CapEff:\s*0*$' "$root/proc/$relay/status"
step started as a user without a capability
for port in $ports; do exec 5<>"/dev/tcp/127.0.0.1/$port"; exec 5>&-; done
step listens on $ports
container "${healthcheck[@]}" >/dev/null
step healthy

for place in / /usr /etc /var /run "$workdir/.."; do
  for who in root "$user"; do
    (inside "$who" touch "$place/written") 2>/dev/null && { echo "$who writes to $place"; exit 1; }
  done
done
container touch /tmp/written "$workdir/written"
step writes to its volumes and to /tmp only

container "${entrypoint[@]}" send --server 127.0.0.1:25 --from you@origin.example --to team@alias.example | grep -q queued
while read -r -t 60 line <&4; do case $line in *'"msg":"delivered"'*) break ;; esac; done
step delivered "$(ls "$kept/var/lib/dkim2-relay/inbox" | wc -l)"

kill -s "$stopSignal" "$relay"
wait "$relay"
step stopped by "$stopSignal"
