package program

import (
	"testing"
)

func TestTheTableOfRequestsIsInTheWorkspaceThatIsGiven(t *testing.T) {
	all := deploy(t, map[string]string{"logs": `{"proxyAccess":true,"workspaceId":"` + workspace + `"}`,
		"sensors": `[{"name":"press","ip":"10.30.0.4"}]`})
	table := find(t, all, "Table", "")
	for path, want := range map[string]string{"workspaceName": "central", "tableName": "SensorProxy_plant_1_CL"} {
		if got := at(t, table.inputs, path); got != want {
			t.Errorf("%s of the table is %s, want %s", path, got, want)
		}
	}
	rule := find(t, all, "DataCollectionRule", "")
	if got := at(t, rule.inputs, "location"); got != "northeurope" {
		t.Errorf("the rule is in %s, and the workspace in northeurope", got)
	}
}
