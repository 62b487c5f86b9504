package arm

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
)

const typeActionGroup = "Microsoft.Insights/actionGroups"

// longestShortName is in characters.
const longestShortName = 12

// alertRecord is how long Azure takes over a rule or an action group: a record that is written at once.
const alertRecord = 2 * time.Second

const alertRecordSource = "synchronous: a record of Azure Monitor (estimate)"

var actionGroups = Type{
	Name:           typeActionGroup,
	Model:          model[armmonitor.ActionGroupResource](),
	ReadModel:      model[armmonitor.ActionGroupResource](),
	APIVersions:    []string{"2023-01-01"},
	Create:         alertRecord,
	Update:         alertRecord,
	Delete:         alertRecord,
	DurationSource: alertRecordSource,
	global:         true,
	stateless:      true,
	syncWrite:      true,
	syncDelete:     true,
	readOnly:       []string{"properties.emailReceivers.status", "properties.smsReceivers.status"},
	populate: func(_ *Server, r *resource, body map[string]any) {
		everywhere(r, body)
		for _, email := range objects(object(body, "properties"), "emailReceivers") {
			email["status"] = string(armmonitor.ReceiverStatusEnabled)
		}
	},
	rules: []Rule{
		{
			Name: "a short name has up to 12 characters", Code: "GroupShortNameIsTooLong",
			Source: "https://github.com/Azure/azure-rest-api-specs/issues/2840",
			check: about(func(_ *change, m *armmonitor.ActionGroupResource) string {
				name := val(m.Properties.GroupShortName)
				if len(name) <= longestShortName {
					return ""
				}
				return fmt.Sprintf("The action group short name '%s' is too long. Please specify a short name with "+
					"'%d' or less characters.", name, longestShortName)
			}),
		},
		{
			Name: "a webhook is at a host that can be called", Code: "WebhookServiceUriBlocked",
			Source: "https://github.com/hashicorp/terraform-provider-azurerm/pull/23203",
			check: about(func(_ *change, m *armmonitor.ActionGroupResource) string {
				return first(m.Properties.WebhookReceivers, func(w *armmonitor.WebhookReceiver) string {
					uri, err := url.Parse(val(w.ServiceURI))
					if err == nil && !strings.HasSuffix("."+strings.ToLower(uri.Hostname()), ".example.com") {
						return ""
					}
					return "WebhookServiceUriBlocked"
				})
			}),
		},
	},
}

// everywhere gives a body of what is in no region the location that Azure has for it.
func everywhere(r *resource, body map[string]any) { body["location"] = r.location }
