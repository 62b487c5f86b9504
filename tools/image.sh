#!/bin/sh
# Makes the image of a release of Debian, from which the lab boots machines by the real systemd: what Azure's images
# have that matters to a proxy, and in /srv/mirror the packages that an instance installs at its first boot.
#
#   image.sh RELEASE DIRECTORY [PACKAGE]   with one package more
set -eu

release=$1 image=$2
tools=$(cd "$(dirname "$0")" && pwd)

if [ "$(id -u)" -ne 0 ]; then
  echo "not run: the checks under a real systemd (an image of Debian takes root to make)"
  echo "what to do: run make with sudo"
  exit 1
fi >&2

# A newer release is signed with keys that a machine may not have, but bookworm's image has.
keys=$(dirname "$image")/bookworm/usr/share/keyrings
if [ "$release" = bookworm ]; then keys=/usr/share/keyrings; fi

# ssh, time and name servers, unattended updates and logrotate are at work on an instance beside Squid.
packages=systemd-sysv,dbus,libpam-systemd,systemd-resolved,systemd-timesyncd,cloud-init,openssh-server,sudo,iproute2
packages=$packages,ca-certificates,unattended-upgrades,needrestart,logrotate,kmod,netbase,procps${3:+,$3}

rm -rf "$image" "$image.new"
mkdir -p "$(dirname "$image")"
# A mirror that lags behind will do, signed as it is.
# shellcheck disable=SC2016 # mmdebstrap's own variables
if ! said=$(mmdebstrap --mode=root --variant=minbase --keyring="$keys" --include="$packages" \
  --aptopt='Acquire::Check-Valid-Until "false"' \
  --customize-hook='rm -f "$1"/var/cache/apt/archives/*.deb' \
  --customize-hook='APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -q -y install --download-only squid nftables' \
  --customize-hook='mkdir "$1/srv/mirror" && mv "$1"/var/cache/apt/archives/*.deb "$1/srv/mirror"' \
  --customize-hook="copy-in $tools/mirror.sh /srv/mirror" \
  --customize-hook="chroot \"\$1\" /srv/mirror/mirror.sh $release" \
  "$release" "$image.new" 2>&1); then
  printf '%s\n' "$said" | tail -n 20
  rm -rf "$image.new"
  exit 1
fi >&2
mv "$image.new" "$image"
