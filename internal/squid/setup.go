package squid

// setupPath is the program that puts an instance into service at the end of its boot.
const setupPath = "/usr/local/sbin/defender-iot-proxy-setup"

// packages are what an instance installs.
var packages = []string{"squid", "nftables"}

// setup renders that program.
func setup(p Proxy) string {
	absent := "not installed"
	if p.Packages.InImage {
		absent = "not in the image, and scaleSet.packages.inImage says that it is"
	}
	return render("setup.sh.tmpl", map[string]any{
		"Packages": packages, "ConfPath": ConfPath, "Sysctl": sysctlPath, "Guard": guardService,
		"Failures": failuresPath, "Absent": absent, "InImage": p.Packages.InImage,
		"Credentials": p.Credentials, "Program": queuesPath, "Helper": helperPath, "PasswordPath": passwordPath,
	})
}
