package program

import (
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// closedCloud does not answer who has a resource group.
type closedCloud struct{ cloud }

func (c *closedCloud) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if strings.HasPrefix(args.Token, "azure-native:") {
		return nil, errors.New(`Status=403 Code="AuthorizationFailed"`)
	}
	return c.cloud.Call(args)
}

func TestASiteIsPlannedWhereResourceGroupsCannotBeRead(t *testing.T) {
	c := &closedCloud{}
	if err := run(c, nil); err != nil {
		t.Fatal(err)
	}
	find(t, c.cloud.resources, "ResourceGroup", "")
}
