package lab

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

const attacksPage = "../../docs/attacks.md"

const attacksHead = `# What an adversary among the sensors can do

A sensor that is broken, or that somebody has taken over, may connect to the proxies, and has the sensors' credentials.
Each row is something that it does over and over, for two seconds, to one instance as it is deployed. Meanwhile other
sensors open tunnels, one after the other. Every one of them opens, the tunnels that they held before stay open, no
process of Squid ends, and memory and log grow by no more than a bound. The tests do all of it and compare this page;
figures are of the run that wrote it, in which the adversary shares two processors with what it attacks. After a change
of the program, write it anew with

` + "```sh" + `
go -C rehearsal test ./lab -run Adversary -update
` + "```" + `

Three limits keep the service up: the packet filter lets an address begin 2,000 connections at once and 100 a second,
Squid gives an address an eighth of its descriptors, and addresses take turns in having passwords checked.

| what the adversary does | times | tunnels that others opened, all | p99 | Squid's memory | the access log |
|---|---|---|---|---|---|
`

// What an adversary may cost an instance in two seconds.
const (
	memoryBound = 160 << 20 // bytes of Squid: a thousand tunnels of 32 KB, full with 64 KB each way
	logBound    = 2 << 20   // bytes of the access log
)

func TestNoAdversaryTakesTheServiceDown(t *testing.T) {
	t.Parallel()
	labsite.Need(t, Missing())
	all, err := Attack(t.Context(), labsite.Asking(t), 2*time.Second, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	page.WriteString(attacksHead)
	opened := 0
	for _, a := range all {
		for _, broken := range brokenBy(a) {
			t.Errorf("it %s: %s", a.Does, broken)
		}
		opened += a.Opened
		fmt.Fprintf(&page, "| %s | %d | %d | %d ms | %+.1f MB | %+.0f KB |\n", a.Does, a.Times, a.Opened,
			a.P99.Milliseconds(), float64(a.Memory)/1e6, float64(a.Logged)/1e3)
	}
	t.Logf("counted: %d kinds of attack, beside which sensors opened %d tunnels and none failed", len(all), opened)
	if *update {
		if err := os.WriteFile(attacksPage, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(attacksPage)
	if err != nil {
		t.Fatal(err)
	}
	if plain := strings.NewReplacer("+", "", "-", "").Replace; !alike(plain(page.String()), plain(string(stored))) {
		t.Errorf("docs/attacks.md has other rows: run this test with -update\n%s", page.String())
	}
}

// brokenBy are the promises that an attack has broken.
func brokenBy(a model.Attack) []string {
	var broken []string
	promise := func(kept bool, format string, values ...any) {
		if !kept {
			broken = append(broken, fmt.Sprintf(format, values...))
		}
	}
	promise(!a.Ended, "a process of Squid has ended")
	promise(a.Alive == a.Held, "of %d tunnels %d are alive", a.Held, a.Alive)
	promise(len(a.Failures) == 0, "%d tunnels did not open: %.200q", len(a.Failures), a.Failures)
	promise(a.Opened > 0, "no tunnel was opened")
	promise(a.Times > 0, "it did nothing")
	promise(a.Memory <= memoryBound, "Squid takes %d bytes more", a.Memory)
	promise(a.Logged <= logBound, "the access log grows by %d bytes", a.Logged)
	promise(a.Forged == 0, "%d lines of the access log are none of Squid's", a.Forged)
	return broken
}
