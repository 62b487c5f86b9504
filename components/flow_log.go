package components

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	storage "github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// flowLog records the virtual network's traffic. Azure makes the network watcher with the first virtual network of a
// region, so it is named here and never owned. All flow logs of a region and subscription are its children, and the
// provider adds no random suffix to their names: this one is named after the resource group. Azure neither moves a flow
// log to another network nor takes a second one of its name, so it goes before its network does.
func (d *Diagnostics) flowLog(ctx *pulumi.Context, name string, args *DiagnosticsArgs, s site.Site) error {
	logs := s.Azure.Logs
	// Access by the account's keys stays allowed, as it is by default: Network Watcher writes with signatures made of
	// them. An identity of its own could write in their place only after a role assignment, which takes more rights
	// than Contributor has.
	// Sources: https://learn.microsoft.com/azure/network-watcher/required-rbac-permissions#flow-logs and
	// https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-managed-identity
	account, err := storage.NewStorageAccount(ctx, accountName(name), &storage.StorageAccountArgs{
		ResourceGroupName:      args.ResourceGroupName,
		Location:               pulumi.String(s.Location),
		Kind:                   pulumi.String("StorageV2"),
		Sku:                    storage.SkuArgs{Name: pulumi.String("Standard_LRS")},
		RoutingPreference:      storage.RoutingPreferenceArgs{RoutingChoice: pulumi.String("MicrosoftRouting")},
		MinimumTlsVersion:      pulumi.String("TLS1_2"),
		EnableHttpsTrafficOnly: pulumi.Bool(true),
		AllowBlobPublicAccess:  pulumi.Bool(false),
		// of selected networks, of which there is none: see the next line
		PublicNetworkAccess: pulumi.String("Enabled"),
		NetworkRuleSet: storage.NetworkRuleSetArgs{DefaultAction: storage.DefaultActionDeny,
			Bypass: pulumi.String("AzureServices")},
		Tags: args.Tags,
	}, pulumi.Parent(d), pulumi.Protect(args.Protect))
	if err != nil {
		return fmt.Errorf("storage account for flow logs: %w", err)
	}
	d.handedOut["flowLogs"] = standsOn(account, pulumi.Map{"name": account.Name})

	flowLogName := args.FlowLogName
	if flowLogName == nil {
		flowLogName = pulumi.Sprintf("%s-%s", args.ResourceGroupName, name)
	}
	_, err = network.NewFlowLog(ctx, name+"-flow-log", &network.FlowLogArgs{
		ResourceGroupName:  pulumi.String(logs.NetworkWatcher.ResourceGroup),
		NetworkWatcherName: pulumi.String(logs.NetworkWatcher.Name),
		FlowLogName:        flowLogName,
		Location:           pulumi.String(s.Location),
		TargetResourceId:   args.VirtualNetworkID,
		StorageId:          account.ID(),
		Enabled:            pulumi.Bool(true),
		Format:             network.FlowLogFormatParametersArgs{Type: pulumi.String("JSON"), Version: pulumi.Int(2)},
		RetentionPolicy: network.RetentionPolicyParametersArgs{Days: pulumi.Int(logs.RetentionDays),
			Enabled: pulumi.Bool(logs.RetentionDays > 0)},
		FlowAnalyticsConfiguration: network.TrafficAnalyticsPropertiesArgs{
			NetworkWatcherFlowAnalyticsConfiguration: network.TrafficAnalyticsConfigurationPropertiesArgs{
				Enabled:                  pulumi.Bool(true),
				WorkspaceResourceId:      d.WorkspaceID,
				TrafficAnalyticsInterval: pulumi.Int(logs.TrafficAnalyticsMinutes),
			},
		},
		Tags: args.Tags,
	}, pulumi.Parent(d), pulumi.ReplaceOnChanges([]string{"targetResourceId"}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("flow log of the virtual network: %w", err)
	}
	return nil
}

const (
	// A storage account's name is at most 24 lower-case letters and digits, of which Pulumi's random suffix takes 8.
	// Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftstorage
	longestAccountName = 24 - 8
	accountSuffix      = "flow"
)

// accountName makes the logical name of the storage account from the component's. One that is too long is cut, and
// tells itself from others by a hash.
func accountName(component string) string {
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(component))
	const room = longestAccountName - len(accountSuffix)
	if len(letters) > room {
		hash := sha256.Sum256([]byte(component))
		const digits = 4
		letters = letters[:room-digits] + hex.EncodeToString(hash[:])[:digits]
	}
	return letters + accountSuffix
}
