package model

import "time"

// Load is how much is asked of an instance.
type Load struct {
	Tunnels  int           // held at most, all at once
	Openings int           // tunnels opened in a round
	AtATime  int           // of those
	Streams  int           // tunnels that carry bytes in a round
	Window   time.Duration // for which their bytes are counted
	Rounds   int           // in each of which everything compared has its turn
}

// Figures are what one instance bears, beside what it is compared with in the same run.
type Figures struct {
	Descriptors      int // that Squid may have open on this machine
	Held             int // tunnels, until one did not open
	Alive            int // of those, how many answered after that
	HeldIn2022       int
	HangsIn2022      bool  // the next is neither refused nor answered
	MemoryPer1000    int64 // bytes of Squid's
	Opening, Relayed Pace
	Throughput       Throughput
}

// Pace is how fast tunnels open: from the first packet until the endpoint behind has answered.
type Pace struct {
	PerSecond float64
	P99       time.Duration
}

// Throughput is how many bytes a second go to endpoints and come back, in all tunnels together: through the instance, a
// relay in the kernel, one that copies in its own memory as Squid does, and without any.
type Throughput struct {
	Tunnels, Relayed, Copied, Direct float64
}
