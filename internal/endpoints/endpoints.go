// Package endpoints knows which Microsoft services a sensor talks to.
package endpoints

import "strings"

// Endpoint is one destination that a sensor must reach, as Microsoft documents it.
type Endpoint struct {
	Service string // the documents' name of the service
	Host    string // a host name; a leading "*." stands for every name below the domain
	Port    uint16 // TCP
}

// https is the only port that sensors use towards the cloud.
const https = 443

// Sensors returns what sensors from software version 22.1 on must reach: the three documented services, and the host that
// later editions of the same document add for software updates.
func Sensors() []Endpoint {
	return []Endpoint{
		{Service: "IoT Hub", Host: "*.azure-devices.net", Port: https},
		{Service: "Threat Intelligence", Host: "*.blob.core.windows.net", Port: https},
		{Service: "Event Hubs", Host: "*.servicebus.windows.net", Port: https},
		{Service: "Software updates", Host: "download.microsoft.com", Port: https},
	}
}

// Domain returns the host in the form that Squid's dstdomain takes: a leading dot stands for the domain and all names below it.
func (e Endpoint) Domain() string {
	return strings.TrimPrefix(e.Host, "*")
}
