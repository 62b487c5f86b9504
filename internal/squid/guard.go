package squid

import "fmt"

// guardPath is the program that keeps sensors away from an instance that does not serve, and guardUnitPath its service.
const (
	guardPath     = "/usr/local/sbin/defender-iot-proxy-guard"
	guardService  = "defender-iot-proxy-guard"
	guardUnitPath = "/etc/systemd/system/" + guardService + ".service"
)

// guardAddress is where the guard asks Squid from: no sensor's, and told apart from what else asks on the machine
// itself.
const guardAddress = "127.0.0.2"

// How many connections an address may begin each second, and at once. A sensor begins a few; the host of a proxy at the
// site, behind which all sensors are, begins as many as it had tunnels when an instance goes.
const (
	openRate  = 100
	openBurst = 2000
)

// guardUnit runs the guard for as long as the instance lives, with no more rights than a packet filter takes. It is up
// once it has had its way with the packet filter, so that an instance is not ready without it. It ends after Squid when
// the machine goes down, since a guard that ends opens the port. What it knows about Azure's events outlives it.
const guardUnit = `[Unit]
Description=Keeps sensors away from a proxy that is about to go, or that does not serve
Before=squid.service
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart=` + guardPath + `
WatchdogSec=60s
Restart=always
RestartSec=2s
RuntimeDirectory=` + guardService + `
RuntimeDirectoryPreserve=yes
UMask=0077
CapabilityBoundingSet=CAP_NET_ADMIN
ProtectSystem=strict
` + sandbox + `MemoryDenyWriteExecute=yes
ProtectKernelModules=yes

[Install]
WantedBy=multi-user.target
`

// sandbox is what neither Squid nor the guard needs:
// https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html
const sandbox = `NoNewPrivileges=yes
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
RestrictNamespaces=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
`

// instancesMark comes before the number of instances in the user data.
const instancesMark = "instances="

// UserData is what the instances of a scale set are told beside their custom data: how many they are. Azure shows it to
// those that run too, so that a change of the number makes no instance anew:
// https://learn.microsoft.com/azure/virtual-machines/user-data
func UserData(instances int) string { return fmt.Sprintf("%s%d\n", instancesMark, instances) }

// guard renders the guard of a proxy.
func guard(p Proxy) string {
	return render("guard.py.tmpl", map[string]any{
		"Port": p.Port, "Own": guardAddress, "State": "/run/" + guardService, "Instances": instancesMark,
		"Rate": openRate, "Burst": openBurst,
	})
}
