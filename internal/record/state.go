package record

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Made is a resource of a stack.
type Made struct {
	Type string // Pulumi's
	Name string // in the program
	ID   string // Azure's
}

// Stack is what a stack has in Azure, by type and name. The text is what `pulumi stack export` writes. No error shows
// any of it.
func Stack(export []byte) ([]Made, error) {
	var state struct {
		Deployment struct {
			Resources []struct {
				URN, Type, ID string
				Delete        bool
			}
		}
	}
	if json.Unmarshal(export, &state) != nil {
		return nil, errors.New("the stack's state is not what `pulumi stack export` writes")
	}
	var all []Made
	for _, r := range state.Deployment.Resources {
		name := r.URN[strings.LastIndex(r.URN, ":")+1:]
		if !r.Delete {
			all = append(all, Made{r.Type, name, r.ID})
		}
	}
	if all = InAzure(all); len(all) == 0 {
		return nil, errors.New("the stack has nothing in Azure: run `pulumi up` first")
	}
	return all, nil
}

// InAzure are those of a stack's resources that Azure has, in the order of a recording: by type and name.
func InAzure(all []Made) []Made {
	all = slices.DeleteFunc(all, func(m Made) bool {
		return !strings.HasPrefix(m.Type, "azure-native:") || !strings.HasPrefix(m.ID, "/")
	})
	slices.SortFunc(all, func(a, b Made) int {
		return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.Name, b.Name))
	})
	return all
}

// versionInType is how azure-native names the version of an API in a type.
var versionInType = regexp.MustCompile(`/v(\d{4})(\d{2})(\d{2})(preview)?:`)

// versions are those that azure-native v2 uses for the program's types that name none, as its SDK says at each of them.
// A test of rehearsal/calibrate compares them with what is asked of Azure.
var versions = map[string]string{
	"azure-native:compute:VirtualMachineScaleSet":         "2023-03-01",
	"azure-native:insights:ActionGroup":                   "2023-01-01",
	"azure-native:insights:ActivityLogAlert":              "2020-10-01",
	"azure-native:insights:DataCollectionEndpoint":        "2022-06-01",
	"azure-native:insights:DataCollectionRule":            "2022-06-01",
	"azure-native:insights:DataCollectionRuleAssociation": "2022-06-01",
	"azure-native:insights:DiagnosticSetting":             "2021-05-01-preview",
	"azure-native:insights:MetricAlert":                   "2018-03-01",
	"azure-native:insights:ScheduledQueryRule":            "2023-03-15-preview",
	"azure-native:insights:Workbook":                      "2022-04-01",
	"azure-native:operationalinsights:Table":              "2022-10-01",
	"azure-native:operationalinsights:Workspace":          "2022-10-01",
	"azure-native:resources:ResourceGroup":                "2022-09-01",
	"azure-native:storage:StorageAccount":                 "2022-09-01",
}

// APIVersion is the version of the API by which azure-native reads and writes a resource.
func (m Made) APIVersion() (string, error) {
	if v := versionInType.FindStringSubmatch(m.Type); v != nil {
		version := v[1] + "-" + v[2] + "-" + v[3]
		if v[4] != "" {
			version += "-" + v[4]
		}
		return version, nil
	}
	if version, known := versions[m.Type]; known {
		return version, nil
	}
	return "", fmt.Errorf("the version of the API of %s is not known", m.Type)
}
