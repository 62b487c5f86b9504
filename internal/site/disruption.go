package site

// Disruption is something that others rely on and that a change may take from them only where allowDisruption names it.
type Disruption string

// What others rely on.
const (
	// what technicians typed into the sensors: host, port, user and password
	DisruptSensorProxy Disruption = "sensorProxy"
	DisruptNetwork     Disruption = "network" // the virtual network, to which others route and peer
	DisruptGateway     Disruption = "gateway" // the gateway and its tunnels, which the other ends are set up for
	DisruptEgress      Disruption = "egress"  // the public address from which the proxies are seen
	DisruptPeering     Disruption = "peering" // the circuit's Microsoft peering
	DisruptLogs        Disruption = "logs"    // what was logged so far

	DisruptSensorRanges    Disruption = "sensorRanges"    // the ranges whose sensors the proxies serve
	DisruptSensorEndpoints Disruption = "sensorEndpoints" // the hosts that sensors reach through them
)

// disruptions are all of them.
var disruptions = []Disruption{DisruptSensorProxy, DisruptNetwork, DisruptGateway, DisruptEgress, DisruptPeering,
	DisruptLogs, DisruptSensorRanges, DisruptSensorEndpoints}

func loadAllowDisruption(s *section) []Disruption {
	var allowed []Disruption
	for _, e := range s.list("allowDisruption") {
		allowed = append(allowed, Disruption(e.text))
	}
	return allowed
}

func plain(all []Disruption) []string {
	var out []string
	for _, d := range all {
		out = append(out, string(d))
	}
	return out
}
