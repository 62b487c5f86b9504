package machine

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
)

const gatePath = "/var/lib/waagent/custom-script/download/0/script.sh"

// gate is the readiness gate on an instance, run by the VM agent as its custom script extension runs one.
type gate struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
}

// startGate starts the script early in the boot, as the agent does.
func (s system) startGate(script string) (*gate, error) {
	if err := (file{Path: s.root + gatePath, Mode: 0o500, Content: []byte(script)}).write(); err != nil {
		return nil, err
	}
	g := &gate{cmd: s.shell(gatePath)}
	g.cmd.Stdout, g.cmd.Stderr = &g.stdout, &g.stderr
	return g, g.cmd.Start()
}

// gateFailed is how the extension reports a script that fails, before what that has said. The extension passes on the
// ends of it.
// https://github.com/Azure/custom-script-extension-linux
const gateFailed = "Enable failed: failed to execute command: command terminated with "

const lastWords = 4096

// end waits for the gate's end.
func (g *gate) end() error {
	if err := g.cmd.Wait(); err != nil {
		return fmt.Errorf("%s%w\n[stdout]\n%s\n[stderr]\n%s", gateFailed, err, tail(g.stdout.Bytes()),
			tail(g.stderr.Bytes()))
	}
	if !ready.Match(g.stdout.Bytes()) {
		return fmt.Errorf("the readiness gate opens, and does not say with which Squid:\n%s", g.stdout.Bytes())
	}
	return nil
}

// ready is what a gate says as it opens. cmd/verify takes Squid's version from it.
var ready = regexp.MustCompile(`(?m)^ready: Squid \d\S* answers on port \d+ as configured$`)

func tail(text []byte) []byte { return text[max(0, len(text)-lastWords):] }
