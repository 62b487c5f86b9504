package squid

// Updates of a running instance. Squid and what it is made of are as new as the instance: a new image, or a change of
// the site, makes instances anew, drained, with the packages of that day. So nothing restarts Squid in between. By
// themselves Ubuntu's unattended upgrades would, on every instance within the same day, and end all tunnels. The rest
// of the system is updated every day, as Ubuntu does it.
const (
	updatesPath = "/etc/apt/apt.conf.d/60defender-iot-proxy"
	updates     = `// Squid is updated with the instance: an update restarts it, and ends its tunnels.
Unattended-Upgrade::Package-Blacklist:: "squid";
// A package that asks about a file which was changed here gets this answer: keep it.
Dpkg::Options:: "--force-confdef";
Dpkg::Options:: "--force-confold";
`

	// needrestart follows each upgrade, and restarts what uses a library that was replaced. Before Ubuntu 24.04 it only
	// lists it:
	// https://discourse.ubuntu.com/t/needrestart-changes-in-ubuntu-24-04-service-restarts/44671
	restartsPath = "/etc/needrestart/conf.d/60-defender-iot-proxy.conf"
	restarts     = `# Squid is restarted with the instance.
$nrconf{override_rc}{qr(^squid\.service$)} = 0;
`
)
