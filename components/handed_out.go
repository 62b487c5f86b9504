package components

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// handedOut is the output under which a component records, by name, what others come to rely on once it is deployed: an
// address that is typed into sensors, a tunnel whose other end somebody sets up. Whoever compares a change with what is
// deployed reads it there. Each entry names the resource that it stands on: where that is gone, so is what was handed
// out.
const handedOut = "handedOut"

// standsOn is an entry of the record: what is handed out, and the resource that it stands on.
func standsOn(resource pulumi.Resource, what pulumi.Map) pulumi.Map {
	what["resource"] = resource.URN()
	return what
}

func texts[T any](all []T) pulumi.StringArray {
	out := pulumi.StringArray{}
	for _, one := range all {
		out = append(out, pulumi.String(fmt.Sprint(one)))
	}
	return out
}
