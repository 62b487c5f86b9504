package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// clients are the ways into Azure.
type clients struct {
	arm        *arm.Client
	credential azcore.TokenCredential
	options    policy.ClientOptions
}

// connect makes the clients. Nothing is asked yet.
func connect(o options) (*clients, error) {
	configuration, isOwn, err := cloudOf(o.cloud)
	if err != nil {
		return nil, err
	}
	c := &clients{options: policy.ClientOptions{Cloud: configuration}}
	c.credential, err = azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
		ClientOptions: c.options, DisableInstanceDiscovery: isOwn})
	if err != nil {
		return nil, fmt.Errorf("logging in to Azure: %w", err)
	}
	c.arm, err = arm.NewClient("verify", "v1.0.0", c.credential, &arm.ClientOptions{
		ClientOptions: c.options, DisableRPRegistration: true})
	return c, err
}

// cloudOf is the cloud of a name, or the one that a file describes, whose authority Microsoft does not vouch for.
func cloudOf(name string) (configuration cloud.Configuration, isOwn bool, err error) {
	switch strings.ToLower(name) {
	case "public":
		return cloud.AzurePublic, false, nil
	case "usgovernment":
		return cloud.AzureGovernment, false, nil
	case "china":
		return cloud.AzureChina, false, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return configuration, false, fmt.Errorf("--cloud %s is neither public, usgovernment, china nor a file: %w",
			name, err)
	}
	var file struct{ Authority, ResourceManager, Audience string }
	if err := json.Unmarshal(text, &file); err != nil {
		return configuration, false, fmt.Errorf("--cloud %s: %w", name, err)
	}
	var wrong []error
	for _, key := range []struct{ name, value string }{{"authority", file.Authority},
		{"resourceManager", file.ResourceManager}} {
		if !strings.HasPrefix(key.value, "https://") {
			wrong = append(wrong, fmt.Errorf("--cloud %s: %s is %q; allowed is a URL with https", name, key.name,
				key.value))
		}
	}
	if len(wrong) > 0 {
		return configuration, false, errors.Join(wrong...)
	}
	if file.Audience == "" {
		file.Audience = file.ResourceManager
	}
	return cloud.Configuration{ActiveDirectoryAuthorityHost: file.Authority,
		Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: file.ResourceManager, Audience: file.Audience},
		}}, true, nil
}
