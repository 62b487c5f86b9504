#!/bin/sh
# GOFLAGS for everything that is compiled here: the same flags everywhere, because other flags compile everything once
# more.
#
# Of these modules nothing is worth optimising or stepping through. They are the largest that are compiled: Pulumi's
# Azure SDK is one package of seven megabytes and five large ones, Azure's own has Azure's models, and the rest is what
# the Pulumi CLI links for commands that nobody gives here. Without either, the largest package compiles in two thirds
# of the time and 2.8 instead of 4.8 GB, and all of the CLI in nine tenths.
# The compiler collects its garbage later, up to 3 GiB of it: that saves a fifth of its time.
# The commit is not stamped into executables: they would be linked anew after each one.
set -eu

given=$(go env GOFLAGS)
case $given in
  *pulumi-azure-native-sdk*)
    echo "$given"
    exit
    ;;
esac
flags="$given -buildvcs=false '-toolexec=env GOGC=400 GOMEMLIMIT=3GiB'"
for module in pulumi/pulumi-azure-native-sdk Azure/azure-sdk-for-go/sdk/resourcemanager pb33f/libopenapi \
  aws/aws-sdk-go-v2 envoyproxy/go-control-plane; do
  flags="$flags '-gcflags=github.com/$module/...=-N -l -dwarf=false'"
done
echo "$flags"
