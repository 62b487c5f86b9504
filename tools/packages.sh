#!/bin/sh
# Makes sure that the named commands are here, installing their Debian or Ubuntu packages where that is possible.
# Where it is not, every check that will not run is named, and the exit is not 0: a check that did not run has not
# passed.
set -eu

PATH=$PATH:/usr/sbin:/sbin # squid, ip and nft live there, which a user's PATH may leave out

package() {
  case $1 in
    ip) echo iproute2 ;;
    nft) echo nftables ;;
    gcc) echo gcc libc6-dev ;;
    node) echo nodejs ;;
    mmdebstrap) echo mmdebstrap debian-archive-keyring ;;
    systemd-nspawn) echo systemd-container ;;
    qemu-system-x86_64) echo qemu-system-x86 ;;
    mkfs.ext4) echo e2fsprogs ;;
    *) echo "$1" ;;
  esac
}

check() {
  case $1 in
    squid) echo 'the proxy checks, real Squid under the deployed configuration' ;;
    cloud-init) echo 'the boot checks, an instance started from its custom data' ;;
    ip | nft) echo 'the network checks, sensors and load balancer in network namespaces' ;;
    faketime) echo 'the tests in which Squid counts minutes' ;;
    mmdebstrap | systemd-nspawn) echo 'the checks under a real systemd, instances booted from images of Debian' ;;
    qemu-system-x86_64 | mkfs.ext4) echo 'the checks on a kernel of its own, a virtual machine' ;;
    gcc) echo 'all tests, because the race detector needs a C compiler' ;;
    node | npm) echo 'all tests, because some run on Node.js or in a browser from npm' ;;
    *) echo "$1" ;;
  esac
}

missing='' packages=''
for command in "$@"; do
  if ! command -v "$command" >/dev/null; then
    missing="$missing $command"
    packages="$packages $(package "$command")"
  fi
done
[ -n "$missing" ] || exit 0

give_up() {
  for command in $missing; do
    echo "not run: $(check "$command") ($command is missing)"
  done
  echo "what to do: $1, then run make again"
  exit 1
} >&2

root() { "$@"; }
command -v apt-get >/dev/null || give_up "install$packages with this system's package manager"
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null ||
    give_up "run 'sudo apt-get install$packages', which this user may not do without a password"
  root() { sudo -n "$@"; }
fi

# Debian starts the services that it installs. These are wanted as programs only: policy-rc.d keeps them from starting
# now, systemctl from starting with the machine. A policy that is already there is its owner's.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'root rm -f $policy' EXIT
  trap 'exit 1' INT TERM
  printf '#!/bin/sh\nexit 101\n' | root tee $policy >/dev/null
  root chmod 755 $policy
fi

echo "installing$packages"
# shellcheck disable=SC2086 # a list of packages, split on purpose
if ! { root apt-get -q update && root env DEBIAN_FRONTEND=noninteractive \
  apt-get -q -y -o DPkg::Lock::Timeout=300 install $packages; } >&2; then
  give_up "mend what apt-get says above"
fi

if [ -d /run/systemd/system ]; then
  for command in $missing; do
    case $command in
      squid) root systemctl disable --now squid ;;
      cloud-init) root systemctl disable cloud-init-local cloud-init cloud-config cloud-final ;;
    esac
  done
fi
