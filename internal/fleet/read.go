package fleet

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Project is where stack files belong to.
type Project struct {
	Name   string // the namespace of their keys
	Folder string // what paths in them are relative to
}

// defaultProject is the project's name where no Pulumi.yaml says another.
const defaultProject = "defender-iot-proxy"

// ReadProject reads the project's name from the Pulumi.yaml of a folder, if there is one.
func ReadProject(folder string) (Project, error) {
	p := Project{Name: defaultProject, Folder: folder}
	text, err := os.ReadFile(filepath.Join(folder, "Pulumi.yaml"))
	if errors.Is(err, os.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	var file struct{ Name string }
	if err := yaml.Unmarshal(text, &file); err != nil {
		return p, fmt.Errorf("reading Pulumi.yaml: %s", yaml.FormatError(err, false, false))
	}
	if file.Name != "" {
		p.Name = file.Name
	}
	return p, nil
}

// ReadAll reads stack files, so many at a time, and returns them in the same order. A file that is not YAML is a stack
// with an error. The error that is returned names the files that cannot be read at all.
func (p Project) ReadAll(files []string, parallel int) ([]Stack, error) {
	stacks, errs := make([]Stack, len(files)), make([]error, len(files))
	next := make(chan int)
	var workers sync.WaitGroup
	for range max(1, min(parallel, len(files))) {
		workers.Go(func() {
			for i := range next {
				var text []byte
				if text, errs[i] = os.ReadFile(files[i]); errs[i] == nil {
					stacks[i] = p.Parse(files[i], text)
				}
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	workers.Wait()
	return stacks, errors.Join(errs...)
}

// Parse reads the text of a stack file. An encrypted secret is replaced by a placeholder that the program accepts; it
// is compared with nothing, and shown nowhere.
func (p Project) Parse(file string, text []byte) Stack {
	s := Stack{File: file, Name: stackName(file)}
	var raw struct {
		Config      map[string]any
		Environment any
	}
	if err := yaml.Unmarshal(text, &raw); err != nil {
		s.Errors = site.Errors{{Problem: "is not a stack file: " + yaml.FormatError(err, false, false),
			Allowed: "YAML with the key config", Do: "Correct it"}}
		return s
	}
	opened := open(raw.Config, p.Name)
	s.values, s.hidden = opened.values, opened.hidden
	for _, key := range slices.Sorted(maps.Keys(opened.hidden)) {
		if top, _, _ := strings.Cut(indexes.ReplaceAllString(key, ""), "."); !slices.Contains(notCompared, top) &&
			!isSecret(key) {
			s.Unread = append(s.Unread, key)
		}
	}
	p.load(&s, opened)
	if raw.Environment != nil && s.Site == nil && len(s.Unread) == 0 {
		s.Unread, s.Errors = []string{"environment"}, nil // which may hold what the file lacks
	}
	return s
}

// load loads the site that the configuration describes.
func (p Project) load(s *Stack, opened opened) {
	config := site.Config{Project: p.Name, Stack: s.Name, Directory: p.Folder, Values: texts(opened.values),
		IsSecret: func(key string) bool { return opened.encrypted[key] }}
	loaded, err := site.Load(config)
	s.Subscription = strings.ToLower(strings.TrimSpace(config.Values["azure-native:subscriptionId"]))
	if len(s.Unread) > 0 {
		return
	}
	s.Warnings = loaded.Warnings
	if errors.As(err, &s.Errors) && onlySSHKeyMissing(s.Errors) {
		// A file that is passed around may lack it. The site can be compared all the same.
		config.Values[p.Name+":sshPublicKey"] = schemaKeys["sshPublicKey"].Example.(string)
		loaded, err = site.Load(config)
	}
	if err != nil {
		return
	}
	s.Site = &loaded
	if s.Subscription == "" {
		s.Subscription = subscriptionOf(loaded)
	}
}

func onlySSHKeyMissing(errs site.Errors) bool {
	return len(errs) == 1 && errs[0].Key == "sshPublicKey" && errs[0].Value == ""
}

// subscriptionOf is the subscription of what the site uses and Azure attaches within one subscription only.
func subscriptionOf(s site.Site) string {
	if s.Azure == nil {
		return ""
	}
	for _, id := range []string{s.Azure.Existing.VirtualNetworkID, s.Azure.Existing.NetworkSecurityGroupID,
		s.Azure.Egress.Given()} {
		if parts := strings.Split(id, "/"); len(parts) > 2 {
			return strings.ToLower(parts[2])
		}
	}
	return ""
}

// stackName is the stack that a file configures; a file of another form is called after itself.
func stackName(file string) string {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	return strings.TrimPrefix(name, "Pulumi.")
}
