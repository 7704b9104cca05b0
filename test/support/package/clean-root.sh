#!/usr/bin/env bash
# clean-root.sh FOLDER PACKAGE.deb: a root of Debian's essential packages and what PACKAGE.deb depends on, out of the files of this
# machine. What the package needs and does not say is missing there.
set -euo pipefail
root=$1
names() { tr ',' '\n' | sed 's/([^)]*)//g; s/|.*//; s/:any//; s/ //g' | grep -v '^$' || true; }
essential=$(dpkg-query -W -f '${Essential} ${Package}\n' | sed -n 's/^yes //p')
wanted=$(dpkg-deb -f "$2" Depends | names)
packages=
queue="$essential $wanted"
while [ -n "$queue" ]; do
  next=
  for package in $queue; do
    case " $packages " in *" $package "*) continue ;; esac
    # A virtual package is known and not installed.
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -q '^installed' || continue
    packages="$packages $package"
    next="$next $(dpkg-query -W -f '${Pre-Depends},${Depends}\n' "$package" | head -1 | names | tr '\n' ' ')"
  done
  queue=$(echo $next)
done
mkdir -p "$root"/{usr/bin,usr/sbin,usr/lib,usr/lib64,proc,dev,tmp,run,etc,root,var/lib/dpkg/info,var/lib/dpkg/updates,var/cache,var/backups,var/log}
chmod 1777 "$root/tmp"
for link in bin sbin lib lib64; do ln -s "usr/$link" "$root/$link"; done
for package in $packages; do dpkg -L "$package"; done | grep -vE '^/usr/share/(doc|man|info|locale|lintian)/' | sort -u |
  while read -r file; do if [ -L "$file" ] || [ -f "$file" ]; then echo "$file"; fi; done |
  grep -vE '^/(bin|sbin|lib|lib64)$' | tar -C / --no-recursion -cf - -T - 2>/dev/null |
  tar -C "$root" --keep-directory-symlink -xf -
for package in $packages; do dpkg-query -s "$package"; echo; done >"$root/var/lib/dpkg/status"
for package in $packages; do cp /var/lib/dpkg/info/"$package"{,:*}.list "$root/var/lib/dpkg/info/" 2>/dev/null || true; done
printf 'root:x:0:0:root:/root:/bin/bash\n' >"$root/etc/passwd"
printf 'root:x:0:\n' >"$root/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files\n' >"$root/etc/nsswitch.conf"
printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
chroot "$root" ldconfig
