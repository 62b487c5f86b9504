package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
)

// columns of a table of previews, but for the stack.
var columns = []string{"create", "update", "roll", "replace", "delete", "refused", "warnings"}

// cells are the columns of one preview. What a preview that failed would do is not known.
func (o operation) cells() []string {
	cells := make([]string, 0, len(columns))
	for _, n := range []int{o.Creates, o.Updates, o.Rolls, o.Replaces, o.Deletes} {
		if o.err != nil {
			n = 0
		}
		cells = append(cells, number(n))
	}
	refused := number(len(o.Refusals))
	if o.err != nil && len(o.Refusals) == 0 {
		refused = "failed"
	}
	return append(cells, refused, number(len(o.Warnings)))
}

// number leaves out what is nothing: a table is read for what is there.
func number(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

func printTable(w io.Writer, heading []string, all []operation) {
	rows := [][]string{heading}
	for _, o := range all {
		rows = append(rows, append([]string{o.stack}, o.cells()...))
	}
	printRows(w, rows)
}

func printRows(w io.Writer, rows [][]string) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	table.Flush()
}

// counted is a number and what it counts.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// progress tells how far something is: in a terminal in one line that changes, elsewhere in a line for each that has
// ended.
type progress struct {
	to        io.Writer
	verb      string
	done, all int
}

func (p *progress) isTerminal() bool {
	file, isFile := p.to.(*os.File)
	if !isFile {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// ended counts one more.
func (p *progress) ended(what string) {
	p.done++
	p.show(what)
}

func (p *progress) show(what string) {
	switch {
	case p.isTerminal():
		fmt.Fprintf(p.to, "\r\x1b[K%d of %d %s", p.done, p.all, p.verb)
	case p.done > 0:
		fmt.Fprintf(p.to, "%d of %d %s; %s\n", p.done, p.all, p.verb, what)
	}
}

func (p *progress) clear() {
	if p.isTerminal() {
		fmt.Fprint(p.to, "\r\x1b[K")
	}
}
