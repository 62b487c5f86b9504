package armhttp

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
)

// Endpoint is where an Azure listens.
type Endpoint struct {
	URL string
	// Cloud is a file that names the cloud, as cmd/verify takes it.
	Cloud string
	// Environment is what a process of Azure's clients needs to log in here and to trust the certificate.
	Environment []string

	server *httptest.Server
}

// Serve listens with a certificate of its own. What a client needs to know is written into a folder.
func (a *Azure) Serve(folder string) (*Endpoint, error) {
	server := httptest.NewTLSServer(a)
	e := &Endpoint{URL: server.URL, Cloud: filepath.Join(folder, "cloud.json"), server: server}
	certificate := filepath.Join(folder, "azure.pem")
	cloud, err := json.Marshal(map[string]string{"authority": e.URL + "/", "resourceManager": e.URL, "audience": e.URL})
	err = errors.Join(err,
		os.WriteFile(e.Cloud, cloud, 0o600),
		os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE",
			Bytes: server.Certificate().Raw}), 0o600))
	if err != nil {
		server.Close()
		return nil, err
	}
	e.Environment = []string{"SSL_CERT_FILE=" + certificate, "AZURE_TENANT_ID=" + Tenant,
		"AZURE_CLIENT_ID=" + ClientID, "AZURE_CLIENT_SECRET=" + Password}
	return e, nil
}

// Close stops listening.
func (e *Endpoint) Close() { e.server.Close() }
