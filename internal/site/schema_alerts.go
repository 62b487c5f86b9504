package site

import "github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"

// These keys say who is told when something keeps sensors from Defender, and of what.

var alertsSchema = []Key{
	{Name: "emails", Kind: Texts, Example: []string{"ot-team@contoso.com"},
		About: "E-mail addresses that are told. Azure writes to each when it is added."},
	{
		Name: "webhooks", Kind: Groups, About: "Webhooks that are called, with Azure's common alert schema.",
		Keys: []Key{
			{
				Name: "name", Kind: Text, Required: true, Form: connectionName, Example: "pager",
				About:   "Name of the webhook.",
				Problem: "cannot name a webhook", Allowed: "2 to 32 lower-case letters, digits and dashes",
				Do: "Give each webhook a short name of its own",
			},
			{
				Name: "url", Kind: Text, Required: true, Secret: true, Example: "https://ops.contoso.com/hooks/a1b2c3",
				About:   "URL of the webhook. Whoever knows it can call it.",
				Allowed: allowedWebhook, Do: setWebhook,
			},
		},
	},
	existingKey("actionGroupId", "Microsoft.Insights/actionGroups", "one made of emails and webhooks",
		"Resource ID of an existing action group that is told."),
	{
		Name: "without", Kind: Texts, Choices: alerts.Names(), Example: []string{"proxy-cpu"},
		About:   "Alerts that the site is to be without: names from docs/alerts.md.",
		Problem: "is not the name of an alert",
	},
}

const (
	allowedWebhook = "an https:// URL of up to 2000 characters, at a host that is not below example.com"
	setWebhook     = "Set it with `pulumi config set --secret --path 'alerts.webhooks[0].url'`"
)
