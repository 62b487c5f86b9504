package program

import (
	"strings"
	"testing"
)

func TestTheWorkbookIsThereOnlyOnDemand(t *testing.T) {
	for _, r := range deploy(t, nil) {
		if strings.HasSuffix(r.token, ":Workbook") {
			t.Errorf("%s is there unasked", r.name)
		}
	}
	book := find(t, deploy(t, map[string]string{"logs": `{"workbook":true,"proxyAccess":true}`}), "Workbook", "")
	content := at(t, book.inputs, "serializedData")
	for _, word := range []string{"SensorProxy_plant_1_CL", "natgateways", "NTANetAnalytics"} {
		if !strings.Contains(content, word) {
			t.Errorf("%s is not in the content\n%s", word, content)
		}
	}
}
