#!/usr/bin/env bash
# Boots the custom data of a proxy in a virtual machine, with a kernel of its own, and measures there what machines
# that share this one's kernel cannot: vm.sh IMAGE CUSTOM-DATA
#
# Without KVM, or with one that does not work, the processor is emulated, and all of it takes half an hour.
set -euo pipefail

image=$1 custom_data=$2
tools=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d /var/tmp/defender-iot-proxy-vm.XXXXXX)
trap 'umount "$dir/root" 2>/dev/null || true; rm -rf "$dir"' EXIT

mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay overlay -o "lowerdir=$image,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
root=$dir/root
mkdir -p "$root/var/lib/cloud/seed/nocloud"
cp "$custom_data" "$root/var/lib/cloud/seed/nocloud/user-data"
echo 'instance-id: vm' >"$root/var/lib/cloud/seed/nocloud/meta-data"
cat >"$root/etc/cloud/cloud.cfg.d/zz-vm.cfg" <<'END'
datasource_list: [NoCloud]
datasource: {NoCloud: {fs_label: null}}
network: {config: disabled}
locale: false
apt: {preserve_sources_list: true}
END
echo 'deb [trusted=yes] file:/srv/mirror ./' >"$root/etc/apt/sources.list"
echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
echo '127.0.0.1 localhost' >"$root/etc/hosts"
: >"$root/etc/machine-id"
cp "$tools/vm.py" "$root/srv/vm.py"
ln -s /dev/null "$root/etc/systemd/system/systemd-networkd-wait-online.service"
# An emulated processor is slower than systemd expects.
mkdir -p "$root/etc/systemd/system.conf.d"
printf '[Manager]\nDefaultTimeoutStartSec=900\nDefaultDeviceTimeoutSec=900\n' >"$root/etc/systemd/system.conf.d/vm.conf"
cat >"$root/etc/systemd/system/vm.service" <<'END'
[Unit]
After=cloud-final.service

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 /srv/vm.py
ExecStopPost=/bin/systemctl --no-block poweroff
StandardOutput=tty
TTYPath=/dev/ttyS0
TimeoutStartSec=infinity
END
mkdir -p "$root/etc/systemd/system/cloud-init.target.wants"
ln -s /etc/systemd/system/vm.service "$root/etc/systemd/system/cloud-init.target.wants/vm.service"
mkfs.ext4 -q -d "$root" "$dir/disk" 3G
kernel=("$image"/boot/vmlinuz-*) initrd=("$image"/boot/initrd.img-*)
# A machine in a cloud may have /dev/kvm and hang in it. A kernel without a root ends by itself within seconds.
accelerator=tcg
if [ -w /dev/kvm ] && (
  timeout 20 qemu-system-x86_64 -accel kvm -cpu max -m 512 -nographic -no-reboot -nic none \
    -kernel "${kernel[0]}" -append 'console=ttyS0 panic=-1' </dev/null >/dev/null
  exit $?
) 2>/dev/null; then
  accelerator=kvm
fi

timeout 5400 qemu-system-x86_64 -accel "$accelerator" -cpu max -m 3584 -smp 1 -nographic -no-reboot -nic none \
  -kernel "${kernel[0]}" -initrd "${initrd[0]}" -append 'root=/dev/vda console=ttyS0 quiet' \
  -drive "file=$dir/disk,format=raw,if=virtio,cache=unsafe" </dev/null | stdbuf -oL tr -d '\r' | tee "$dir/console" |
  grep --line-buffered '^vm: \|^    ' || true
if ! grep -q '^vm: done: passed$' "$dir/console"; then
  echo 'the machine fell short of what is wanted; the end of its console:' >&2
  tail -n 40 "$dir/console" >&2
  exit 1
fi
