package site

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/endpoints"
)

// microsoftDomains are where Defender for IoT's endpoints are. Domains below which every customer names hosts of his
// own at will, such as azurewebsites.net, are not among them, but for those that the documents name.
// Source: https://learn.microsoft.com/azure/defender-for-iot/organizations/networking-requirements, and the hosts of
// sign-in
var microsoftDomains = []string{
	"azure-devices.net", "blob.core.windows.net", "servicebus.windows.net", "microsoft.com", "azure.com",
	"microsoftonline.com",
}

// loadDetails narrows the endpoints of current sensors to the tenant's own, where its list is given. Legacy sensors
// keep their wildcards: the list cannot name a customer's own IoT Hub.
func loadDetails(s *section, directory, method string, generations []endpoints.Generation) []endpoints.Endpoint {
	const key = "endpointDetailsFile"
	file, ok := openFile(s, key, directory)
	if !ok {
		return nil
	}
	defer file.Close()
	details, err := endpoints.ParseDetails(file)
	var exact []endpoints.Endpoint
	if err == nil {
		exact, err = endpoints.Exact(endpoints.Sensors(endpoints.Since221), details)
	}
	if err != nil {
		failFile(s, key, err)
		return nil
	}
	warnOfForeignHosts(s, key, details)
	if slices.Contains(generations, endpoints.Legacy) {
		exact = endpoints.Union(exact, endpoints.Sensors(endpoints.Legacy))
	}
	if at := slices.IndexFunc(exact, func(e endpoints.Endpoint) bool {
		return e.Port != https
	}); at >= 0 && method != Direct {
		s.fail(key, s.text(key), fmt.Sprintf("names %s at port %d, and proxies open tunnels to port %d only",
			exact[at].Host, exact[at].Port, https),
			"port 443", "Correct the file if the port is a mistake; otherwise choose connectionMethod direct")
	}
	return exact
}

func warnOfForeignHosts(s *section, key string, details []endpoints.Endpoint) {
	var foreign []string
	for _, e := range details {
		below := func(domain string) bool { return strings.HasSuffix(e.Host, "."+domain) }
		if !slices.ContainsFunc(microsoftDomains, below) {
			foreign = append(foreign, e.Host)
		}
	}
	const most = 3
	switch n := len(foreign); {
	case n == 0:
		return
	case n > most:
		foreign = append(foreign[:most], fmt.Sprintf("and %d more", n-most))
	}
	s.warn(key, s.text(key), "names hosts outside Microsoft's domains, which sensors could then reach: "+
		strings.Join(foreign, ", "),
		"Check that the list is Defender's own; hosts of your own belong into extraDomains")
}

// loadServicePrefixes reads what a firewall that filters by address must let out, from Azure's weekly file.
func loadServicePrefixes(s *section, directory, location string) []endpoints.ServicePrefixes {
	const key = "azureIpRangesFile"
	file, ok := openFile(s, key, directory)
	if !ok {
		return nil
	}
	defer file.Close()
	ranges, err := endpoints.ReadRanges(file)
	if err != nil {
		failFile(s, key, err)
		return nil
	}
	prefixes, err := ranges.For(location)
	if err != nil {
		s.fail(key, s.text(key), "cannot be used: "+err.Error(), "a file that has the region of "+regionKey,
			"Download this week's file")
	}
	return prefixes
}

// failFile says why a file cannot be used, without a word of what is in it.
func failFile(s *section, key string, err error) {
	var fault *endpoints.FileError
	if errors.As(err, &fault) {
		s.fail(key, s.text(key), fault.Problem, fault.Allowed, strings.TrimSuffix(fault.Do, "."))
		return
	}
	s.fail(key, s.text(key), "cannot be read", "a file that you may read", "Check the file's permissions and its disk")
}

// openFile opens the file that a key names.
func openFile(s *section, key, directory string) (io.ReadCloser, bool) {
	path := s.text(key)
	if path == "" {
		return nil, false
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(directory, path)
	}
	problem := "cannot be read"
	file, err := os.Open(path) //nolint:gosec // the user's own choice
	switch {
	case errors.Is(err, fs.ErrNotExist):
		problem = "does not exist"
	case errors.Is(err, fs.ErrPermission):
		problem = "may not be read by you"
	case err == nil:
		info, err := file.Stat()
		if err == nil && !info.IsDir() {
			return file, true
		}
		problem = "is a folder"
		_ = file.Close() // nothing was written
	}
	s.fail(key, s.text(key), problem, "a file; its path is relative to the project's folder", "Check the path")
	return nil, false
}
