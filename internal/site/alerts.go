package site

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"
)

// Alerts says who is told when something keeps sensors from Defender: an action group that exists, or one made of
// e-mail addresses and webhooks.
type Alerts struct {
	Emails        []string
	Webhooks      []Webhook
	ActionGroupID string
	Without       []string // names of alerts that are not wanted
}

// Webhook is called by Azure.
type Webhook struct {
	Name string
	URL  string // secret
}

var emailForm = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)

// Limits of an action group.
// Source: https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits#action-groups
const (
	mostEmails     = 1000
	mostWebhooks   = 10
	longestWebhook = 2000
)

func loadAlerts(s *section) *Alerts {
	group := s.section("alerts")
	if !group.given {
		return nil
	}
	a := &Alerts{ActionGroupID: group.text("actionGroupId"), Emails: loadEmails(group), Webhooks: loadWebhooks(group)}
	for _, e := range group.list("without") {
		a.Without = append(a.Without, e.text)
	}
	told := group.has("emails") || group.has("webhooks")
	switch {
	case told && a.ActionGroupID != "":
		group.fail("actionGroupId", a.ActionGroupID, "does not go with emails or webhooks",
			"an action group that exists, or emails and webhooks of which one is made",
			"Remove it, or add the receivers to the action group and remove them here")
	case !told && a.ActionGroupID == "":
		s.fail("alerts", nil, "tells nobody", "emails, webhooks or actionGroupId",
			"Say who is to be told, or remove it")
	}
	return a
}

func loadEmails(s *section) []string {
	var all []string
	for _, e := range s.list("emails") {
		switch {
		case !emailForm.MatchString(e.text):
			s.fail(e.name, e.text, "is not an e-mail address", "an address such as ot-team@contoso.com",
				"Write one address in each entry, without a name")
		case slices.ContainsFunc(all, func(other string) bool { return strings.EqualFold(other, e.text) }):
			s.fail(e.name, e.text, "is given twice", "addresses of which each is given once", "Remove one of the two")
		}
		all = append(all, e.text)
	}
	if len(all) > mostEmails {
		s.fail("emails", len(all), "is more than an action group takes", "up to 1000 addresses",
			"Use the address of a distribution list")
	}
	return all
}

func loadWebhooks(s *section) []Webhook {
	var all []Webhook
	for _, w := range s.sections("webhooks") {
		hook := Webhook{Name: w.text("name"), URL: w.text("url")}
		if hook.URL != "" && !isWebhook(hook.URL) {
			w.fail("url", nil, "cannot be called", allowedWebhook, setWebhook)
		}
		if slices.ContainsFunc(all, func(other Webhook) bool { return other.Name == hook.Name }) {
			w.fail("name", hook.Name, "is used twice", "names of which each is used once", "Rename one of the webhooks")
		}
		all = append(all, hook)
	}
	if len(all) > mostWebhooks {
		s.fail("webhooks", len(all), "is more than an action group takes", "up to 10 webhooks",
			"Have one webhook tell the others")
	}
	return all
}

// isWebhook tells whether Azure takes a URL. It refuses hosts below example.com.
// Source: https://github.com/hashicorp/terraform-provider-azurerm/pull/23203
func isWebhook(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && len(text) <= longestWebhook && printable(text) &&
		!strings.Contains(text, " ") && !strings.HasSuffix("."+strings.ToLower(u.Hostname()), ".example.com")
}

// AlertRules are the alerts of the site; none where nobody is to be told.
func (t Topology) AlertRules() []alerts.Alert {
	if t.Alerts == nil {
		return nil
	}
	return alerts.For(t.Watched(), t.Alerts.Without)
}

// Watched is what of the site alerts watch.
func (t Topology) Watched() alerts.Site {
	s := alerts.Site{Instances: t.ScaleSet.Instances, NATGateway: !t.Egress.Firewall.IsValid(), Workspace: true,
		FlowLog: t.Logs.FlowLogs}
	if t.Gateway == nil || t.Gateway.Kind == GatewayExisting {
		return s
	}
	s.Gateway, s.SKU = t.Gateway.Kind, t.Gateway.SKU
	for _, c := range t.Gateway.Connections {
		s.BGP, s.Static = s.BGP || c.ASN != 0, s.Static || c.ASN == 0
	}
	return s
}
