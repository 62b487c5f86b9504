package arm

import (
	"fmt"
	"regexp"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
)

const terminateDoc = "https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-terminate-notification"

var (
	// noticePeriod is the ISO 8601 durations from 5 to 15 minutes.
	noticePeriod = regexp.MustCompile(`^PT([5-9]|1[0-5])M$`)
	// timeBudget is the ISO 8601 durations from 15 to 120 minutes.
	timeBudget = regexp.MustCompile(`^PT(1[5-9]|[2-9][0-9]|1[01][0-9]|120)M$|^PT1H([0-5]?[0-9]M)?$|^PT2H$`)
)

// scaleSetEventRules are about what instances have time for: their extensions, and their end.
var scaleSetEventRules = []Rule{
	{
		Name: "instances are told of their end 5 to 15 minutes before", Code: "InvalidParameter",
		Source: computeErrors + " " + terminateDoc,
		check: about(func(_ *change, m *armcompute.VirtualMachineScaleSet) string {
			notice := val(val(m.Properties.VirtualMachineProfile.ScheduledEventsProfile).TerminateNotificationProfile)
			if !val(notice.Enable) || notice.NotBeforeTimeout == nil ||
				noticePeriod.MatchString(*notice.NotBeforeTimeout) {
				return ""
			}
			return fmt.Sprintf("The value of parameter notBeforeTimeout is invalid: '%s' is not PT5M to PT15M.",
				*notice.NotBeforeTimeout)
		}),
	},
	{
		Name: "extensions have 15 to 120 minutes", Code: "InvalidParameter",
		Source: computeErrors + " " + scaleSetReference,
		check: about(func(_ *change, m *armcompute.VirtualMachineScaleSet) string {
			budget := val(m.Properties.VirtualMachineProfile.ExtensionProfile).ExtensionsTimeBudget
			if budget == nil || timeBudget.MatchString(*budget) {
				return ""
			}
			return fmt.Sprintf("The value of parameter extensionsTimeBudget is invalid: '%s' is not PT15M to PT2H.",
				*budget)
		}),
	},
}
