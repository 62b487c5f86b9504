package squid

import (
	"fmt"
)

// dropInPath adds to the package's service unit without replacing it.
const dropInPath = "/etc/systemd/system/squid.service.d/defender-iot-proxy.conf"

// squidCapabilities are what Squid needs to become its user and to end its helpers; a port below 1024 takes one more.
const squidCapabilities = "CAP_SETUID CAP_SETGID CAP_DAC_OVERRIDE CAP_CHOWN CAP_KILL CAP_SYS_RESOURCE"

// dropIn gives the service the descriptors that squid.conf asks for, brings it back whenever it ends, and takes from it
// what it does not need: Squid reads what strangers send. Where memory runs out, the kernel ends whatever else has some
// first. Squid has the most, and all tunnels with it: 1.3 GB after 32,000, for which -500 is too little in 1.7 GB. If
// the kernel ends a process of Squid all the same, systemd would stop the others, and all their tunnels.
func dropIn(port uint16, descriptors int) string {
	capabilities := squidCapabilities
	if port < 1024 {
		capabilities += " CAP_NET_BIND_SERVICE"
	}
	return fmt.Sprintf(`[Unit]
StartLimitIntervalSec=0

[Service]
LimitNOFILE=%d
OOMScoreAdjust=-900
OOMPolicy=continue
Restart=always
RestartSec=2s
CapabilityBoundingSet=%s
ProtectSystem=full
ProtectProc=invisible
UMask=0027
ProtectKernelModules=yes
%s`, descriptors, capabilities, sandbox)
}

// unlessStock keeps Squid from running before its configuration is there. The package starts what it installs, and the
// load balancer would send sensors to a proxy that knows none of them.
const unlessStock = "ExecCondition=/bin/grep -q defender-iot-proxy " + ConfPath + "\n"

// sysctlPath is where the kernel's settings are, and sysctl what they are. The kernel gives up after 100 seconds on a
// sensor that acknowledges nothing while data is under way to it; by itself it takes a quarter of an hour. Keep-alives
// find the others. Fewer than 8 repetitions are too few by RFC 1122. To one endpoint it has as many ports as a NAT
// gateway has for one public address, and not 28,232, which are fewer than the tunnels that Squid's descriptors allow.
// https://docs.kernel.org/networking/ip-sysctl.html
const sysctlPath = "/etc/sysctl.d/60-defender-iot-proxy.conf"

func sysctl(port uint16) string {
	return fmt.Sprintf("net.ipv4.tcp_retries2 = 8\nnet.ipv4.ip_local_port_range = 1024 65535\n"+
		"net.ipv4.ip_local_reserved_ports = %d\n", port)
}
