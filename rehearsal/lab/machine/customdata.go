package machine

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// SquidConf is where Debian and Ubuntu's Squid reads its configuration.
const SquidConf = "/etc/squid/squid.conf"

// file is one that the custom data writes on an instance.
type file struct {
	Path    string
	Owner   string // user:group; empty means root
	Mode    fs.FileMode
	Content []byte
}

// cloudConfigHeader is the first line by which cloud-init knows the format of custom data.
const cloudConfigHeader = "#cloud-config"

// writeFiles reads the files that cloud-init would write from the custom data, in its order: the deferred ones come
// last, after the packages.
// https://cloudinit.readthedocs.io/en/latest/reference/modules.html#write-files
func writeFiles(customData []byte) ([]file, error) {
	header, _, _ := bytes.Cut(customData, []byte("\n"))
	if strings.TrimSpace(string(header)) != cloudConfigHeader {
		return nil, fmt.Errorf("the custom data does not start with %s: cloud-init would ignore it", cloudConfigHeader)
	}
	var document struct {
		WriteFiles []entry `yaml:"write_files"`
	}
	if err := yaml.Unmarshal(customData, &document); err != nil {
		return nil, fmt.Errorf("reading the custom data: %w", err)
	}
	var early, deferred []file
	for _, e := range document.WriteFiles {
		f, err := e.file()
		if err != nil {
			return nil, fmt.Errorf("custom data, write_files %s: %w", e.Path, err)
		}
		if e.Defer {
			deferred = append(deferred, f)
		} else {
			early = append(early, f)
		}
	}
	return slices.Concat(early, deferred), nil
}

// entry is an item of write_files.
type entry struct {
	Path        string `yaml:"path"`
	Owner       string `yaml:"owner"`
	Permissions string `yaml:"permissions"`
	Encoding    string `yaml:"encoding"`
	Content     string `yaml:"content"`
	Append      bool   `yaml:"append"`
	Defer       bool   `yaml:"defer"`
}

// defaultMode is cloud-init's for a file without permissions.
const defaultMode = 0o644

func (e entry) file() (file, error) {
	f := file{Path: e.Path, Owner: e.Owner, Mode: defaultMode}
	if !strings.HasPrefix(e.Path, "/") {
		return f, errors.New("the path is not absolute")
	}
	if e.Append {
		return f, errors.New("append is not supported here: write the whole file")
	}
	if e.Permissions != "" {
		mode, err := strconv.ParseUint(strings.TrimPrefix(e.Permissions, "0o"), 8, 12)
		if err != nil {
			return f, fmt.Errorf("permissions %q are not octal, as in 0644", e.Permissions)
		}
		f.Mode = fs.FileMode(mode)
	}
	switch e.Encoding {
	case "", "text/plain":
		f.Content = []byte(e.Content)
	case "b64", "base64":
		content, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(e.Content), ""))
		if err != nil {
			return f, fmt.Errorf("decoding the content: %w", err)
		}
		f.Content = content
	default:
		return f, fmt.Errorf("encoding %q is not supported here: use plain text or b64", e.Encoding)
	}
	return f, nil
}

// SquidConfOf is the squid.conf that the custom data writes.
func SquidConfOf(customData []byte) ([]byte, error) {
	files, err := writeFiles(customData)
	if err != nil {
		return nil, err
	}
	conf, found := find(files, SquidConf)
	if !found {
		return nil, fmt.Errorf("the custom data writes no %s", SquidConf)
	}
	return conf, nil
}

// find gives the last content written to path.
func find(files []file, path string) ([]byte, bool) {
	for _, f := range slices.Backward(files) {
		if f.Path == path {
			return f.Content, true
		}
	}
	return nil, false
}
