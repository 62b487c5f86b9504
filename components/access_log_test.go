package components

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

func withRows() *SensorProxyArgs {
	args := smallest()
	args.Logs.ProxyAccess, args.AccessTable = true, "SensorProxy_plant_CL"
	args.Sensors = []SensorName{{Name: "press", IP: "10.30.0.11"}}
	return args
}

func TestInstancesThatWriteRowsRunTheAgentAfterTheGate(t *testing.T) {
	set := find(t, built(t, withRows()), "VirtualMachineScaleSet")
	const agent = "virtualMachineProfile.extensionProfile.extensions[2]."
	for path, want := range map[string]string{
		"identity.type": "SystemAssigned", agent + "publisher": "Microsoft.Azure.Monitor",
		agent + "type": "AzureMonitorLinuxAgent", agent + "provisionAfterExtensions[0]": "readiness-gate",
		agent + "enableAutomaticUpgrade": "{true}",
	} {
		if got := at(t, set, path); got != want {
			t.Errorf("%s of the scale set is %s, want %s", path, got, want)
		}
	}
	set = find(t, built(t, smallest()), "VirtualMachineScaleSet")
	if got := at(t, set, "identity") + at(t, set, agent+"type"); got != "absentabsent" {
		t.Errorf("a scale set that writes no rows has %s", got)
	}
}

func TestARuleLeadsFromTheFileOfRowsToTheTable(t *testing.T) {
	all := built(t, withRows())
	table, rule := find(t, all, "Table"), find(t, all, "DataCollectionRule")
	for path, want := range map[string]string{
		"tableName": "SensorProxy_plant_CL", "schema.name": "SensorProxy_plant_CL",
		"schema.columns[0].name": "TimeGenerated", "schema.columns[0].type": "datetime",
	} {
		if got := at(t, table, path); got != want {
			t.Errorf("%s of the table is %s, want %s", path, got, want)
		}
	}
	for path, want := range map[string]string{
		"dataSources.logFiles[0].filePatterns[0]": squid.RowsPath, "dataSources.logFiles[0].format": "json",
		// The cloud of these tests gives a resource's own name for what Azure calls it.
		"dataFlows[0].outputStream": "Custom-" + table.name,
		"dataCollectionEndpointId":  "/id/plant-logs-access-endpoint",
		"dataFlows[0].streams[0]":   at(t, rule, "dataSources.logFiles[0].streams[0]"),
		"location":                  at(t, find(t, all, "DataCollectionEndpoint"), "location"),
	} {
		if got := at(t, rule, path); got != want {
			t.Errorf("%s of the rule is %s, want %s", path, got, want)
		}
	}
	if got := at(t, rule, "dataFlows[0].transformKql"); !strings.Contains(got, `{"10.30.0.11":"press"}`) {
		t.Errorf("the query is %s", got)
	}
	association := find(t, all, "DataCollectionRuleAssociation")
	if got := at(t, association, "resourceUri"); got != "/id/plant-proxies-vmss" {
		t.Errorf("the association is of %s", got)
	}
}

// Azure takes a rule only in the region of its workspace.
func TestTheRuleIsWhereItsWorkspaceIs(t *testing.T) {
	args := withRows()
	args.Logs.WorkspaceID = pulumi.String(strings.Replace(theirs, "network/providers/Microsoft.Network",
		"soc/providers/Microsoft.OperationalInsights", 1) + "workspaces/central")
	args.WorkspaceLocation = "northeurope"
	all := built(t, args)
	for token, want := range map[string]map[string]string{
		"Table":                  {"workspaceName": "central", "resourceGroupName": "soc"},
		"DataCollectionRule":     {"location": "northeurope"},
		"DataCollectionEndpoint": {"location": "northeurope"},
	} {
		for path, value := range want {
			if got := at(t, find(t, all, token), path); got != value {
				t.Errorf("%s of %s is %s, want %s", path, token, got, value)
			}
		}
	}
}

func TestWhatIsWrongWithATableIsSaidBeforeAnythingIsMade(t *testing.T) {
	args := withRows()
	args.AccessTable, args.Sensors[0].IP = "Requests", "10.99.0.1"
	_, err := args.check("plant")
	for _, want := range []string{"accessTable", "_CL", "sensors[0].ip", "outside sensorCidrs"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s: %v", want, err)
		}
	}
}
