package lifecycle

import (
	"errors"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// journal notes what the engine begins and ends, and writes it each time, as a backend would: the state follows from
// what was written.
type journal struct {
	fails func(write int) bool // nil: no write does

	mu      sync.Mutex
	entries engine.JournalEntries
	writes  int // tried so far
	written int // entries that the last write had, among those that did not fail
}

func (j *journal) note(kind engine.TestJournalEntryKind, step deploy.Step) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, engine.TestJournalEntry{Kind: kind, Step: step})
	j.writes++
	if j.fails != nil && j.fails(j.writes) {
		return errors.New("writing the state: no space left on device")
	}
	j.written = len(j.entries)
	return nil
}

// snapshot is the state as it was written last, on top of what was there before. A file has no way to say that a
// resource has no outputs at all: they come back from it empty.
func (j *journal) snapshot(base *deploy.Snapshot) (*deploy.Snapshot, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	written, err := j.entries[:j.written].Snap(base)
	if err != nil {
		return nil, err
	}
	for i, r := range written.Resources {
		if r.Custom && r.Outputs == nil {
			read := r.Copy()
			read.Outputs = resource.PropertyMap{}
			written.Resources[i] = read
		}
	}
	return written, nil
}

func (j *journal) BeginMutation(step deploy.Step) (engine.SnapshotMutation, error) {
	return j, j.note(engine.TestJournalEntryBegin, step)
}

func (j *journal) End(step deploy.Step, successful bool) error {
	if successful {
		return j.note(engine.TestJournalEntrySuccess, step)
	}
	return j.note(engine.TestJournalEntryFailure, step)
}

func (j *journal) RegisterResourceOutputs(step deploy.Step) error {
	return j.note(engine.TestJournalEntryOutputs, step)
}

// The rest of engine.SnapshotManager has nothing to do without a file.

func (j *journal) Write(*deploy.Snapshot) error { return nil }

func (j *journal) RebuiltBaseState() error { return nil }

func (j *journal) SetSnippets([]resource.Snippet) error { return nil }

func (j *journal) Close() error { return nil }
