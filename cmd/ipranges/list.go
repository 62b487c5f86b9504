package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
)

// listing is what list prints as JSON.
type listing struct {
	Region       string           `json:"region"`
	ChangeNumber int              `json:"changeNumber"`
	Services     []serviceListing `json:"services"`
}

type serviceListing struct {
	Service      string         `json:"service"`
	Tag          string         `json:"tag"`
	ChangeNumber int            `json:"changeNumber"`
	Prefixes     []netip.Prefix `json:"prefixes"`
	Note         string         `json:"note"`
}

func list(args []string, stdout io.Writer) (int, error) {
	r, err := parse(args, "FILE")
	if errors.Is(err, flag.ErrHelp) {
		return command([]string{"help"}, stdout)
	}
	if err != nil {
		return failed, err
	}
	ranges, err := read(r.files[0])
	if err != nil {
		return failed, err
	}
	services, err := ranges.For(r.region)
	if err != nil {
		return failed, fmt.Errorf("%s: %w", r.files[0], err)
	}
	l := listing{Region: r.region, ChangeNumber: ranges.ChangeNumber}
	for _, s := range services {
		l.Services = append(l.Services, serviceListing{Service: s.Service, Tag: s.Tag, ChangeNumber: s.ChangeNumber,
			Prefixes: orEmpty(s.Prefixes), Note: s.Note})
	}
	if err := show(stdout, r.format, l, l.text, l.rows); err != nil {
		return failed, err
	}
	return same, nil
}

func (l listing) text(w io.Writer) {
	fmt.Fprintf(w, "Azure IP ranges for %s, change %d\n", l.Region, l.ChangeNumber)
	for _, s := range l.Services {
		fmt.Fprintf(w, "\n%s: %s, change %d\n", s.Service, s.Tag, s.ChangeNumber)
		for _, p := range s.Prefixes {
			fmt.Fprintf(w, "  %s\n", p)
		}
		if s.Note != "" {
			fmt.Fprintf(w, "  Note: %s.\n", s.Note)
		}
	}
}

func (l listing) rows() [][]string {
	rows := [][]string{{"service", "tag", "prefix"}}
	for _, s := range l.Services {
		for _, p := range s.Prefixes {
			rows = append(rows, []string{s.Service, s.Tag, p.String()})
		}
	}
	return rows
}
