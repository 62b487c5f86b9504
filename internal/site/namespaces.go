package site

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

const providerNamespace = "azure-native"

// providerKeys are what the Azure provider reads of its namespace.
// Source: https://www.pulumi.com/registry/packages/azure-native/installation-configuration/
var providerKeys = strings.Fields(`
	auxiliaryTenantIds clientCertificatePassword clientCertificatePath clientId clientSecret disablePulumiPartnerId
	environment location metadataHost msiEndpoint oidcAudience oidcRequestToken oidcRequestUrl oidcToken
	oidcTokenFilePath partnerId subscriptionId tenantId useDefaultAzureCredential useMsi useOidc`)

// ownValues returns the values in the program's own namespace. Pulumi takes a key in any namespace, so one that is
// misspelt would be ignored without a word.
func ownValues(config Config, found *findings) map[string]any {
	values := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(config.Values)) {
		namespace, name, _ := strings.Cut(key, ":")
		switch {
		case namespace == config.Project:
			values[name] = config.Values[key]
		case namespace == providerNamespace:
			warnOfProviderKey(key, name, found)
		case isMisspelt(namespace, config.Project):
			refuseNamespace(key, config.Project+":"+name, found)
		case isMisspelt(namespace, providerNamespace):
			refuseNamespace(key, providerNamespace+":"+name, found)
		}
	}
	return values
}

// isMisspelt tells whether a namespace is another one with a few letters wrong: other programs' names differ more.
func isMisspelt(namespace, meant string) bool {
	const few = 3
	return levenshtein.Distance(strings.ToLower(namespace), strings.ToLower(meant), nil) <= few
}

func refuseNamespace(key, meant string, found *findings) {
	namespace, _, _ := strings.Cut(meant, ":")
	found.fail(Error{
		Key: key, Problem: "is in a namespace that nobody reads", Allowed: "the namespace " + namespace,
		Do: fmt.Sprintf("Rename it to %s in the stack file, or remove it with `pulumi config rm %s`", meant, key),
	})
}

func warnOfProviderKey(key, name string, found *findings) {
	if slices.Contains(providerKeys, name) {
		return
	}
	do := "Remove it with `pulumi config rm " + key + "`"
	if near, ok := nearest(name, providerKeys); ok {
		do = fmt.Sprintf("Did you mean %s:%s?", providerNamespace, near)
	}
	found.warn(key, nil, "is not a key of the Azure provider, which ignores it", do)
}
