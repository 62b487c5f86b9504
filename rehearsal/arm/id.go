package arm

import (
	"crypto/sha256"
	"fmt"
	"strings"

	azarm "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
)

// ID is a resource ID taken apart.
type ID struct {
	Subscription  string
	ResourceGroup string   // empty for a resource of the subscription
	Type          string   // Microsoft.Network/networkWatchers/flowLogs
	Names         []string // one for each segment of the type, the resource's own last
	Parent        string   // the ID of the parent resource, the scope of an extension resource, or the resource group
	Extension     bool     // Parent is a scope: a resource of another provider
	text          string
}

// ParseID takes a resource ID apart.
func ParseID(id string) (ID, error) {
	parsed, err := azarm.ParseResourceID(id)
	if err != nil {
		return ID{}, err
	}
	out := ID{
		Subscription:  parsed.SubscriptionID,
		ResourceGroup: parsed.ResourceGroupName,
		Type:          parsed.ResourceType.String(),
		text:          "/" + strings.Trim(id, "/"),
	}
	if strings.EqualFold(out.Type, typeResourceGroup) {
		out.Type, out.Names = typeResourceGroup, []string{parsed.Name}
		return out, nil
	}
	if parsed.Parent != nil {
		out.Parent = parsed.Parent.String()
	}
	at := parsed
	for range parsed.ResourceType.Types {
		out.Names = append([]string{at.Name}, out.Names...)
		at = at.Parent
	}
	out.Extension = len(parsed.ResourceType.Types) == 1 && at != nil && len(at.ResourceType.Types) > 0 &&
		at.ResourceType.String() != azarm.ResourceGroupResourceType.String() &&
		at.ResourceType.String() != azarm.SubscriptionResourceType.String()
	return out, nil
}

// String is the ID as it was written.
func (id ID) String() string { return id.text }

// Name is the resource's own name.
func (id ID) Name() string {
	if len(id.Names) == 0 {
		return ""
	}
	return id.Names[len(id.Names)-1]
}

// groupID is the ID of the resource group that the resource is in.
func (id ID) groupID() string {
	return fmt.Sprintf("/subscriptions/%s/resourceGroups/%s", id.Subscription, id.ResourceGroup)
}

// key is how an ID is looked up: ARM compares IDs without regard to case.
func key(id string) string { return strings.ToLower("/" + strings.Trim(id, "/")) }

// within tells whether id is owner itself or something inside it: a child, an extension, a subnet of a network.
func within(id, owner string) bool {
	return key(id) == key(owner) || strings.HasPrefix(key(id), key(owner)+"/")
}

// guid is a GUID that depends on nothing but its parts, so that two rehearsals of one program agree.
func guid(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
