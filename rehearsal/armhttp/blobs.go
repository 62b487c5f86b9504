package armhttp

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// blobPath is where storage accounts are, each under its name: in Azure each has a host of its own.
const blobPath = "/blob.core/"

// container has the flow logs of networks.
// Source: https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-manage
const container = "insights-logs-flowlogflowevent"

type (
	listing struct {
		XMLName   xml.Name `xml:"EnumerationResults"`
		Prefix    string
		Delimiter string
		Blobs     struct {
			Blob       []file
			BlobPrefix []folder
		}
		NextMarker string
	}
	folder struct{ Name string }
	file   struct {
		Name       string
		Properties struct {
			LastModified  string `xml:"Last-Modified"`
			ContentLength int    `xml:"Content-Length"`
			BlobType      string
		}
	}
)

// blobs lists the files of a flow log: one of each of two hours.
// Source: https://learn.microsoft.com/rest/api/storageservices/list-blobs
func (a *Azure) blobs(w http.ResponseWriter, r *http.Request) {
	refused := func(status int, code string) {
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("x-ms-error-code", code)
		w.WriteHeader(status)
		fmt.Fprintf(w, "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>refused</Message></Error>", code)
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, blobPath), "/")
	if !a.LetIn {
		refused(http.StatusForbidden, "AuthorizationFailure")
		return
	}
	if !a.allow(&unsent{}, r.URL.Path, "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read") {
		refused(http.StatusForbidden, "AuthorizationPermissionMismatch")
		return
	}
	if len(parts) < 2 || parts[1] != container || a.Written.IsZero() {
		refused(http.StatusNotFound, "ContainerNotFound")
		return
	}
	answer := listing{Prefix: r.URL.Query().Get("prefix"), Delimiter: "/"}
	for _, written := range []time.Time{a.Written.Add(-25 * time.Hour), a.Written} {
		hour := written.UTC()
		name := fmt.Sprintf("flowLogResourceID=/SUBSCRIPTION_NETWORKWATCHERRG/NETWORKWATCHER_REGION_SITE/y=%04d/"+
			"m=%02d/d=%02d/h=%02d/m=00/macAddress=002248000001/PT1H.json",
			hour.Year(), hour.Month(), hour.Day(), hour.Hour())
		below, inside := strings.CutPrefix(name, answer.Prefix)
		if !inside {
			continue
		}
		if at := strings.Index(below, "/"); at >= 0 {
			answer.Blobs.BlobPrefix = append(answer.Blobs.BlobPrefix, folder{answer.Prefix + below[:at+1]})
			continue
		}
		one := file{Name: name}
		one.Properties.LastModified = hour.Format(http.TimeFormat)
		one.Properties.BlobType = "BlockBlob"
		answer.Blobs.Blob = append(answer.Blobs.Blob, one)
	}
	if all := answer.Blobs.BlobPrefix; len(all) == 2 && all[0] == all[1] {
		answer.Blobs.BlobPrefix = all[:1]
	}
	w.Header().Set("Content-Type", "application/xml")
	_, _ = w.Write([]byte(xml.Header))
	_ = xml.NewEncoder(w).Encode(answer)
}

// unsent is an answer that nobody gets: storage refuses in words of its own.
type unsent struct{ header http.Header }

func (u *unsent) Header() http.Header {
	if u.header == nil {
		u.header = http.Header{}
	}
	return u.header
}
func (u *unsent) Write(text []byte) (int, error) { return len(text), nil }
func (u *unsent) WriteHeader(int)                {}
