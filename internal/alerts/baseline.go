package alerts

import (
	_ "embed"
	"encoding/csv"
	"strconv"
	"strings"
)

// baselineFile are the rules of Azure Monitor Baseline Alerts for the types of resources of a site and around it.
// Source: https://github.com/Azure/azure-monitor-baseline-alerts, services/*/*/alerts.yaml
//
//go:embed baseline.csv
var baselineFile string

// Baseline is a rule of Azure Monitor Baseline Alerts.
type Baseline struct {
	Resource, Name, Metric, Aggregation, Operator string
	Threshold                                     string // empty: a dynamic one, or none
	Severity                                      string
	Window, Frequency, Operation                  string
}

// Baselines are all of them.
func Baselines() ([]Baseline, error) {
	rows, err := csv.NewReader(strings.NewReader(baselineFile)).ReadAll()
	if err != nil {
		return nil, err
	}
	var all []Baseline
	for _, row := range rows[1:] {
		all = append(all, Baseline{Resource: row[0], Name: row[1], Metric: row[3], Aggregation: row[4],
			Operator: row[5], Threshold: row[6], Severity: row[7], Window: row[8], Frequency: row[9],
			Operation: row[10]})
	}
	return all, nil
}

// verdict is what became of a rule of the baseline: an alert has taken it, or it was left.
type verdict struct {
	taken string // name of the alert
	why   string // of what is different, or why it was left
}

func taken(by, why string) verdict { return verdict{by, why} }
func left(why string) verdict      { return verdict{why: why} }

// verdictOn is that on the rule itself or, without one, on all rules of its type.
func verdictOn(b Baseline) (verdict, bool) {
	v, known := verdicts[b.Resource+" "+b.Name]
	if !known {
		v, known = verdicts[b.Resource]
	}
	return v, known
}

// same tells whether the alert fires exactly when the rule would, and is as severe.
func (b Baseline) same(a Alert) bool {
	if len(a.All) != 1 || a.ofSKU != nil {
		return false
	}
	c := a.All[0]
	threshold, err := strconv.ParseFloat(b.Threshold, 64)
	return err == nil && c.Metric == b.Metric && c.Aggregation == b.Aggregation && c.Operator == b.Operator &&
		c.Threshold == threshold && c.Dimension == "" && a.Window == b.Window && a.Frequency == b.Frequency &&
		strconv.Itoa(a.Severity) == b.Severity
}
