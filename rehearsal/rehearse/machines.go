package rehearse

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path"
	"sync"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// laterHost is what the allow-list gets in the course of the rehearsal.
const laterHost = "updates.rehearsal.example"

// machines are the instances of the stack's scale sets, which Azure's stand-in runs in the lab: what up waits for are
// their readiness gates, and what it takes away serves until then.
type machines struct {
	run *run
	ctx context.Context

	mu  sync.Mutex
	lab *lab.Lab // nil: no scale set was made yet
}

// instances are the machines of several stacks on one Azure, as the stand-in knows them; nil where this machine cannot
// run any.
func instances(all []*run) *arm.Instances {
	if len(lab.Missing()) > 0 {
		return nil
	}
	of := func(id string) *machines {
		for _, r := range all {
			if r.engine != nil && r.engine.Has(id) {
				return r.machines
			}
		}
		return nil
	}
	return &arm.Instances{
		Provision: func(id string) (extension, failure string) {
			if m := of(id); m != nil {
				return m.provision(id)
			}
			return "", "no stack of this rehearsal has scale set " + id
		},
		Terminate: func(id string) {
			if m := of(id); m != nil {
				m.terminate(id)
			}
		},
	}
}

// provision boots what a scale set asks for.
func (m *machines) provision(id string) (extension, failure string) {
	set, err := scaleSet(m.run.engine, id)
	if err == nil {
		err = m.open()
	}
	set.NoSquidInImage = m.run.NoSquidInImage
	if err == nil {
		err = m.lab.Provision(set)
	}
	if err == nil {
		return "", ""
	}
	extension, _ = gate(m.run.engine, id)
	var closed *model.GateError
	if errors.As(err, &closed) {
		return extension, closed.Output
	}
	return extension, err.Error()
}

// terminate lets a scale set's machines go, as long before told as it asks for.
func (m *machines) terminate(id string) {
	if m.lab == nil {
		return
	}
	if err := m.lab.Terminate(path.Base(id), notice(m.run.engine, id)); err != nil {
		fmt.Fprintf(m.run.Out, "ending the instances of %s failed: %v\n", path.Base(id), err)
	}
}

// open starts the lab when the first scale set is made: what it needs of the topology is there by then.
func (m *machines) open() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lab != nil {
		return nil
	}
	site, err := m.run.azureSite(m.ctx)
	if err != nil {
		return err
	}
	site.Later = []string{laterHost}
	m.lab, err = lab.Open(m.ctx, site, m.run.Out)
	return err
}

// close ends the lab, if there is one.
func (m *machines) close() error {
	if m.lab == nil {
		return nil
	}
	return m.lab.Close()
}

// check makes every check of the proxies in Azure.
func (m *machines) check() ([]model.Check, error) { return m.lab.Check() }

// running are the addresses of the instances that there are.
func (m *machines) running() []netip.Addr {
	var all []netip.Addr
	for _, r := range m.run.engine.Resources() {
		if r.Type == "Microsoft.Compute/virtualMachineScaleSets" {
			all = append(all, m.run.engine.Azure.Instances(r.ID)...)
		}
	}
	return all
}
