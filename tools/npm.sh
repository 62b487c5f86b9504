#!/bin/sh
# Installs the npm packages of a folder in a folder of .tools, in the versions of its package-lock.json, and runs no
# script of theirs. Chromium comes as a compressed file: it is unpacked beside them.
#
#   npm.sh FROM TO
set -eu

from=$1 to=$2
mkdir -p "$to"
cp "$from/package.json" "$from/package-lock.json" "$to"
cd "$to"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

packed=node_modules/@sparticuz/chromium/bin
[ -d $packed ] || exit 0
rm -rf chromium
mkdir chromium
for file in chromium al2023.tar fonts.tar; do
  node -e 'process.stdin.pipe(require("zlib").createBrotliDecompress()).pipe(process.stdout)' \
    < $packed/$file.br > chromium/$file
done
cd chromium
chmod +x chromium
for file in *.tar; do
  tar -xf "$file"
  rm "$file"
done
rm -r "../$packed"
