package checks

import (
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"

	_ "embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Case is one way around the proxy that somebody might try, in the words of bypass.txt.
type Case struct {
	Family string // of ways
	Asked  string // what is sent, in the table's notation
	Layer  string // which part of the proxy answers
	Answer string // what it says
	newer  string // layer and answer of a newer Squid: "6: parser: 400 ERR_INVALID_REQ"
}

// on is the case as a Squid of that major version answers it.
func (c Case) on(squid int) Case {
	from, ending, found := strings.Cut(c.newer, ": ")
	if since, err := strconv.Atoi(from); !found || err != nil || squid < since {
		return c
	}
	c.Layer, c.Answer, _ = strings.Cut(ending, ": ")
	return c
}

func (c Case) String() string { return c.Family + ": " + c.Asked }

//go:embed bypass.txt
var bypassTable string

// Layers, as bypass.txt names them.
const (
	layerRule        = "rule"
	layerCredentials = "credentials"
	layerPasses      = "passes"
	layerOutside     = "outside"
	layerTolerated   = "tolerated"
)

// BypassCases are the cases tried on a proxy, in the table's order. Those about credentials need one that demands them.
func BypassCases(credentials bool) []Case {
	var all []Case
	family := ""
	for line := range strings.Lines(bypassTable) {
		line = strings.TrimRight(line, "\n")
		indented := strings.HasPrefix(line, " ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case !indented:
			family = line
		default:
			c := parseCase(line)
			c.Family = family
			asks := c.Layer == layerCredentials || strings.Contains(strings.ToLower(c.Asked), "{user}")
			if credentials || !asks {
				all = append(all, c)
			}
		}
	}
	return all
}

// columns of the table are two spaces or more apart.
var columns = regexp.MustCompile(`^ +(\S+(?: \S+)*) {2,}(.+)$`)

func parseCase(line string) Case {
	match := columns.FindStringSubmatch(line)
	if match == nil {
		panic(fmt.Sprintf("bypass.txt: %q is no case", line)) // the table is ours
	}
	ending, newer, _ := strings.Cut(strings.TrimSuffix(match[1], ")"), " (")
	layer, answer, _ := strings.Cut(ending, ": ")
	return Case{Layer: layer, Answer: answer, Asked: match[2], newer: newer}
}

// expects tells whether an outcome is the case's.
func (c Case) expects(got string) bool {
	switch c.Layer {
	case layerRule:
		var answers []string
		for reason := range strings.SplitSeq(c.Answer, then) {
			answers = append(answers, model.Refused(403, reason))
		}
		return got == strings.Join(answers, then)
	case layerCredentials:
		return got == Challenged
	case layerPasses:
		return got == model.Open
	case layerOutside:
		return got == model.Open || got == model.Refused(403, "inside-address")
	case layerTolerated:
		return got == waits
	}
	return got == c.Answer
}

// verb says how a family ends.
func verb(layer string) string {
	switch layer {
	case layerPasses:
		return "open"
	case layerOutside:
		return "never inside"
	case layerTolerated:
		return "tolerated"
	}
	return "refused"
}
