package azurenative

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Diff compares inputs, and asks for a replacement for the parameters of the path and the few properties that the
// plugin's metadata has for the type: what else Azure refuses to change in place, the program has to say.
func (a *Azure) Diff(_ context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	a.Client.touch()
	t, _, err := lookup(resource.URN(request.GetUrn()).Type().String())
	if err != nil {
		return nil, err
	}
	olds, err := unmarshal(request.GetOldInputs())
	if err != nil {
		return nil, err
	}
	news, err := unmarshal(request.GetNews())
	if err != nil {
		return nil, err
	}
	state, err := unmarshal(request.GetOlds())
	if err != nil {
		return nil, err
	}
	changes := olds.Diff(news, internal)
	if changes == nil {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	a.forgive(changes)
	d := differ{forceNew: a.forceNew(t), kinds: map[string]pulumirpc.PropertyDiff_Kind{}}
	d.object(changes, "", "", false)
	return a.answer(d.kinds, olds, news, state), nil
}

// forceNew are the properties that the plugin replaces the resource for.
func (a *Azure) forceNew(t azureType) []string {
	switch {
	case a.deviates(replacesNothing):
		return t.parameters()
	case a.deviates(replacesScaleSets) && t.armType() == "Microsoft.Compute/virtualMachineScaleSets":
		return append(t.parameters(), "zones", "platformFaultDomainCount")
	}
	return append(t.parameters(), t.forceNew...)
}

// forgive leaves out differences that are none to Azure: the case of a group's name, case and spaces of a location.
func (a *Azure) forgive(changes *resource.ObjectDiff) {
	same := map[resource.PropertyKey]func(old, new string) bool{}
	if !a.deviates(mindsCaseOfGroups) {
		same["resourceGroupName"] = strings.EqualFold
	}
	if !a.deviates(mindsSpacesInLocations) {
		same["location"] = func(old, new string) bool { return canonical(old) == canonical(new) }
	}
	maps.DeleteFunc(changes.Updates, func(key resource.PropertyKey, change resource.ValueDiff) bool {
		return same[key] != nil && change.Old.IsString() && change.New.IsString() && same[key](change.Old.StringValue(),
			change.New.StringValue())
	})
}

func canonical(location string) string { return strings.ToLower(strings.ReplaceAll(location, " ", "")) }

// answer is the plugin's answer to the engine. A property that is new among the inputs replaces nothing if Azure has
// that value already.
func (a *Azure) answer(kinds map[string]pulumirpc.PropertyDiff_Kind, olds, news,
	state resource.PropertyMap) *pulumirpc.DiffResponse {
	response := &pulumirpc.DiffResponse{DetailedDiff: map[string]*pulumirpc.PropertyDiff{}, HasDetailedDiff: true}
	for _, path := range slices.Sorted(maps.Keys(kinds)) {
		kind, key := kinds[path], resource.PropertyKey(path)
		if kind == pulumirpc.PropertyDiff_ADD_REPLACE && !olds.HasValue(key) &&
			reflect.DeepEqual(news[key], state[key]) {
			kind = pulumirpc.PropertyDiff_ADD
		}
		if replaces(kind) {
			response.Replaces = append(response.Replaces, path)
		}
		top, _, _ := strings.Cut(path, ".")
		response.Diffs = append(response.Diffs, top)
		response.DetailedDiff[path] = &pulumirpc.PropertyDiff{Kind: kind, InputDiff: true}
		response.Changes = pulumirpc.DiffResponse_DIFF_SOME
	}
	if response.Changes != pulumirpc.DiffResponse_DIFF_SOME {
		response.Changes = pulumirpc.DiffResponse_DIFF_NONE
	}
	response.DeleteBeforeReplace = len(response.Replaces) > 0 || a.deviates(deletesFirstUnasked)
	if flag := olds[createBeforeDelete]; flag.IsBool() {
		response.DeleteBeforeReplace = !flag.BoolValue()
	}
	return response
}

func replaces(kind pulumirpc.PropertyDiff_Kind) bool {
	return kind == pulumirpc.PropertyDiff_ADD_REPLACE || kind == pulumirpc.PropertyDiff_UPDATE_REPLACE ||
		kind == pulumirpc.PropertyDiff_DELETE_REPLACE
}

// differ turns a difference into the engine's detailed one. Of a property that forces a replacement, every changed
// value inside does so too, but not an added or deleted one: the plugin looks those up by their own path.
type differ struct {
	forceNew []string
	kinds    map[string]pulumirpc.PropertyDiff_Kind
}

// object reports a difference of two objects: at is where they are, generic the same without the numbers of list items,
// and forced tells whether an object around them forces a replacement.
func (d *differ) object(diff *resource.ObjectDiff, at, generic string, forced bool) {
	for key := range diff.Adds {
		d.report(at+string(key), pulumirpc.PropertyDiff_ADD, d.forces(generic+string(key)))
	}
	for key := range diff.Deletes {
		d.report(at+string(key), pulumirpc.PropertyDiff_DELETE, d.forces(generic+string(key)))
	}
	for key, change := range diff.Updates {
		d.value(change, at+string(key), generic+string(key), forced)
	}
}

func (d *differ) value(change resource.ValueDiff, at, generic string, forced bool) {
	switch {
	case change.Object != nil:
		d.object(change.Object, at+".", generic+".", forced || d.forces(generic))
	case change.Array != nil:
		for i, item := range change.Array.Updates {
			d.value(item, fmt.Sprintf("%s[%d]", at, i), generic+"[]", forced)
		}
		for i := range change.Array.Adds {
			d.report(fmt.Sprintf("%s[%d]", at, i), pulumirpc.PropertyDiff_ADD, false)
		}
		for i := range change.Array.Deletes {
			d.report(fmt.Sprintf("%s[%d]", at, i), pulumirpc.PropertyDiff_DELETE, false)
		}
	default:
		d.report(at, pulumirpc.PropertyDiff_UPDATE, forced || d.forces(generic))
	}
}

func (d *differ) forces(generic string) bool { return slices.Contains(d.forceNew, generic) }

func (d *differ) report(at string, kind pulumirpc.PropertyDiff_Kind, replace bool) {
	if replace {
		kind++ // each kind's replacing sibling comes after it
	}
	d.kinds[at] = kind
}
