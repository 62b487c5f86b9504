package arm

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

const typeWorkbook = "Microsoft.Insights/workbooks"

// workbook is a model of ours. Microsoft's module for Go has that of 2015 alone, which has other properties.
// https://github.com/Azure/azure-rest-api-specs/blob/main/specification/applicationinsights/resource-manager/Microsoft.Insights/stable/2022-04-01/workbooks_API.json
type workbook struct {
	ID         *string             `json:"id,omitzero"`
	Name       *string             `json:"name,omitzero"`
	Type       *string             `json:"type,omitzero"`
	Location   *string             `json:"location,omitzero"`
	Kind       *workbookKind       `json:"kind,omitzero"`
	Etag       *string             `json:"etag,omitzero"`
	Tags       map[string]*string  `json:"tags,omitzero"`
	Properties *workbookProperties `json:"properties,omitzero"`
}

type workbookProperties struct {
	DisplayName    *string `json:"displayName,omitzero"`
	SerializedData *string `json:"serializedData,omitzero"`
	Category       *string `json:"category,omitzero"`
	SourceID       *string `json:"sourceId,omitzero"`
	StorageURI     *string `json:"storageUri,omitzero"`
	Description    *string `json:"description,omitzero"`
	Version        *string `json:"version,omitzero"`
	Revision       *string `json:"revision,omitzero"`
	TimeModified   *string `json:"timeModified,omitzero"`
	UserID         *string `json:"userId,omitzero"`
}

type workbookKind string

func workbookKinds() []workbookKind { return []workbookKind{"shared"} }

var guidForm = regexp.MustCompile(`^(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// hiddenTitle is a tag that Azure adds: the portal lists a workbook by it.
// https://github.com/Azure/arm-template-whatif/issues/57
const hiddenTitle = "hidden-title"

// workbooks are pages of charts and queries in the portal. Azure does not read what is on them.
var workbooks = Type{
	Name:           typeWorkbook,
	Model:          model[workbook](),
	ReadModel:      model[workbook](),
	APIVersions:    []string{"2022-04-01"},
	Create:         alertRecord,
	Update:         alertRecord,
	Delete:         alertRecord,
	DurationSource: alertRecordSource,
	stateless:      true,
	syncWrite:      true,
	syncDelete:     true,
	onDemand:       "serializedData",
	readOnly:       under("properties.", "revision", "timeModified", "userId"),
	refs:           []reference{{path: "properties.sourceId", weak: true}},
	populate: func(_ *Server, r *resource, body map[string]any) {
		properties := object(body, "properties")
		properties["revision"] = strings.ReplaceAll(guid("revision", r.etag()), "-", "")
		properties["userId"] = r.guid("user")
		if source := text(properties, "sourceId"); source != "" {
			properties["sourceId"] = strings.ToLower(source) // as in that issue
		}
		object(body, "tags")[hiddenTitle] = properties["displayName"]
	},
	rules: []Rule{
		{
			Name: "a workbook's name is a GUID", Code: "BadRequest",
			Source: "https://github.com/MicrosoftDocs/azure-docs/issues/52844",
			check: func(c *change) string {
				if guidForm.MatchString(c.id.Name()) {
					return ""
				}
				return fmt.Sprintf("Invalid Workbook resource name: '%s'", strings.ToLower(c.id.Name()))
			},
		},
		{
			Name: "no two workbooks of a subscription are called the same", Code: "Conflict",
			Status: http.StatusConflict,
			Source: "https://github.com/microsoft/ApplicationInsights-Home/issues/476",
			check: about(func(c *change, m *workbook) string {
				for _, other := range c.server.order {
					if other.typ != c.typ || other == c.before || other.id.Subscription != c.id.Subscription {
						continue
					}
					theirs, _ := other.body["properties"].(map[string]any)
					if text(theirs, "displayName") == val(m.Properties.DisplayName) {
						return "A Workbook with the same name already exists within this subscription."
					}
				}
				return ""
			}),
		},
	},
}
