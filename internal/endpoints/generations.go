package endpoints

import (
	"fmt"
	"slices"
)

// Generation is a generation of sensor software by the way it connects to the cloud.
type Generation string

// Since221 sensors connect to Defender for IoT itself; Legacy ones, older than 22.1, to an IoT Hub of the customer's
// own.
const (
	Since221 Generation = "22.1"
	Legacy   Generation = "legacy"
)

// Generations is every generation, the current one first.
var Generations = []Generation{Since221, Legacy}

// Sensors returns what sensors of the given generations must reach; without any, those from software version 22.1 on. A
// site with both gets the union, in the same order whichever is named first. A generation that is not one of
// Generations panics.
func Sensors(generations ...Generation) []Endpoint {
	if len(generations) == 0 {
		generations = []Generation{Since221}
	}
	for _, g := range generations {
		if !slices.Contains(Generations, g) {
			panic(fmt.Sprintf("endpoints: %q is not one of the sensor generations %q", g, Generations))
		}
	}
	var lists [][]Endpoint
	for _, g := range Generations {
		if slices.Contains(generations, g) {
			lists = append(lists, documented(g))
		}
	}
	return Union(lists...)
}

// documented returns the endpoints of one generation. Today the two lists name the same hosts, but not the same
// services: below *.azure-devices.net a current sensor finds Microsoft's hubs, and a legacy one the customer's, which
// no downloaded list names.
func documented(g Generation) []Endpoint {
	if g == Legacy {
		// Source: the hosts for sensor versions 10.x, the last before 22.1, in the 2022 edition of
		// https://learn.microsoft.com/azure/defender-for-iot/organizations/how-to-set-up-your-network#sensor-access-to-azure-portal
		return []Endpoint{
			{Service: "IoT Hub", Host: "*.azure-devices.net", Port: https},
			{Service: "Threat Intelligence", Host: "*.blob.core.windows.net", Port: https},
			{Service: "Event Hubs", Host: "*.servicebus.windows.net", Port: https},
			{Service: "Software updates", Host: "download.microsoft.com", Port: https},
		}
	}
	// Source: https://learn.microsoft.com/azure/defender-for-iot/organizations/connect-sensors, and for the last one
	// https://learn.microsoft.com/azure/defender-for-iot/organizations/networking-requirements#sensor-access-to-azure-portal
	return []Endpoint{
		{Service: "IoT Hub", Host: "*.azure-devices.net", Port: https},
		{Service: "Threat Intelligence", Host: "*.blob.core.windows.net", Port: https},
		{Service: "Event Hubs", Host: "*.servicebus.windows.net", Port: https},
		{Service: "Software updates", Host: "download.microsoft.com", Port: https},
	}
}
