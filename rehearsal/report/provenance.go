package report

import "time"

// Provenance says what was rehearsed, when and with what: of that the report is evidence, and of nothing else.
type Provenance struct {
	StartedAt time.Time `json:"startedAt"` // UTC
	// of the checkout; empty outside of git
	Commit      string `json:"commit,omitempty"`
	Uncommitted bool   `json:"uncommittedChanges,omitempty"` // to files of the checkout
	// the stack file, and the files that it names
	Files    []File   `json:"files"`
	Versions Versions `json:"versions"`
}

// File is a file that was read, and the digest by which another copy can be compared with it.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // in hexadecimal, as sha256sum prints it
}

// Versions are those of what ran. An empty one was not there.
type Versions struct {
	Go          string `json:"go"`
	Pulumi      string `json:"pulumi"`
	AzureNative string `json:"azureNative"` // the provider version that the stand-in behaves as
	Squid       string `json:"squid,omitempty"`
	CloudInit   string `json:"cloudInit,omitempty"`
}

// Revision is the commit in words.
func (p Provenance) Revision() string {
	switch {
	case p.Commit == "":
		return "not known: the rehearsal did not run in a checkout of git"
	case p.Uncommitted:
		return p.Commit + ", with changes that are not committed"
	}
	return p.Commit
}

// Began is the moment at which the rehearsal began.
func (p Provenance) Began() string { return p.StartedAt.UTC().Format("2006-01-02 15:04:05 UTC") }
