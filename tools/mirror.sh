#!/bin/sh
# Makes the packages beside this script a mirror of RELEASE that apt takes, as in Debian's own: mirror.sh RELEASE
set -eu

cd "$(dirname "$0")"
for package in *.deb; do
  dpkg-deb --field "$package"
  printf 'Filename: ./%s\nSize: %s\n' "$package" "$(stat -c %s "$package")"
  printf 'SHA256: %s\n\n' "$(sha256sum "$package" | cut -d ' ' -f 1)"
done >Packages
printf 'Origin: Debian\nLabel: Debian\nSuite: %s\nCodename: %s\nDate: %s\nSHA256:\n %s %s Packages\n' \
  "$1" "$1" "$(date --utc --rfc-email)" "$(sha256sum Packages | cut -d ' ' -f 1)" "$(stat -c %s Packages)" >Release
