package model

import (
	"fmt"
	"strings"
)

// Check is one attempt from the site through the proxies, or a look at one of them: an entry of the report's
// sensorChecks.
type Check struct {
	From   string `json:"from"`
	Target string `json:"target"`
	Expect string `json:"expect"`
	Got    string `json:"got"`
}

// Passed tells whether the attempt ended as expected.
func (c Check) Passed() bool { return c.Got == c.Expect }

// String is the check and its outcome in one line.
func (c Check) String() string { return c.name() + c.Got }

func (c Check) name() string { return fmt.Sprintf("%s → %s: ", c.From, c.Target) }

// Selection says which checks are made: all of them if it is empty, or only the one that it is the String of.
type Selection string

// Has tells whether a check is among them. The outcome does not matter: it is not known yet.
func (s Selection) Has(c Check) bool { return s == "" || strings.HasPrefix(string(s), c.name()) }

// Open is the outcome of a tunnel with TLS verified end to end and an HTTP exchange inside it.
const Open = "open"

// Closed is the outcome of an attempt that nobody answers.
const Closed = "closed"

// Refused is the outcome of Squid's 403 or 407 with the reason that its configuration gives.
func Refused(status int, reason string) string {
	return fmt.Sprintf("refused (%d: %s)", status, reason)
}
