package model

import "time"

// Mood is how a service around the instances answers: Azure's DNS, or its instance metadata service.
type Mood string

const (
	Sound   Mood = ""        // as documented
	Silent  Mood = "silent"  // it takes the question and says nothing
	Failing Mood = "failing" // it says that it cannot answer
	Slow    Mood = "slow"    // it answers after SlowAnswer
	Lying   Mood = "lying"   // it answers, and what it says is not so
)

// SlowAnswer is what a slow service takes: less than whoever asks waits for it.
const SlowAnswer = 2 * time.Second
