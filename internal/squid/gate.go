package squid

// How long the gate waits: for the packages of a slow mirror, then for Squid to start. Azure allows extensions 90
// minutes in all.
const (
	gateBootSeconds   = 1800
	gateAnswerSeconds = 30
)

// failuresPath is where the setup notes what has failed, for the gate to tell.
const failuresPath = "/run/defender-iot-proxy-failures"

// Gate renders the script by which an instance tells whether it is ready: cloud-init has ended well, Squid answers on
// the port as configured, and the guard runs. It exits with 1 where not, and says why by the name of what failed.
func Gate(port uint16) string {
	return render("gate.sh.tmpl", map[string]any{
		"Port": port, "GuardPath": guardPath, "Guard": guardService, "Failures": failuresPath,
		"BootSeconds": gateBootSeconds, "AnswerSeconds": gateAnswerSeconds,
	})
}
