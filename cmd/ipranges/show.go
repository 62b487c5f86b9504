package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/netip"
)

// show prints a result in the asked format, all at once, so that an error leaves no half of it.
func show(w io.Writer, format string, result any, text func(io.Writer), rows func() [][]string) error {
	var out bytes.Buffer
	switch format {
	case jsonFormat:
		encoder := json.NewEncoder(&out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(result); err != nil {
			return err
		}
	case csvFormat:
		if err := csv.NewWriter(&out).WriteAll(rows()); err != nil {
			return err
		}
	default:
		text(&out)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// orEmpty makes a list without entries a JSON list, and not null.
func orEmpty(prefixes []netip.Prefix) []netip.Prefix {
	if prefixes == nil {
		return []netip.Prefix{}
	}
	return prefixes
}
