package rehearse

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/report"
)

// workbook notes what the site's workbook shows, read from Azure as it was deployed. Its tables are those that the
// rehearsal has rows of: the requests of sensors.
func (r *run) workbook() error {
	const name = "workbook"
	tables := map[string]arm.Table{}
	if access := r.result.Report.ProxyAccess; access != nil {
		table := arm.Table{Rows: access.Rows}
		for _, c := range site.AccessColumns(nil) {
			table.Columns = append(table.Columns, arm.Column{Name: c.Name, Type: c.Type})
		}
		tables[access.Table] = table
	}
	for _, resource := range r.engine.Resources() {
		if resource.Type != "Microsoft.Insights/workbooks" {
			continue
		}
		properties, _ := resource.Body["properties"].(map[string]any)
		shown, err := shownBy(fmt.Sprint(properties["displayName"]), fmt.Sprint(properties["serializedData"]), tables)
		if err != nil {
			r.check(name, false, "%v", err)
			return nil
		}
		r.result.Report.Workbook = &shown
		answers, rows := 0, 0
		for _, tab := range shown.Tabs {
			for _, a := range tab.Answers {
				answers, rows = answers+1, rows+len(a.Rows)
			}
		}
		r.check(name, true, "%d tabs; its %d queries answer %d rows", len(shown.Tabs), answers, rows)
	}
	return nil
}

// item is one of a workbook, as far as it shows something.
type item struct {
	Type    int
	Name    string
	Content struct {
		Title, Query string
		Items        []item
		Links        []struct{ LinkLabel, SubTarget string }
	}
}

// Kinds of items.
const (
	queryItem = 3
	chartItem = 10
	groupItem = 12
)

// shownBy is what a workbook shows, given its content.
func shownBy(title, content string, tables map[string]arm.Table) (report.Workbook, error) {
	shown := report.Workbook{Title: title}
	var book struct{ Items []item }
	if err := json.Unmarshal([]byte(content), &book); err != nil {
		return shown, fmt.Errorf("reading the workbook: %w", err)
	}
	labels := map[string]string{}
	for _, one := range book.Items {
		for _, link := range one.Content.Links {
			labels[link.SubTarget] = link.LinkLabel
		}
	}
	for _, group := range book.Items {
		if group.Type != groupItem {
			continue
		}
		tab := report.WorkbookTab{Title: labels[group.Name]}
		if tab.Title == "" {
			return shown, fmt.Errorf("nobody can choose the tab %s", group.Name)
		}
		for _, one := range group.Content.Items {
			switch one.Type {
			case chartItem:
				tab.Charts = append(tab.Charts, one.Content.Title)
			case queryItem:
				answer, err := arm.Query(one.Content.Query, tables)
				if err != nil {
					return shown, fmt.Errorf("query %s: %w", one.Name, err)
				}
				tab.Answers = append(tab.Answers, texts(one.Content.Title, answer))
			}
		}
		shown.Tabs = append(shown.Tabs, tab)
	}
	return shown, nil
}

// texts is an answer as a page shows it.
func texts(title string, t arm.Table) report.Answer {
	a := report.Answer{Title: title, Rows: [][]string{}}
	for _, c := range t.Columns {
		a.Columns = append(a.Columns, c.Name)
	}
	for _, row := range t.Rows {
		var values []string
		for _, c := range t.Columns {
			values = append(values, text(row[c.Name]))
		}
		a.Rows = append(a.Rows, values)
	}
	return a
}

func text(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return at.UTC().Format(time.DateTime)
		}
		return v
	}
	return strings.TrimSpace(fmt.Sprint(value))
}
