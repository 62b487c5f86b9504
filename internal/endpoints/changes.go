package endpoints

import (
	"fmt"
	"net/netip"
	"strings"
)

// Change is what a site's firewall must do about one service when a new IP-range file replaces an old one.
type Change struct {
	Old, New    ServicePrefixes
	Add, Remove []netip.Prefix
	Note        string // what the reader must know before he acts; may be empty
}

// Diff compares two IP-range files for a region, service by service in the documents' order. It compares addresses, not
// text: two /24 in place of their /23 are no change. An old file that is newer than the new one is an error, because it
// would have new addresses removed.
func Diff(old, new Ranges, region string) ([]Change, error) {
	if old.ChangeNumber > new.ChangeNumber {
		return nil, fmt.Errorf("the old file has changeNumber %d and the new one %d; allowed is the older file "+
			"first. Swap them",
			old.ChangeNumber, new.ChangeNumber)
	}
	before, err := old.For(region)
	if err != nil {
		return nil, fmt.Errorf("the old file: %w", err)
	}
	after, err := new.For(region)
	if err != nil {
		return nil, fmt.Errorf("the new file: %w", err)
	}
	changes := make([]Change, len(after))
	for i := range after {
		changes[i] = Change{Old: before[i], New: after[i],
			Add:    Subtract(after[i].Prefixes, before[i].Prefixes),
			Remove: Subtract(before[i].Prefixes, after[i].Prefixes)}
		changes[i].Note = changes[i].notes(after)
	}
	return changes, nil
}

// Changed tells whether the firewall has anything to do.
func (c Change) Changed() bool {
	return len(c.Add) > 0 || len(c.Remove) > 0
}

// notes joins what is to be said about a change. Addresses that move from one service to another must stay open where
// one rule serves them all.
func (c Change) notes(after []ServicePrefixes) string {
	var notes []string
	if c.New.Note != "" {
		notes = append(notes, c.New.Note)
	}
	if c.Old.Tag != c.New.Tag {
		notes = append(notes, fmt.Sprintf("the old file's addresses are of %s, the new one's of %s",
			c.Old.Tag, c.New.Tag))
	}
	for _, other := range after {
		if other.Service == c.New.Service {
			continue
		}
		for _, p := range intersect(c.Remove, other.Prefixes) {
			notes = append(notes, fmt.Sprintf("%s stays in use by %s: remove it only from a rule of %s alone", p,
				other.Service, c.New.Service))
		}
	}
	return strings.Join(notes, "; ")
}
