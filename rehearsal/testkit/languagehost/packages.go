package languagehost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// requiredPackages asks go for every module that the program's go.mod names, and takes those with a pulumi-plugin.json.
func requiredPackages(ctx context.Context, dir string) ([]*pulumirpc.PackageDependency, error) {
	file, err := output(ctx, dir, "env", "GOMOD")
	if err != nil {
		return nil, err
	}
	text, err := output(ctx, dir, "mod", "edit", "-json", string(bytes.TrimSpace(file)))
	if err != nil {
		return nil, err
	}
	var mod struct{ Require []struct{ Path string } }
	if err := json.Unmarshal(text, &mod); err != nil {
		return nil, err
	}
	arguments := []string{"list", "-m", "-json"}
	for _, require := range mod.Require {
		arguments = append(arguments, require.Path)
	}
	text, err = output(ctx, dir, arguments...)
	if err != nil {
		return nil, err
	}
	var all []*pulumirpc.PackageDependency
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		var module struct{ Dir string }
		if err := decoder.Decode(&module); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		if dependency := pluginOf(module.Dir); dependency != nil {
			all = append(all, dependency)
		}
	}
}

// pluginOf reads the pulumi-plugin.json of a module, which lies in one of three places; nil without one.
func pluginOf(dir string) *pulumirpc.PackageDependency {
	if dir == "" {
		return nil
	}
	for _, pattern := range []string{"pulumi-plugin.json", "*/pulumi-plugin.json", "go/*/pulumi-plugin.json"} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, file := range files {
			var plugin struct {
				Resource      bool
				Name, Version string
			}
			if text, err := os.ReadFile(file); err != nil || json.Unmarshal(text, &plugin) != nil || !plugin.Resource {
				continue
			}
			return &pulumirpc.PackageDependency{Name: plugin.Name, Kind: "resource", Version: plugin.Version}
		}
	}
	return nil
}

func output(ctx context.Context, dir string, arguments ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Dir, command.Stderr = dir, os.Stderr
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", arguments[0], err)
	}
	return text, nil
}
