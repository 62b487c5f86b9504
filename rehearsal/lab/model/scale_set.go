package model

import (
	"fmt"
	"net/netip"
)

// ScaleSet is the instances of a scale set, as deployed.
type ScaleSet struct {
	Name       string
	CustomData []byte // decoded #cloud-config
	UserData   []byte // decoded; what Azure shows to running instances
	Gate       string // script of its readiness gate; empty: it has none
	Instances  []netip.Addr

	NoSquidInImage bool // and the mirror that would have it is down
}

// GateError is a readiness gate that did not open, and what it has said.
type GateError struct {
	Instance netip.Addr
	Output   string
}

func (e *GateError) Error() string {
	return fmt.Sprintf("instance %v did not boot:\n%s", e.Instance, e.Output)
}
