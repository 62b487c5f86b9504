// Package workbook says what a site's Azure Workbook shows: tabs of charts of metrics and of queries of logs, for what
// the site has. It knows of Azure the names of metrics and tables, and makes nothing.
package workbook

import (
	"net/netip"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"
)

// Site is what a workbook's tabs depend on.
type Site struct {
	alerts.Site // whose Workspace is always there

	AccessTable string       // that has each request of a sensor; empty: none
	Proxies     netip.Prefix // the proxies' subnet, by which flows are chosen
}

// Tab is a part of a workbook that is shown at a time.
type Tab struct {
	Name, Title string
	About       string // Markdown, above what is shown
	Charts      []Chart
	Queries     []Query
}

// Chart is of one metric.
type Chart struct {
	Name, Title string
	Resource    string // type of what has the metric
	Metric      string
	Aggregation string // Average, Maximum or Total
	Dimension   string // empty: one line for all
}

// Query is of the workspace's logs, over the time that the reader chooses.
type Query struct {
	Name, Title string
	Text        string
	Lines       bool // a chart over time; else a table
}

// For returns the tabs of a site.
func For(s Site) []Tab {
	var all []Tab
	for _, tab := range tabs {
		if tab.applies == nil || tab.applies(s) {
			all = append(all, tab.of(s))
		}
	}
	return all
}

// tab is a Tab of all that any site has.
type tab struct {
	Tab
	applies func(Site) bool // nil: every site has it
	charts  []chart
	queries []query
}

type chart struct {
	Chart
	applies func(Site) bool
}

type query struct {
	Query
	applies func(Site) bool
}

// of is what of the tab a site has, with the site's names in its queries.
func (t tab) of(s Site) Tab {
	one := t.Tab
	for _, c := range t.charts {
		if c.applies == nil || c.applies(s) {
			one.Charts = append(one.Charts, c.Chart)
		}
	}
	names := strings.NewReplacer(accessTable, s.AccessTable, proxySubnet, s.Proxies.String())
	for _, q := range t.queries {
		if q.applies == nil || q.applies(s) {
			q.Text = names.Replace(q.Text)
			one.Queries = append(one.Queries, q.Query)
		}
	}
	if !s.NATGateway && t.Name == egressTab {
		one.About = aboutFirewall
	}
	return one
}
