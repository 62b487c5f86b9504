package rehearse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/azurenative"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/report"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// provenance is what can be said of a rehearsal before it runs. The engine adds its version.
func provenance(ctx context.Context, root, file string) (report.Provenance, error) {
	p := report.Provenance{StartedAt: time.Now().UTC().Truncate(time.Second)}
	p.Commit, p.Uncommitted = commit(ctx, root)
	p.Versions.Go = strings.TrimPrefix(runtime.Version(), "go")
	p.Versions.AzureNative = azurenative.AzureNativeVersion
	p.Versions.Squid, p.Versions.CloudInit = lab.Versions(ctx)

	config, _, err := stackfile.Read(file)
	if err != nil {
		return p, err
	}
	files := []string{file}
	for _, key := range stackfile.FileKeys {
		if name, _ := config[key].(string); name != "" {
			if !filepath.IsAbs(name) {
				name = filepath.Join(root, name)
			}
			files = append(files, name)
		}
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // the program says what is wrong with it
		}
		sum := sha256.Sum256(text)
		p.Files = append(p.Files, report.File{Name: filepath.Base(name), SHA256: hex.EncodeToString(sum[:])})
	}
	return p, nil
}

// commit is the one that is checked out, and whether files differ from it. Outside of git there is none.
func commit(ctx context.Context, root string) (hash string, changed bool) {
	said, err := exec.CommandContext(ctx, "git", "-C", root, "rev-parse", "HEAD").Output()
	if err != nil {
		return "", false
	}
	status, err := exec.CommandContext(ctx, "git", "-C", root, "status", "--porcelain").Output()
	return strings.TrimSpace(string(said)), err != nil || len(status) > 0
}
