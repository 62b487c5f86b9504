package machine

import (
	"slices"
	"strings"
	"testing"
)

func TestFilesAreWrittenInCloudInitsOrder(t *testing.T) {
	files, err := writeFiles([]byte(`#cloud-config
write_files:
- {path: /etc/a, content: deferred, defer: true}
- {path: /etc/a, content: early, permissions: '0600', owner: 'proxy:proxy'}
- {path: /etc/b, content: aGVsbG8K, encoding: b64}
`))
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, f := range files {
		order = append(order, f.Path+" "+strings.TrimSpace(string(f.Content)))
	}
	if want := []string{"/etc/a early", "/etc/b hello", "/etc/a deferred"}; !slices.Equal(order, want) {
		t.Errorf("%q, want %q", order, want)
	}
	if files[0].Mode != 0o600 || files[0].Owner != "proxy:proxy" || files[1].Mode != 0o644 {
		t.Errorf("%+v", files)
	}
	if content, found := find(files, "/etc/a"); !found || string(content) != "deferred" {
		t.Errorf("/etc/a is %q at the end", content)
	}
}

func TestCustomDataThatWouldNotBeRehearsedAsItIsIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"#!/bin/sh\n":                                                        "cloud-init would ignore it",
		"#cloud-config\nwrite_files: [\n":                                    "reading the custom data",
		"#cloud-config\nwrite_files: [{path: a}]\n":                          "not absolute",
		"#cloud-config\nwrite_files: [{path: /a, append: true}]\n":           "append",
		"#cloud-config\nwrite_files: [{path: /a, permissions: u=rw}]\n":      "not octal",
		"#cloud-config\nwrite_files: [{path: /a, encoding: gzip}]\n":         "gzip",
		"#cloud-config\nwrite_files: [{path: /a, encoding: b64, content: %}": "reading the custom data",
	} {
		if _, err := writeFiles([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want it to say %q", text, err, want)
		}
	}
}
