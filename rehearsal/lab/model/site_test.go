package model

import (
	"fmt"
	"strings"
	"testing"
)

func TestANetworkSecurityGroupNeedsItsNetwork(t *testing.T) {
	site := Site{NSG: []Rule{{Name: "DenyAllInbound"}}}
	if err := site.Validate(); err == nil || !strings.Contains(fmt.Sprint(err), "no subnets") {
		t.Errorf("%v", err)
	}
}
