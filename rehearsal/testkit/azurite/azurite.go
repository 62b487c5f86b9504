// Package azurite plays Azure's blob service for tests: Microsoft's own emulator, on Node.js.
package azurite

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
)

const (
	account = "account"
	// Container is the one that there is.
	Container = "state"
)

// Storage is an account with one container.
type Storage struct {
	t      testing.TB
	host   string // 127.0.0.1:40001
	key    string
	client *container.Client
}

var listening = regexp.MustCompile(`listen(?:s|ing) (?:at|on) http://(\S+)`)

// Start starts a blob service that lives as long as the test. The root is the checkout.
func Start(t testing.TB, root string) *Storage {
	t.Helper()
	key := make([]byte, 64)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	s := &Storage{t: t, key: base64.StdEncoding.EncodeToString(key)}
	script, err := filepath.Abs(filepath.Join(root, ".tools/npm/node_modules/azurite/dist/src/blob/main.js"))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	// Azurite refuses a version of the service's interface that is newer than itself, as Azure does not.
	command := exec.Command("node", script, "--blobHost", "127.0.0.1", "--blobPort", "0", "--location", folder,
		"--skipApiVersionCheck", "--disableTelemetry")
	command.Dir = folder
	command.Env = append(os.Environ(), "AZURITE_ACCOUNTS="+account+":"+s.key)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	s.host = s.await(bufio.NewScanner(out))
	s.connect()
	return s
}

// await reads where the service listens.
func (s *Storage) await(out *bufio.Scanner) (host string) {
	s.t.Helper()
	found := make(chan string, 1)
	go func() {
		var said strings.Builder
		for out.Scan() {
			said.WriteString(out.Text() + "\n")
			if match := listening.FindStringSubmatch(out.Text()); match != nil {
				found <- match[1]
			}
		}
		found <- "\n" + said.String()
	}()
	select {
	case host = <-found:
	case <-time.After(2 * time.Minute):
	}
	if host == "" || strings.Contains(host, "\n") {
		s.t.Fatalf("no blob service: run `make .tools/npm`%s", host)
	}
	return host
}

func (s *Storage) connect() {
	s.t.Helper()
	credential, err := container.NewSharedKeyCredential(account, s.key)
	if err != nil {
		s.t.Fatal(err)
	}
	address := "http://" + s.host + "/" + account + "/" + Container
	if s.client, err = container.NewClientWithSharedKeyCredential(address, credential, nil); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.client.Create(context.Background(), nil); err != nil {
		s.t.Fatal(err)
	}
}

// URL is the address of the container for pulumi login.
func (s *Storage) URL() string {
	return "azblob://" + Container + "?storage_account=" + account
}

// Environment has whoever runs in it find this service in place of Azure's, and all of its rights.
func (s *Storage) Environment() []string {
	return []string{"AZURE_STORAGE_DOMAIN=" + s.host, "AZURE_STORAGE_PROTOCOL=http",
		"AZURE_STORAGE_IS_LOCAL_EMULATOR=true", "AZURE_STORAGE_ACCOUNT=" + account, "AZURE_STORAGE_KEY=" + s.key}
}

// ReadOnly is an environment as Environment's, with the rights to list and read alone.
func (s *Storage) ReadOnly() []string {
	s.t.Helper()
	address, err := s.client.GetSASURL(sas.ContainerPermissions{Read: true, List: true},
		time.Now().Add(time.Hour), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	_, token, _ := strings.Cut(address, "?")
	return []string{"AZURE_STORAGE_KEY=", "AZURE_STORAGE_SAS_TOKEN=" + token}
}

// Names are the container's blobs, in order.
func (s *Storage) Names() (names []string) {
	s.t.Helper()
	for pages := s.client.NewListBlobsFlatPager(nil); pages.More(); {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			s.t.Fatal(err)
		}
		for _, item := range page.Segment.BlobItems {
			names = append(names, *item.Name)
		}
	}
	return names
}

// Read is what a blob has in it.
func (s *Storage) Read(name string) string {
	s.t.Helper()
	return s.read(s.client.NewBlobClient(name))
}

func (s *Storage) read(b *blob.Client) string {
	s.t.Helper()
	answer, err := b.DownloadStream(context.Background(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	var text strings.Builder
	if _, err := bufio.NewReader(answer.Body).WriteTo(&text); err != nil {
		s.t.Fatal(err)
	}
	return text.String()
}

// Snapshot keeps a blob as it is, and returns what reads it later. It stands for a version, which Azurite does not
// keep.
func (s *Storage) Snapshot(name string) (read func() string) {
	s.t.Helper()
	answer, err := s.client.NewBlobClient(name).CreateSnapshot(context.Background(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	snapshot, err := s.client.NewBlobClient(name).WithSnapshot(*answer.Snapshot)
	if err != nil {
		s.t.Fatal(err)
	}
	return func() string { s.t.Helper(); return s.read(snapshot) }
}

// Write replaces a blob.
func (s *Storage) Write(name, text string) {
	s.t.Helper()
	if _, err := s.client.NewBlockBlobClient(name).UploadBuffer(context.Background(), []byte(text), nil); err != nil {
		s.t.Fatal(err)
	}
}

// Delete deletes a blob, with its snapshots.
func (s *Storage) Delete(name string) {
	s.t.Helper()
	include := blob.DeleteSnapshotsOptionTypeInclude
	_, err := s.client.NewBlobClient(name).Delete(context.Background(), &blob.DeleteOptions{DeleteSnapshots: &include})
	if err != nil {
		s.t.Fatal(err)
	}
}
