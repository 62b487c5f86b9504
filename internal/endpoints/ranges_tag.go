package endpoints

import (
	"bytes"
	"encoding/json"
	"errors"
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

// prefixTexts is a list of texts; nil where there is none. A tag has thousands, so they are counted before they are
// read: a list that grows takes several times its size.
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
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, errors.New("is not a prefix such as 20.38.96.0/23 or 2603:1020:206::/48")
	case p.Addr().Is4In6():
		return p, errors.New("is IPv4 in the form of IPv6")
	case p != p.Masked():
		return p, errors.New("has address bits beyond its length")
	}
	return p, nil
}
