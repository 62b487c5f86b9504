package azurenative

import (
	"slices"
	"sync"
)

// Secrets remembers the secret texts of a rehearsal, so that reports can keep them out. A nil Secrets remembers
// nothing.
type Secrets struct {
	mu    sync.Mutex
	texts []string
}

// Texts returns the secrets seen so far.
func (s *Secrets) Texts() []string {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.texts)
}

// Add remembers one more.
func (s *Secrets) Add(text string) {
	if s == nil || text == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.texts, text) {
		s.texts = append(s.texts, text)
	}
}
