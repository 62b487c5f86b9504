package model

import "time"

// Attack is what became of honest sensors, and of the instance, while an adversary at an allowed address did one thing
// over and over.
type Attack struct {
	Does     string        // what the adversary did
	Times    int           // how often
	Held     int           // tunnels that sensors had open before
	Alive    int           // of those, how many answered after it
	Opened   int           // tunnels that sensors opened meanwhile
	P99      time.Duration // to open one of them
	Failures []string      // why tunnels did not open
	Memory   int64         // bytes that Squid's processes took more
	Logged   int64         // bytes that the access log grew by
	Forged   int           // lines of the access log that are no line of Squid's
	Ended    bool          // one of Squid's processes ended
}
