package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/verify"
)

type (
	rawSetting struct {
		Name       string
		Properties struct {
			WorkspaceID   string
			Logs, Metrics []struct {
				Category, CategoryGroup string
				Enabled                 bool
			}
		}
	}

	rawFlowLog struct {
		ID         string
		Properties struct {
			TargetResourceID, StorageID string
			Enabled                     bool
			RetentionPolicy             struct {
				Days    int
				Enabled bool
			}
		}
	}

	rawAccount struct {
		ID         string
		Tags       map[string]string
		Properties struct {
			AllowBlobPublicAccess *bool
			NetworkACLs           struct {
				DefaultAction string
				IPRules       []struct{ Value string }
			}
			PrimaryEndpoints struct{ Blob string }
		}
	}

	rawMetrics struct {
		Value []struct {
			TimeSeries []struct {
				Data []struct {
					TimeStamp time.Time
					Total     float64
				}
			}
		}
	}
)

// settings reads the diagnostic settings of a resource.
func (a *asker) settings(ctx context.Context, id string) verify.Part[[]verify.DiagnosticSetting] {
	return list(ctx, a, id+"/providers/Microsoft.Insights/diagnosticSettings", diagnosticsVersion, nil,
		func(raw rawSetting) verify.DiagnosticSetting {
			s := verify.DiagnosticSetting{Name: raw.Name, WorkspaceID: raw.Properties.WorkspaceID}
			for _, log := range raw.Properties.Logs {
				if log.Enabled {
					s.Logs = append(s.Logs, cmp.Or(log.CategoryGroup, log.Category))
				}
			}
			for _, metric := range raw.Properties.Metrics {
				if metric.Enabled {
					s.Metrics = append(s.Metrics, cmp.Or(metric.CategoryGroup, metric.Category))
				}
			}
			return s
		})
}

// flowLog reads the flow log of the network, or of the subnet where the network is shared, and when it was written.
func (a *asker) flowLog(ctx context.Context, s site.Site, n *verify.Network,
	now time.Time) verify.Part[verify.FlowLog] {
	if !s.Azure.Logs.FlowLogs {
		return verify.Found[verify.FlowLog](nil)
	}
	watcher := s.Azure.Logs.NetworkWatcher
	path := fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Network/networkWatchers/%s/flowLogs",
		subscriptionOf(n.ID), watcher.ResourceGroup, watcher.Name)
	all := list(ctx, a, path, networkVersion, nil, func(raw rawFlowLog) rawFlowLog { return raw })
	if !all.Read || all.Have == nil {
		return verify.Part[verify.FlowLog]{Read: all.Read}
	}
	ours := slices.DeleteFunc(*all.Have, func(raw rawFlowLog) bool {
		target := raw.Properties.TargetResourceID
		return !strings.EqualFold(target, n.ID) && (n.Proxies == nil || !strings.EqualFold(target, n.Proxies.ID))
	})
	if len(ours) == 0 {
		return verify.Found[verify.FlowLog](nil)
	}
	raw := ours[0]
	log := verify.FlowLog{ID: raw.ID, Enabled: raw.Properties.Enabled}
	if raw.Properties.RetentionPolicy.Enabled {
		log.RetentionDays = raw.Properties.RetentionPolicy.Days
	}
	var blobs string
	log.Account = get(ctx, a, raw.Properties.StorageID, storageVersion, func(raw rawAccount) verify.Account {
		blobs = raw.Properties.PrimaryEndpoints.Blob
		return raw.account()
	})
	if log.Account.Have != nil {
		log.Newest = a.newest(ctx, log.Account.Have.ID, blobs, now)
	}
	return verify.Found(&log)
}

func (raw rawAccount) account() verify.Account {
	p := raw.Properties
	return verify.Account{ID: raw.ID, Tags: raw.Tags, DefaultAction: p.NetworkACLs.DefaultAction,
		PublicBlobs: p.AllowBlobPublicAccess == nil || *p.AllowBlobPublicAccess, Ranges: len(p.NetworkACLs.IPRules)}
}

// newest is when a flow was written last. The account's firewall lets no network in, so the files themselves can be
// listed only from one that somebody has let in. From everywhere else, Azure Monitor tells in which hour the account
// was last written to, and it is for flows alone.
func (a *asker) newest(ctx context.Context, account, endpoint string, now time.Time) verify.Part[time.Time] {
	newest, err := a.newestBlob(ctx, endpoint)
	if err == nil {
		return verify.Found(newest)
	}
	return a.newestWrite(ctx, account, now)
}

// flowContainer has the flow logs of networks. Microsoft's pages give different paths below it, and all of them end
// with y=, m=, d= and h=.
// Source: https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-manage
const flowContainer = "insights-logs-flowlogflowevent"

// newestBlob lists the files of the newest hour; nil: there is none.
func (a *asker) newestBlob(ctx context.Context, endpoint string) (*time.Time, error) {
	options := a.options
	options.Retry = policy.RetryOptions{MaxRetries: -1} // who is not let in is not let in later
	client, err := container.NewClient(runtime.JoinPaths(endpoint, flowContainer), a.credential,
		&container.ClientOptions{ClientOptions: options})
	if err != nil {
		return nil, err
	}
	newest, err := newestBelow(ctx, client, "")
	if bloberror.HasCode(err, bloberror.ContainerNotFound) {
		return nil, nil
	}
	return newest, err
}

// newestBelow is when the newest file below a folder was written. Of folders that are dates, only the last is looked
// into.
func newestBelow(ctx context.Context, client *container.Client, folder string) (*time.Time, error) {
	var newest *time.Time
	var folders []string
	pager := client.NewListBlobsHierarchyPager("/", &container.ListBlobsHierarchyOptions{Prefix: &folder})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, blob := range page.Segment.BlobItems {
			written := blob.Properties.LastModified
			if written != nil && (newest == nil || written.After(*newest)) {
				newest = written
			}
		}
		for _, below := range page.Segment.BlobPrefixes {
			folders = append(folders, *below.Name)
		}
	}
	slices.Sort(folders)
	if n := len(folders); n > 0 && isDate(strings.TrimPrefix(folders[n-1], folder)) {
		folders = folders[n-1:]
	}
	for _, below := range folders {
		written, err := newestBelow(ctx, client, below)
		if err != nil {
			return nil, err
		}
		if written != nil && (newest == nil || written.After(*newest)) {
			newest = written
		}
	}
	return newest, nil
}

// isDate tells whether a folder is a part of a date: y=2026/, m=07/.
func isDate(folder string) bool { return len(folder) > 2 && folder[1] == '=' }

// metricsReach is how far back Azure Monitor is asked.
const metricsReach = 7 * 24 * time.Hour

// newestWrite is the end of the last hour in which something was written to the account's blobs.
// Source: https://learn.microsoft.com/azure/storage/blobs/monitor-blob-storage-reference
func (a *asker) newestWrite(ctx context.Context, account string, now time.Time) verify.Part[time.Time] {
	path := account + "/blobServices/default/providers/Microsoft.Insights/metrics"
	query := url.Values{"metricnames": {"Transactions"}, "aggregation": {"Total"}, "interval": {"PT1H"},
		"timespan": {now.Add(-metricsReach).UTC().Format(time.RFC3339) + "/" + now.UTC().Format(time.RFC3339)},
		"$filter": {"ApiName eq 'PutBlob' or ApiName eq 'PutBlock' or ApiName eq 'PutBlockList' or " +
			"ApiName eq 'AppendBlock'"}}
	var raw rawMetrics
	response, err := a.send(ctx, http.MethodGet, a.address(path, metricsVersion, query), http.StatusOK)
	if err == nil {
		err = runtime.UnmarshalAsJSON(response, &raw)
	}
	if err != nil {
		a.cannot(path, err)
		return verify.Part[time.Time]{}
	}
	var newest *time.Time
	for _, metric := range raw.Value {
		for _, series := range metric.TimeSeries {
			for _, hour := range series.Data {
				if end := hour.TimeStamp.Add(time.Hour); hour.Total > 0 && (newest == nil || end.After(*newest)) {
					newest = &end
				}
			}
		}
	}
	return verify.Found(newest)
}
