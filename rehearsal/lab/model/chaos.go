package model

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"
)

// Chaos is what happens to the instances of a site at random, one round after the other.
type Chaos struct {
	Seed uint64        // of one seed, every run has the same rounds
	For  time.Duration // after which no round begins any more
	Sets [2]ScaleSet   // of which the first serves; in a roll the other takes over, at new addresses
}

// Set is the scale set that serves after so many rolls: one of the two, at addresses and by a name that no other had.
func (c Chaos) Set(rolls int) ScaleSet {
	set := c.Sets[rolls%2]
	if rolls == 0 {
		return set
	}
	set.Name = fmt.Sprintf("%s-%d", set.Name, rolls)
	set.Instances = nil
	for n := range c.Sets[0].Instances {
		set.Instances = append(set.Instances, netip.AddrFrom4([4]byte{10, 40, byte(rolls), byte(n + 1)}))
	}
	return set
}

// Misfortune is what happens to one instance.
type Misfortune string

// Misfortunes besides maintenance.
const (
	KilledSquid  Misfortune = "a process of Squid is killed"
	KilledGuard  Misfortune = "the guard is killed"
	FrozenSquid  Misfortune = "Squid answers nobody"
	FlushedRules Misfortune = "the packet filter is emptied"
)

// Changes of the whole site.
const (
	Roll     Misfortune = "a new scale set takes over"
	NewImage Misfortune = "a new image in place"
)

// Round is what happens at once.
type Round struct {
	Flood bool       // a sensor floods the proxies meanwhile
	Whole Misfortune // of the whole site; empty: to some instances, as follows
	Each  []Event
}

// Event happens to one of three instances.
type Event struct {
	Instance int
	What     Misfortune
	Nth      int // of what may be chosen: a process
}

func (r Round) String() string {
	text := fmt.Sprint(r.Whole)
	for i, e := range r.Each {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s on instance %d", e.What, e.Instance)
	}
	if r.Flood {
		text += ", in a flood"
	}
	return text
}

// Rounds are those of the seed, one at each call. At least one of three instances is left alone in each, but for
// changes of the whole site.
func (c Chaos) Rounds() func() Round {
	random := rand.New(rand.NewPCG(c.Seed, 0))
	maintenance := []Misfortune{Misfortune(Reboot), Misfortune(Redeploy), Misfortune(Freeze)}
	others := []Misfortune{KilledSquid, KilledSquid, KilledGuard, FrozenSquid, FlushedRules}
	return func() Round {
		r := Round{Flood: random.IntN(2) == 0}
		switch random.IntN(6) {
		case 0:
			r.Whole = Roll
			return r
		case 1:
			r.Whole = NewImage
			return r
		}
		for n, instance := range random.Perm(3)[:1+random.IntN(2)] {
			what := others[random.IntN(len(others))]
			if n == 0 && random.IntN(3) == 0 { // Azure interrupts one at a time
				what = maintenance[random.IntN(len(maintenance))]
			}
			r.Each = append(r.Each, Event{Instance: instance, What: what, Nth: random.IntN(100)})
		}
		return r
	}
}
