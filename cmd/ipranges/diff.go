package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/endpoints"
)

// advice goes with every change. Source: https://www.microsoft.com/download/details.aspx?id=56519
const advice = "Azure does not use new prefixes for at least a week after they appear in the file. " +
	"Add them now; remove the others after the sensors have stayed connected."

// difference is what diff prints as JSON.
type difference struct {
	Region          string          `json:"region"`
	OldChangeNumber int             `json:"oldChangeNumber"`
	NewChangeNumber int             `json:"newChangeNumber"`
	Changed         bool            `json:"changed"`
	Advice          string          `json:"advice"`
	Services        []serviceChange `json:"services"`
}

type serviceChange struct {
	Service         string         `json:"service"`
	OldTag          string         `json:"oldTag"`
	NewTag          string         `json:"newTag"`
	OldChangeNumber int            `json:"oldChangeNumber"`
	NewChangeNumber int            `json:"newChangeNumber"`
	Add             []netip.Prefix `json:"add"`
	Remove          []netip.Prefix `json:"remove"`
	Note            string         `json:"note"`
}

func diff(args []string, stdout io.Writer) (int, error) {
	r, err := parse(args, "OLD", "NEW")
	if errors.Is(err, flag.ErrHelp) {
		return command([]string{"help"}, stdout)
	}
	if err != nil {
		return failed, err
	}
	old, err := read(r.files[0])
	if err != nil {
		return failed, err
	}
	current, err := read(r.files[1])
	if err != nil {
		return failed, err
	}
	d, err := compare(old, current, r.region)
	if err != nil {
		return failed, err
	}
	if err := show(stdout, r.format, d, d.text, d.rows); err != nil {
		return failed, err
	}
	if d.Changed {
		return different, nil
	}
	return same, nil
}

func compare(old, current endpoints.Ranges, region string) (difference, error) {
	changes, err := endpoints.Diff(old, current, region)
	if err != nil {
		return difference{}, err
	}
	d := difference{Region: region, OldChangeNumber: old.ChangeNumber, NewChangeNumber: current.ChangeNumber}
	for _, c := range changes {
		d.Changed = d.Changed || c.Changed()
		d.Services = append(d.Services, serviceChange{
			Service: c.New.Service, OldTag: c.Old.Tag, NewTag: c.New.Tag,
			OldChangeNumber: c.Old.ChangeNumber, NewChangeNumber: c.New.ChangeNumber,
			Add: orEmpty(c.Add), Remove: orEmpty(c.Remove), Note: c.Note})
	}
	if d.Changed {
		d.Advice = advice
	}
	return d, nil
}

// text writes only the services that change.
func (d difference) text(w io.Writer) {
	fmt.Fprintf(w, "Azure IP ranges for %s, change %d to %d\n", d.Region, d.OldChangeNumber, d.NewChangeNumber)
	if !d.Changed {
		fmt.Fprintln(w, "\nNothing to add or remove.")
		return
	}
	for _, s := range d.Services {
		if len(s.Add)+len(s.Remove) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s: %s, change %d to %d\n", s.Service, s.NewTag, s.OldChangeNumber, s.NewChangeNumber)
		for _, p := range s.Add {
			fmt.Fprintf(w, "  ADD     %s\n", p)
		}
		for _, p := range s.Remove {
			fmt.Fprintf(w, "  REMOVE  %s\n", p)
		}
		if s.Note != "" {
			fmt.Fprintf(w, "  Note: %s.\n", s.Note)
		}
	}
	fmt.Fprintf(w, "\n%s\n", d.Advice)
}

func (d difference) rows() [][]string {
	rows := [][]string{{"service", "tag", "action", "prefix"}}
	for _, s := range d.Services {
		for _, p := range s.Add {
			rows = append(rows, []string{s.Service, s.NewTag, "add", p.String()})
		}
		for _, p := range s.Remove {
			rows = append(rows, []string{s.Service, s.OldTag, "remove", p.String()})
		}
	}
	return rows
}
