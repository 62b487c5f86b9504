package impact

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// HandedOut is the output under which a component keeps its part of the stack's record: by the record's names, each
// with the URN of the resource that it stands on. What stands on a resource that is gone is not handed out any more,
// whatever the component says: its outputs are as they were when its last deployment ended.
const HandedOut = "handedOut"

// standsOn is the property that names the resource.
const standsOn = "resource"

// Recorded puts the stack's record together from the outputs of its resources, by URN.
func Recorded(outputs map[string]map[string]any) (Record, error) {
	all := map[string]any{}
	for _, urn := range slices.Sorted(maps.Keys(outputs)) {
		part, _ := outputs[urn][HandedOut].(map[string]any)
		maps.Copy(all, standing(part, outputs))
	}
	text, err := json.Marshal(all)
	if err != nil {
		return Record{}, fmt.Errorf("%s: %w", HandedOut, err)
	}
	var record Record
	if err := json.Unmarshal(text, &record); err != nil {
		return Record{}, fmt.Errorf("%s: %w", HandedOut, err)
	}
	return record, nil
}

// standing is what is left of a part of the record without what stood on resources that are gone.
func standing(part map[string]any, outputs map[string]map[string]any) map[string]any {
	left := map[string]any{}
	for name, value := range part {
		inner, nested := value.(map[string]any)
		if !nested {
			left[name] = value
			continue
		}
		if on, named := inner[standsOn].(string); named {
			if _, there := outputs[on]; !there {
				continue
			}
		}
		left[name] = standing(inner, outputs)
	}
	return left
}
