package dataplane

import (
	"fmt"
	"os"
)

// The program plays three parts, told apart by stageVariable: whoever calls Run, the region, and an instance until
// Squid takes its place.
const (
	stageVariable = "DEFENDER_IOT_PROXY_DATAPLANE"
	stageRegion   = "region"
	stageInstance = "instance"
)

// mainCalled guards against a program that would run itself anew for ever.
var mainCalled bool

// Main must be the first call of a program that uses Run, or of its TestMain: in the region and in an instance it does
// that part's work and does not return.
func Main() {
	mainCalled = true
	part := os.Getenv(stageVariable)
	if part == "" {
		return
	}
	err := fmt.Errorf("%s=%q is no part of the data plane", stageVariable, part)
	switch part {
	case stageRegion:
		err = regionMain()
	case stageInstance:
		err = instanceMain()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
