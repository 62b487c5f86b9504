package report

// Workbook is what the site's Azure Workbook shows: its queries asked of the rehearsal's own rows, and its charts by
// title, since a rehearsal has no samples of metrics over time.
type Workbook struct {
	Title string        `json:"title"`
	Tabs  []WorkbookTab `json:"tabs"`
}

// WorkbookTab is a part of a workbook that is shown at a time.
type WorkbookTab struct {
	Title   string   `json:"title"`
	Answers []Answer `json:"answers,omitempty"`
	Charts  []string `json:"charts,omitempty"`
}

// Answer is what a query answers: a table of texts.
type Answer struct {
	Title   string     `json:"title"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

// shownRows is how many rows of an answer the page shows.
const shownRows = 20

// Shown are the first rows.
func (a Answer) Shown() [][]string { return a.Rows[:min(len(a.Rows), shownRows)] }

// More is how many rows the page leaves out.
func (a Answer) More() int { return len(a.Rows) - len(a.Shown()) }
