#!/bin/sh
# GOFLAGS for everything that is compiled here: the same flags everywhere, because other flags compile everything once
# more.
#
# The Azure SDK is one package of seven megabytes and five large ones. Nothing in it is worth optimising or stepping
# through: without either, its largest package compiles in two thirds of the time and 2.8 instead of 4.8 GB.
# The commit is not stamped into executables: they would be linked anew after each one.
set -eu

given=$(go env GOFLAGS)
case $given in
  *pulumi-azure-native-sdk*) echo "$given" ;;
  *) echo "$given -buildvcs=false '-gcflags=github.com/pulumi/pulumi-azure-native-sdk/...=-N -l -dwarf=false'" ;;
esac
