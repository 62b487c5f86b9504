package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// table is what the README shows.
type table []row

type row struct{ figure, here, ratio string }

func (t table) print(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "| figure\t| this machine\t| ratio\t|")
	fmt.Fprintln(table, "|---\t|---\t|---\t|")
	for _, r := range t {
		fmt.Fprintf(table, "| %s\t| %s\t| %s\t|\n", r.figure, r.here, r.ratio)
	}
	return table.Flush()
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3g s", d.Seconds()) }

func ratio[T ~int | ~int64 | ~float64](a, b T) string {
	return fmt.Sprintf("%.2g", float64(a)/float64(b))
}
