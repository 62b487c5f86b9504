#!/bin/sh
# Compiles the rehearsal and the Pulumi CLI into .tools/bin: in one go build, which compiles what they share once and
# keeps all cores busy. The CLI has the version of go.mod, which the Automation API insists on. With "rehearsal" as
# argument, the CLI is left out where this machine has one.
set -eu

pulumi=github.com/pulumi/pulumi
cli=$pulumi/pkg/v3/cmd/pulumi
cd "$(dirname "$0")/../rehearsal"
GOFLAGS=$(../tools/goflags.sh)
export GOFLAGS

if [ "${1-}" = rehearsal ] && command -v pulumi >/dev/null; then
  cli=''
fi
# shellcheck disable=SC2086 # of the CLI, there may be none
[ -x ../.tools/bin/rehearsal ] || ../tools/fetch.sh . $cli
if [ -z "$cli" ]; then
  exec go build -o ../.tools/bin/ .
fi
version=$(go list -m -f '{{.Version}}' $pulumi/pkg/v3)
go build -o ../.tools/bin/ -ldflags "$cli=-X $pulumi/sdk/v3/go/common/version.Version=$version" . $cli
