package fleet

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
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
	table := tabwriter.NewWriter(page, 0, 0, 2, ' ', 0)
	for i, p := range f.Places {
		if f.Severity != Error && i == mostShown && len(f.Places) > mostShown+1 {
			fmt.Fprintf(table, "  and %d more places\n", len(f.Places)-mostShown)
			break
		}
		switch {
		case p.Value != "":
			fmt.Fprintf(table, "  %s\t%s = %s\n", p.File, p.Key, p.Value)
		case p.Key != "":
			fmt.Fprintf(table, "  %s\t%s\n", p.File, p.Key)
		default:
			fmt.Fprintf(table, "  %s\n", p.File)
		}
	}
	table.Flush()
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
	table := tabwriter.NewWriter(page, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  subscription\tregion\tsites\tvCPUs, most\tpublic IPs\tNAT\tVPN\tflow logs\tstorage")
	for _, t := range r.Totals {
		subscription := t.Subscription
		if subscription == "" {
			subscription = "not named"
		}
		fmt.Fprintf(table, "  %s\t%s\t%d\t%d, %d\t%d\t%d\t%d\t%d\t%d\n", subscription, t.Region, t.Sites, t.VCPUs,
			t.VCPUsAtMost, t.PublicIPAddresses, t.NATGateways, t.VPNGateways, t.FlowLogs, t.StorageAccounts)
	}
	table.Flush()
	page.WriteString("\n")
}

// counted is a number and what it counts.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
