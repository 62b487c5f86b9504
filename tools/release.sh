#!/usr/bin/env bash
# Builds every command of cmd/ for release, and their checksums: release.sh DIRECTORY [OS/ARCH...]
# The same commit and Go version give the same bytes: no paths, no C, and the version from the tag.
set -euo pipefail

out=${1:?a directory to write to}
shift
platforms=("$@")
if [ ${#platforms[@]} -eq 0 ]; then
  platforms=(linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64)
fi

mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$(dirname "$0")/.."
for platform in "${platforms[@]}"; do
  for command in cmd/*/; do
    name=$(basename "$command")_${platform/\//_}
    case $platform in windows/*) name+=.exe ;; esac
    CGO_ENABLED=0 GOOS=${platform%/*} GOARCH=${platform#*/} \
      go build -trimpath -ldflags='-s -w' -o "$out/$name" "./$command"
  done
done
cd "$out"
sha256sum -- * >SHA256SUMS
