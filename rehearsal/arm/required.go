package arm

import (
	"fmt"
	"reflect"
)

// requiredRules come after the rules of the type, which say of some properties more than that they are missing.
var requiredRules = []Rule{
	{
		Name: "a property that the model requires is given", Code: "InvalidRequestFormat",
		Source: "https://pkg.go.dev/github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6" +
			codeAssumed,
		check: func(c *change) string { return missingProperty(c.decoded.model) },
	},
}

// missingProperty finds a property that an official model requires and does not have.
func missingProperty(model any) string {
	return eachValue(reflect.ValueOf(model), "", func(v reflect.Value, path string) string {
		return first(required[v.Type()], func(field string) string {
			if !v.FieldByName(field).IsNil() {
				return ""
			}
			return fmt.Sprintf("Cannot parse the request. MissingJsonField: Required property '%s' is not "+
				"given. Path '%s'.",
				memberName(field), member(path, field))
		})
	})
}
