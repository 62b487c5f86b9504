package arm

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
)

const typeStorage = "Microsoft.Storage/storageAccounts"

const (
	storageNaming = "https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-name"
	storageErrors = "https://learn.microsoft.com/rest/api/storagerp/srp_error_codes_common"
	storageKinds  = "https://learn.microsoft.com/azure/storage/common/storage-account-overview#types-of-storage-accounts"
)

// storageName is the shape of a storage account's name, which is part of its host name.
var storageName = regexp.MustCompile(`^[a-z0-9]{3,24}$`)

var storageAccounts = Type{
	Name:           typeStorage,
	Model:          model[armstorage.AccountCreateParameters](),
	ReadModel:      model[armstorage.Account](),
	APIVersions:    []string{"2022-09-01"},
	Create:         20 * time.Second,
	Update:         5 * time.Second,
	Delete:         5 * time.Second,
	DurationSource: "asynchronous, a few polls; deletion is synchronous (estimate)",
	nameShape:      regexp.MustCompile(`.`), // AccountNameInvalid says it better
	accepted:       http.StatusAccepted,
	syncDelete:     true,
	refs:           []reference{{path: "properties.networkAcls.virtualNetworkRules.id", to: typeSubnet, weak: true}},
	populate:       populateStorage,
	rules: []Rule{
		{
			Name: "a storage account's name is 3 to 24 lower-case letters and digits", Code: "AccountNameInvalid",
			Source: storageNaming,
			check: func(c *change) string {
				if storageName.MatchString(c.id.Name()) {
					return ""
				}
				return fmt.Sprintf("%s is not a valid storage account name. Storage account name must be between 3 "+
					"and 24 characters in length and use numbers and lower-case letters only.", c.id.Name())
			},
		},
		{
			Name: "a storage account's name is nobody else's", Code: "StorageAccountAlreadyTaken",
			Status: http.StatusConflict, Source: storageErrors,
			check: func(c *change) string {
				if c.before != nil || !slices.Contains(c.server.takenNames, c.id.Name()) {
					return ""
				}
				return fmt.Sprintf("The storage account named %s is already taken.", c.id.Name())
			},
		},
		{
			Name: "a storage account is in one resource group", Code: "StorageAccountInAnotherResourceGroup",
			Status: http.StatusConflict, Source: storageErrors,
			check: func(c *change) string {
				return first(c.server.order, func(r *resource) string {
					if r == c.before || r.typ != c.typ || r.id.Name() != c.id.Name() {
						return ""
					}
					return fmt.Sprintf("The account %s is already in another resource group in this subscription: %s.",
						c.id.Name(), r.id.ResourceGroup)
				})
			},
		},
		{
			// The issue shows the code where another property of the account is missing.
			Name: "a storage account has a kind and a SKU", Code: "MissingRequiredAccountProperty",
			Source: "https://github.com/Azure/bicep-types-az/issues/2115",
			check: about(func(c *change, m *armstorage.AccountCreateParameters) string {
				if m.Kind != nil && m.SKU != nil && m.SKU.Name != nil {
					return ""
				}
				return fmt.Sprintf("Account properties kind and sku.name are required for the request that creates %s.",
					c.id)
			}),
		},
		{
			Name: "no account of kind Storage or BlobStorage is created", Code: "AccountKindNotSupported",
			Source: "https://github.com/coreos/coreos-assembler/pull/4616 " +
				"https://github.com/ansible-collections/azure/pull/2327",
			check: about(func(c *change, m *armstorage.AccountCreateParameters) string {
				if c.before != nil || *m.Kind != armstorage.KindStorage && *m.Kind != armstorage.KindBlobStorage {
					return ""
				}
				return fmt.Sprintf("Storage accounts of kind %s can no longer be created: %s. Use StorageV2.", *m.Kind,
					c.id)
			}),
		},
		{
			Name: "block blob and file accounts are Premium", Code: "InvalidValuesForRequestParameters",
			Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/4842 " + storageKinds,
			check: about(func(c *change, m *armstorage.AccountCreateParameters) string {
				premium := strings.HasPrefix(strings.ToLower(string(*m.SKU.Name)), "premium")
				if premium || *m.Kind != armstorage.KindBlockBlobStorage && *m.Kind != armstorage.KindFileStorage {
					return ""
				}
				return fmt.Sprintf("Values for request parameters are invalid: kind, sku. %s of kind %s cannot be %s.",
					c.id, *m.Kind, *m.SKU.Name)
			}),
		},
	},
}

// populateStorage adds what Azure decides, as recorded of an account that asks for no more than its kind and its SKU.
// Source: pulumi/pulumi-azure-native, upgrade-storage-blob/2.76.0/grpc.json under
// provider/pkg/provider/testdata/recorded.
func populateStorage(_ *Server, r *resource, body map[string]any) {
	properties := object(body, "properties")
	properties["creationTime"] = made
	properties["keyCreationTime"] = map[string]any{"key1": made, "key2": made}
	properties["primaryEndpoints"] = storageEndpoints(r.id.Name())
	properties["primaryLocation"] = r.location
	properties["statusOfPrimary"] = string(armstorage.AccountStatusAvailable)
	properties["privateEndpointConnections"] = []any{}
	encrypted := map[string]any{"enabled": true, "keyType": "Account", "lastEnabledTime": made}
	unset(properties, map[string]any{
		"accessTier": "Hot", "allowCrossTenantReplication": false, "supportsHttpsTrafficOnly": true,
		"minimumTlsVersion": "TLS1_0",
		"encryption": map[string]any{"keySource": "Microsoft.Storage",
			"services": map[string]any{"blob": encrypted, "file": encrypted}},
	})
	unset(object(properties, "networkAcls"), map[string]any{
		"bypass": "AzureServices", "defaultAction": "Allow", "ipRules": []any{}, "virtualNetworkRules": []any{},
	})
	unset(body, map[string]any{"tags": map[string]any{}})
	sku := object(body, "sku")
	sku["tier"], _, _ = strings.Cut(text(sku, "name"), "_")
}

// made is when everything here was made: simulated time has no date.
const made = "2026-01-01T00:00:00Z"

func storageEndpoints(account string) map[string]any {
	endpoints := map[string]any{"web": fmt.Sprintf("https://%s.z1.web.core.windows.net/", account)}
	for _, service := range []string{"blob", "dfs", "file", "queue", "table"} {
		endpoints[service] = fmt.Sprintf("https://%s.%s.core.windows.net/", account, service)
	}
	return endpoints
}
