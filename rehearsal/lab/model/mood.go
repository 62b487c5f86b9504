package model

import (
	"strings"
	"time"
)

// Mood is how a service around the instances answers: Azure's DNS, or its instance metadata service.
type Mood string

const (
	Sound   Mood = ""        // as documented
	Silent  Mood = "silent"  // it takes the question and says nothing
	Failing Mood = "failing" // it says that it cannot answer
	Slow    Mood = "slow"    // it answers after SlowAnswer
	Lying   Mood = "lying"   // it answers, and what it says is not so
)

// raw begins a mood in which the metadata service answers every request with the same bytes.
const raw = "raw: "

// Raw is such a mood. The bytes are text, with the lines of HTTP in it or not.
func Raw(answer string) Mood { return Mood(raw + answer) }

// RawAnswer is what the service answers in such a mood; false: it is none.
func (m Mood) RawAnswer() (answer string, is bool) { return strings.CutPrefix(string(m), raw) }

// SlowAnswer is what a slow service takes: less than whoever asks waits for it.
const SlowAnswer = 2 * time.Second
