package endpoints

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
)

// element is an entry of the file's values. Only a wanted tag's properties are looked into.
type element struct {
	Name       string          `json:"name"`
	Properties json.RawMessage `json:"properties"`
}

// properties is what is read of a tag.
type properties struct {
	ChangeNumber    int         `json:"changeNumber"`
	Region          string      `json:"region"`
	AddressPrefixes prefixTexts `json:"addressPrefixes"`
}

// prefixTexts is a list of texts; nil where there is none. A tag has thousands, so they are counted before they are read: a list that
// grows takes several times its size.
type prefixTexts []string

// UnmarshalJSON reads the list.
func (l *prefixTexts) UnmarshalJSON(text []byte) error {
	list := make([]string, 0, bytes.Count(text, []byte{'"'})/2)
	err := json.Unmarshal(text, &list)
	*l = list
	return err
}

// readPrefix reads one address prefix.
func readPrefix(text string) (netip.Prefix, error) {
	const allowed = "a network such as 20.38.96.0/23 or 2603:1020:206::/48"
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, fmt.Errorf("%q is not a prefix; allowed is %s", shorten(text), allowed)
	case p.Addr().Is4In6():
		return p, fmt.Errorf("%q is IPv4 in the form of IPv6; allowed is %s", text, allowed)
	case p != p.Masked():
		return p, fmt.Errorf("%q has address bits beyond its length; allowed is %s, here %s", text, allowed, p.Masked())
	}
	return p, nil
}
