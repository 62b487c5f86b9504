package inprocess

import (
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// journal notes what the engine begins and ends, as the state in a backend would: the snapshot follows from it at any moment.
type journal struct {
	mu      sync.Mutex
	entries engine.JournalEntries
}

func (j *journal) note(kind engine.TestJournalEntryKind, step deploy.Step) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, engine.TestJournalEntry{Kind: kind, Step: step})
	return nil
}

// snapshot is the state after everything that was noted, on top of what was there before.
func (j *journal) snapshot(base *deploy.Snapshot) (*deploy.Snapshot, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.entries.Snap(base)
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
