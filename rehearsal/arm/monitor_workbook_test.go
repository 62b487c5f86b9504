package arm

import (
	"net/http"
	"strings"
	"testing"
)

const (
	workbookID   = inGroup + "/providers/" + typeWorkbook + "/0b6e4f3a-9c1d-8e2f-a7b5-6d4c3b2a1f0e"
	workbookBody = `{"location": "westeurope", "kind": "shared", "tags": {"site": "plant"}, "properties": {
		"displayName": "Sensors", "category": "workbook", "version": "Notebook/1.0",
		"serializedData": "{\"items\": []}", "sourceId": "` + lawID + `"}}`
)

var workbookBreaks = breaks{
	"a workbook's name is a GUID": func(a *azure) {
		a.put(inGroup+"/providers/"+typeWorkbook+"/plant", workbookBody)
	},
	"no two workbooks of a subscription are called the same": func(a *azure) {
		a.make(workbookID, workbookBody)
		a.put(strings.Replace(workbookID, "/0b6e", "/1b6e", 1), workbookBody)
	},
}

func TestAWorkbooksContentIsAnsweredOnDemandOnly(t *testing.T) {
	a := newSite(t)
	a.make(workbookID, workbookBody)
	of := func(query string) map[string]any {
		_, body := a.sendVersion(http.MethodGet, workbookID, versionFor(workbookID)+query, "")
		return body["properties"].(map[string]any)
	}
	if got := of("")["serializedData"]; got != nil {
		t.Errorf("an ordinary GET answers the content: %v", got)
	}
	if got := of("&canFetchContent=true")["serializedData"]; got != `{"items": []}` {
		t.Errorf("the content is %v", got)
	}
	if got := of("")["sourceId"]; got != strings.ToLower(lawID) {
		t.Errorf("the source is %v", got)
	}
	tags, _ := a.get(workbookID)["tags"].(map[string]any)
	if tags[hiddenTitle] != "Sensors" || tags["site"] != "plant" {
		t.Errorf("the tags are %v", tags)
	}
	a.make(workbookID, set(workbookBody, "properties.serializedData", `{"items": [1]}`))
}
