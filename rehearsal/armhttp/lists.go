package armhttp

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// pageSize is how much a page of a list has: little, so that whoever reads the first alone is found out.
const pageSize = 1

// collection is a list that can be asked for.
type collection struct {
	suffix  string   // of the path
	actions []string // that reading it takes
	of      func(a *Azure, owner string) []map[string]any
}

// collections are all of them.
// Source of the actions: https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
var collections = []collection{
	{"/virtualMachines", []string{"Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
		"Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read"}, (*Azure).instances},
	{"/networkInterfaces", []string{"Microsoft.Compute/virtualMachineScaleSets/networkInterfaces/read"},
		(*Azure).interfaces},
	{"/flowLogs", []string{"Microsoft.Network/networkWatchers/flowLogs/read"}, (*Azure).children},
	{"/connections", []string{"Microsoft.Network/virtualNetworkGateways/connections/read"}, (*Azure).connections},
	{"/providers/Microsoft.Insights/diagnosticSettings", []string{"Microsoft.Insights/diagnosticSettings/read"},
		(*Azure).children},
	{"/providers/Microsoft.Insights/metrics", []string{"Microsoft.Insights/metrics/read"}, (*Azure).metrics},
}

// list answers with a page of a list; false: the path is none's.
func (a *Azure) list(w http.ResponseWriter, r *http.Request) bool {
	for _, c := range collections {
		owner, is := cutSuffix(r.URL.Path, c.suffix)
		if !is {
			continue
		}
		if !a.allow(w, r.URL.Path, c.actions...) {
			return true
		}
		all := []any{}
		for _, body := range c.of(a, owner) {
			id, _ := body["id"].(string)
			if a.edited(id, body) {
				all = append(all, body)
			}
		}
		page := map[string]any{}
		first, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken"))
		last := min(first+pageSize, len(all))
		page["value"] = all[min(first, last):last]
		if last < len(all) {
			query := r.URL.Query()
			query.Set("$skiptoken", strconv.Itoa(last))
			page["nextLink"] = (&url.URL{Scheme: "https", Host: r.Host, Path: r.URL.Path,
				RawQuery: query.Encode()}).String()
		}
		answer(w, http.StatusOK, page)
		return true
	}
	return false
}

func cutSuffix(path, suffix string) (string, bool) {
	if len(path) < len(suffix) || !strings.EqualFold(path[len(path)-len(suffix):], suffix) {
		return "", false
	}
	return path[:len(path)-len(suffix)], true
}

// children are the resources whose ID is one name longer than a list's path.
func (a *Azure) children(owner string) []map[string]any {
	var all []map[string]any
	for _, r := range a.ARM.Resources() {
		for _, between := range []string{"/flowLogs/", "/providers/Microsoft.Insights/diagnosticSettings/"} {
			start := owner + between
			if len(r.ID) > len(start) && strings.EqualFold(r.ID[:len(start)], start) {
				if body := a.have(r.ID); body != nil {
					all = append(all, body)
				}
			}
		}
	}
	return all
}

// connections are those of a gateway.
func (a *Azure) connections(gateway string) []map[string]any {
	var all []map[string]any
	for _, r := range a.ARM.Resources() {
		if r.Type != "Microsoft.Network/connections" {
			continue
		}
		body := a.have(r.ID)
		if strings.EqualFold(textAt(body, "properties", "virtualNetworkGateway1", "id"), gateway) {
			all = append(all, body)
		}
	}
	return all
}

// said is what an extension's script has printed, as Azure passes it on: what the readiness gate says of Debian 12's
// Squid.
// Source: https://github.com/Azure/custom-script-extension-linux/issues/137
var said = map[string]string{"CustomScript": "Enable succeeded: \n[stdout]\n" +
	"ready: Squid 5.7-2+deb12u2 answers on port 3128 as configured\n\n[stderr]\n"}

// instances are those of a Uniform scale set, as they are when they are listed with their instance view.
// Source: https://learn.microsoft.com/rest/api/compute/virtual-machine-scale-set-vms/list
func (a *Azure) instances(scaleSet string) []map[string]any {
	set := a.have(scaleSet)
	profile := at(set, "properties", "virtualMachineProfile")
	image := map[string]any{"exactVersion": "22.04.202611040"}
	if reference, given := at(profile, "storageProfile", "imageReference").(map[string]any); given {
		for name, value := range reference {
			image[name] = value
		}
	}
	var all []map[string]any
	for n := range a.capacity(set) {
		id := fmt.Sprintf("%s/virtualMachines/%d", scaleSet, n)
		var extensions, views []any
		for _, e := range listAt(profile, "extensionProfile", "extensions") {
			extensions = append(extensions, map[string]any{
				"id": id + "/extensions/" + textAt(e, "name"), "name": textAt(e, "name"),
				"properties": map[string]any{"type": textAt(e, "properties", "type"),
					"publisher": textAt(e, "properties", "publisher")},
			})
			views = append(views, map[string]any{
				"name": textAt(e, "name"),
				"statuses": []any{map[string]any{"code": "ProvisioningState/succeeded", "message": said[textAt(e,
					"properties", "type")]}},
			})
		}
		all = append(all, map[string]any{
			"id": id, "name": fmt.Sprintf("%s_%d", textAt(set, "name"), n), "instanceId": strconv.Itoa(n),
			"resources": extensions,
			"properties": map[string]any{
				"latestModelApplied": true, "provisioningState": "Succeeded",
				"storageProfile": map[string]any{"imageReference": image},
				"instanceView": map[string]any{
					"vmHealth": map[string]any{"status": map[string]any{"code": "HealthState/healthy",
						"level": "Info"}},
					"extensions": views,
				},
			},
		})
	}
	return all
}

func (a *Azure) capacity(scaleSet map[string]any) int {
	n, _ := at(scaleSet, "sku", "capacity").(float64)
	return int(n)
}

// interfaces are those of a scale set's instances.
func (a *Azure) interfaces(scaleSet string) []map[string]any {
	set := a.have(scaleSet)
	addresses := a.ARM.Instances(scaleSet)
	configurations := listAt(set, "properties", "virtualMachineProfile", "networkProfile",
		"networkInterfaceConfigurations")
	var all []map[string]any
	for n := range a.capacity(set) {
		for _, configuration := range configurations {
			ip := map[string]any{}
			if n < len(addresses) {
				ip["privateIPAddress"] = addresses[n].String()
			}
			body := map[string]any{"ipConfigurations": []any{map[string]any{"properties": ip}}}
			if group := at(configuration, "properties", "networkSecurityGroup"); group != nil {
				body["networkSecurityGroup"] = group
			}
			all = append(all, map[string]any{
				"id": fmt.Sprintf("%s/virtualMachines/%d/networkInterfaces/%s", scaleSet, n,
					textAt(configuration, "name")),
				"name": textAt(configuration, "name"), "properties": body,
			})
		}
	}
	return all
}

// metrics is what Azure Monitor tells of writes to a storage account's blobs.
// Source: https://learn.microsoft.com/azure/storage/blobs/monitor-blob-storage-reference
func (a *Azure) metrics(owner string) []map[string]any {
	data := []any{}
	if !a.Written.IsZero() {
		hour := a.Written.UTC().Truncate(time.Hour)
		data = append(data, map[string]any{"timeStamp": hour.Add(-time.Hour).Format(time.RFC3339), "total": 60},
			map[string]any{"timeStamp": hour.Format(time.RFC3339), "total": 20},
			map[string]any{"timeStamp": hour.Add(time.Hour).Format(time.RFC3339), "total": 0})
	}
	return []map[string]any{{"id": owner + "/providers/Microsoft.Insights/metrics/Transactions",
		"timeseries": []any{map[string]any{"data": data}}}}
}
