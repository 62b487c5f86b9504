package fleet

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// mostShown is how many places of a warning or an information the text shows. Of errors it shows all, as JSON does of
// everything.
const mostShown = 10

// textWidth is how many columns a paragraph takes.
const textWidth = 100

var headings = map[Severity]string{Error: "Errors", Warning: "Warnings", Information: "Information"}

// WriteText writes a report for people: errors, warnings, information, totals, and a last line with counts.
func (r Report) WriteText(w io.Writer) error {
	var page strings.Builder
	for _, severity := range gravest {
		heading := headings[severity] + "\n\n"
		for _, f := range r.Findings {
			if f.Severity == severity {
				page.WriteString(heading)
				f.write(&page)
				heading = ""
			}
		}
	}
	r.writeTotals(&page)
	fmt.Fprintf(&page, "%s checked: %s, %s\n", counted(r.Sites, "site"), counted(r.Errors, "error"),
		counted(r.Warnings, "warning"))
	_, err := io.WriteString(w, page.String())
	return err
}

// WriteJSON writes a report for programs, in the form of Report.
func (r Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	if r.Totals == nil {
		r.Totals = []Total{}
	}
	return encoder.Encode(r)
}

func (f Finding) write(page *strings.Builder) {
	fmt.Fprintf(page, "%s\n", f.Kind)
	var rows [][]string
	for i, p := range f.Places {
		if f.Severity != Error && i == mostShown && len(f.Places) > mostShown+1 {
			rows = append(rows, []string{fmt.Sprintf("and %d more places", len(f.Places)-mostShown)})
			break
		}
		value := p.Key
		if p.Value != "" {
			value += " = " + p.Value
		}
		rows = append(rows, []string{p.File, value})
	}
	writeColumns(page, rows)
	for _, line := range wrapped(f.sentences(), textWidth-2) {
		fmt.Fprintf(page, "  %s\n", line)
	}
	page.WriteString("\n")
}

// sentences are what is wrong, what is allowed and what to do.
func (f Finding) sentences() string {
	text := strings.TrimSuffix(f.Problem, ".") + "."
	switch {
	case f.Kind == "file" && f.Severity == Warning: // whose text begins with the key
	case len(f.Places) == 1:
		text = "This " + text
	case f.Kind == "file":
		text = "Each " + text
	default:
		text = "These " + text
	}
	if f.Allowed != "" {
		text += " Allowed: " + f.Allowed + "."
	}
	if f.Do != "" {
		text += " " + f.Do
		if !strings.HasSuffix(f.Do, "?") {
			text += "."
		}
	}
	return text
}

// wrapped breaks a text into lines of at most so many columns, at spaces outside of backquotes: what is between them is
// to be copied.
func wrapped(text string, width int) []string {
	var lines []string
	line, quoted := "", false
	for i, part := range strings.Split(text, " ") {
		switch {
		case i == 0:
			line = part
		case !quoted && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(part) > width:
			lines = append(lines, line)
			line = part
		default:
			line += " " + part
		}
		quoted = quoted != (strings.Count(part, "`")%2 == 1)
	}
	return append(lines, line)
}

func (r Report) writeTotals(page *strings.Builder) {
	if len(r.Totals) == 0 {
		return
	}
	page.WriteString("Totals\n\n")
	rows := [][]string{{"subscription", "region", "sites", "vCPUs, most", "public IPs", "NAT", "VPN", "flow logs",
		"storage"}}
	for _, t := range r.Totals {
		row := []string{cmp.Or(t.Subscription, "not named"), t.Region, strconv.Itoa(t.Sites),
			fmt.Sprintf("%d, %d", t.VCPUs, t.VCPUsAtMost)}
		for _, n := range []int{t.PublicIPAddresses, t.NATGateways, t.VPNGateways, t.FlowLogs, t.StorageAccounts} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	writeColumns(page, rows)
	page.WriteString("\n")
}

// writeColumns writes rows whose columns are as wide as their widest text. A row of one text stands across all.
func writeColumns(page *strings.Builder, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, text := range row {
			if len(row) == 1 {
				continue
			}
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(text))
		}
	}
	for _, row := range rows {
		line := ""
		for i, text := range row {
			line += "  " + text
			if i+1 < len(row) {
				line += strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
			}
		}
		page.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// counted is a number and what it counts.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
