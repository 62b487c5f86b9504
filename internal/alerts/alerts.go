// Package alerts says which alerts a site has, when each of them fires, and what to do then. It knows of Azure the
// names of metrics and operations, and makes nothing.
package alerts

import (
	"fmt"
	"slices"
	"strings"
)

// Types of resources that alerts watch.
const (
	LoadBalancer = "Microsoft.Network/loadBalancers"
	NATGateway   = "Microsoft.Network/natGateways"
	ScaleSet     = "Microsoft.Compute/virtualMachineScaleSets"
	Gateway      = "Microsoft.Network/virtualNetworkGateways"
	Workspace    = "Microsoft.OperationalInsights/workspaces"
)

// Alert is one rule: what it watches and when it fires. It has conditions on metrics, or a query, or an operation.
type Alert struct {
	Name       string
	Resource   string      // type of what is watched
	All        []Condition // of metrics, which all have to hold
	Query      string      // of logs; it fires when there is a row
	Operation  string      // of the activity log; it fires when one fails
	Window     string      // over which samples are taken together, or rows looked at; ISO 8601
	Frequency  string      // at which it is evaluated; ISO 8601
	Severity   int         // 0, the worst, to 4
	Sites      string      // which sites have it, after "sites"
	Means      string
	Look       []string // commands and queries
	Do         string
	applies    func(Site) bool
	ofSKU      map[string]float64 // threshold of the first condition, by the gateway's SKU
	ofSKUAbout string
}

// Condition compares a metric with a threshold.
type Condition struct {
	Metric, Aggregation, Operator string
	Threshold                     float64
	Dimension                     string   // empty: all samples are taken together
	Values                        []string // of the dimension; *: each for itself
}

// Site is what an alert's being there depends on.
type Site struct {
	Instances  int
	NATGateway bool   // the way out is one
	Workspace  bool   // logs are kept
	FlowLog    bool   // with Traffic Analytics
	Gateway    string // vpn or expressRoute, of the site's own; empty: none
	SKU        string // of the gateway
	BGP        bool   // a connection of the VPN gateway has it
	Static     bool   // a connection of the VPN gateway does not
}

// LoadBalancerID stands in a query for the ID of the site's load balancer.
const LoadBalancerID = "LOAD_BALANCER_ID"

// For returns the alerts of a site, but for those that it is to be without.
func For(s Site, without []string) []Alert {
	var all []Alert
	for _, a := range list {
		if !a.applies(s) || slices.Contains(without, a.Name) {
			continue
		}
		if a.ofSKU != nil {
			a.All = slices.Clone(a.All)
			a.All[0].Threshold = a.ofSKU[s.SKU]
		}
		all = append(all, a)
	}
	return all
}

// Names are those of all alerts.
func Names() []string {
	var all []string
	for _, a := range list {
		all = append(all, a.Name)
	}
	return all
}

// ByName finds an alert.
func ByName(name string) (Alert, bool) {
	at := slices.IndexFunc(list, func(a Alert) bool { return a.Name == name })
	if at < 0 {
		return Alert{}, false
	}
	return list[at], true
}

// When says in one line when the alert fires.
func (a Alert) When() string {
	switch {
	case a.Query != "":
		return "no row where there should be some"
	case a.Operation != "":
		return "`" + a.Operation + "` fails"
	}
	var all []string
	for i, c := range a.All {
		threshold := fmt.Sprintf("%.10g", c.Threshold)
		if i == 0 && a.ofSKU != nil {
			threshold = a.ofSKUAbout
		}
		text := fmt.Sprintf("`%s` %s %s %s", c.Metric, strings.ToLower(c.Aggregation), signs[c.Operator], threshold)
		switch {
		case slices.Equal(c.Values, each):
			text += ", for each `" + c.Dimension + "`"
		case c.Dimension != "":
			text += ", of `" + c.Dimension + "` " + strings.Join(c.Values, " or ")
		}
		all = append(all, text)
	}
	return strings.Join(all, ", and ")
}

var signs = map[string]string{"LessThan": "<", "GreaterThan": ">", "GreaterThanOrEqual": "≥"}

var each = []string{"*"}

// Knows tells whether a gateway is of a kind and an SKU whose limits are known.
func Knows(kind, sku string) bool {
	return map[string]map[string]float64{"vpn": vpnBandwidth, "expressRoute": expressRouteBandwidth}[kind][sku] > 0
}
