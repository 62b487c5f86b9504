package squid

// How long the gate waits: for the packages of a slow mirror, then for Squid to start. Azure allows extensions 90 minutes in all.
const (
	gateBootSeconds   = 1800
	gateAnswerSeconds = 60
)

// Gate renders the script by which an instance tells whether it is ready: cloud-init has ended well, and Squid answers on the
// port as configured. It exits with 1 where not, and says why in the words of cloud-init or Squid.
func Gate(port uint16) string {
	return render("gate.sh.tmpl", map[string]any{
		"Port": port, "GuardPath": guardPath, "BootSeconds": gateBootSeconds, "AnswerSeconds": gateAnswerSeconds,
	})
}
