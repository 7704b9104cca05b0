#!/usr/bin/env bash
# clean-root.sh FOLDER [NAME...]: a root of Debian's essential packages, those of the names and what they depend on, out of the files of
# this machine. What a program needs and its package does not say is missing there. To a root that there is, what it lacks is added.
set -euo pipefail
root=$1
shift
packages=$(dpkg-query -W -f '${db:Status-Status}\t${Package}\t${Essential}\t${Pre-Depends},${Depends}\n' | awk -F '\t' -v wanted="$*" '
  # A virtual package is known and not installed.
  $1 == "installed" { needs[$2] = $4; if ($3 == "yes") queue[++last] = $2 }
  END {
    count = split(wanted, names, " ")
    for (at = 1; at <= count; at++) queue[++last] = names[at]
    for (at = 1; at <= last; at++) {
      name = queue[at]
      if (name in found || !(name in needs)) continue
      found[name] = 1
      print name
      many = split(needs[name], parts, ",")
      for (part = 1; part <= many; part++) {
        gsub(/\([^)]*\)|:any| /, "", parts[part])
        others = split(parts[part], choices, "|")
        for (one = 1; one <= others; one++)
          if (choices[one] in needs) { queue[++last] = choices[one]; break }
      }
    }
  }')
mkdir -p "$root"/{usr/bin,usr/sbin,usr/lib,usr/lib64,proc,dev,tmp,run,etc,root,var/lib/dpkg/info,var/lib/dpkg/updates,var/cache,var/backups,var/log}
chmod 1777 "$root/tmp"
status=$root/var/lib/dpkg/status
[ -e "$status" ] || : >"$status"
packages=$(comm -23 <(sort -u <<<"$packages") <(sed -n 's/^Package: //p' "$status" | sort -u))
for link in bin sbin lib lib64; do ln -sfn "usr/$link" "$root/$link"; done
# Images of containers leave documents out, though the lists of packages name them.
dpkg -L $packages | grep -E '^/..' | grep -vE '^/(bin|sbin|lib|lib64|usr/s?bin|usr/lib|usr/lib64|tmp|run|proc|dev)$|^/usr/share/(doc|man|info|locale|lintian)/|^diverted|^$' |
  sort -u | tar -C / --no-recursion --ignore-failed-read -cf - -T - 2>/dev/null | tar -C "$root" --keep-directory-symlink -xf -
# A new file: a copy of this root may share the old one.
{ cat "$status"; dpkg-query -s $packages; echo; } >"$status-more" && mv "$status-more" "$status"
for package in $packages; do cp /var/lib/dpkg/info/"$package".list /var/lib/dpkg/info/"$package":*.list "$root/var/lib/dpkg/info/" 2>/dev/null || true; done
if [ ! -e "$root/etc/passwd" ]; then
  printf 'root:x:0:0:root:/root:/bin/bash\n' >"$root/etc/passwd"
  printf 'root:x:0:\n' >"$root/etc/group"
  printf 'passwd: files\ngroup: files\nhosts: files\n' >"$root/etc/nsswitch.conf"
  printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
fi
chroot "$root" ldconfig
