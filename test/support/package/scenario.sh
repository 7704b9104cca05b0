#!/bin/bash
# Runs in a clean root, in network and processes of its own: what an administrator does with the package, step by step.
set -euo pipefail
step() { echo "step: $*"; }
unit=/usr/lib/systemd/system/dkim2-relay.service
of_unit() { sed -n "s/^$1=//p" "$unit"; }

# As the unit starts it: its user, its environment, its one capability.
start() {
  local capability
  capability=$(of_unit AmbientCapabilities | tr A-Z a-z | sed 's/^cap_//')
  rm -f /tmp/started /tmp/log
  mkfifo /tmp/started /tmp/log
  setpriv --reuid="$(of_unit User)" --regid="$(of_unit Group)" --init-groups --no-new-privs --bounding-set="-all,+$capability" \
    --inh-caps="-all,+$capability" --ambient-caps="-all,+$capability" \
    env -i PATH="$PATH" $(of_unit Environment) $(of_unit ExecStart) --json >/tmp/started 2>/tmp/log &
  relay=$!
  exec 3</tmp/started 4</tmp/log
  if ! read -r -t 60 line <&3; then cat <&4; exit 1; fi
}
logged() { while read -r -t 60 line <&4; do case $line in *"$1"*) return 0 ;; esac; done; return 1; }
stop() { kill -TERM "$relay"; wait "$relay"; exec 3<&- 4<&-; }

dpkg --install /old.deb
step installed "$(dkim2-relay --version)"

dkim2-relay init --yes --no-check --hostname relay.alias.example --domain alias.example --address 127.0.0.1 \
  --alias team@alias.example=one@destination.example >/dev/null
config=/etc/dkim2-relay/relay.config.ts
sed -i "s,^  domains:,  routes: { 'destination.example': { host: '127.0.0.1'\, port: 9 } }\,\n&," "$config"
step configured "$(stat -c '%U %a' $config /var/lib/dkim2-relay/keys | tr '\n' ' ')"

start
dkim2-relay health
grep -q '^Uid:.*\b0\b' "/proc/$relay/status" && exit 1
step started on 25 and 842 without root
dkim2-relay send --server 127.0.0.1:25 --from you@origin.example --to team@alias.example | grep -o 'queued'
step sent

dpkg --install /new.deb
stop
step upgraded "$(dkim2-relay --version)"
backup=$(ls /var/backups/dkim2-relay/*.tar)
step saved "$(basename "$backup") $(stat -c %a "$backup")"

sed -i "s,{ host: '127.0.0.1'\, port: 9 },'file:/var/lib/dkim2-relay/inbox'," "$config"
start
dkim2-relay queue retry --all
logged '"msg":"delivered"'
stop
step delivered "$(ls /var/lib/dkim2-relay/inbox | wc -l)"

dpkg --remove dkim2-relay
[ ! -e /usr/bin/dkim2-relay ] && [ ! -e /usr/lib/dkim2-relay ]
step removed, kept "$(ls /var/lib/dkim2-relay/data/relay.sqlite)"
dpkg --purge dkim2-relay
[ ! -e /var/lib/dkim2-relay ] && [ ! -e /etc/dkim2-relay ] && ! getent passwd dkim2-relay
step purged
