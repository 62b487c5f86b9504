package squid

// guardPath is the program that keeps sensors away from an instance that does not serve, and guardUnitPath its service.
const (
	guardPath     = "/usr/local/sbin/defender-iot-proxy-guard"
	guardUnitPath = "/etc/systemd/system/defender-iot-proxy-guard.service"
)

// guardAddress is where the guard asks Squid from: no sensor's, and told apart from what else asks on the machine itself.
const guardAddress = "127.0.0.2"

// guardUnit runs the guard for as long as the instance lives, with no more rights than a packet filter takes.
const guardUnit = `[Unit]
Description=Keeps sensors away from a proxy that is about to go, or that does not serve
After=squid.service

[Service]
ExecStart=` + guardPath + `
Restart=always
RestartSec=5s
CapabilityBoundingSet=CAP_NET_ADMIN
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes

[Install]
WantedBy=multi-user.target
`

// guard renders the guard of a proxy on the port.
func guard(port uint16) string {
	return render("guard.py.tmpl", map[string]any{"Port": port, "Own": guardAddress})
}
