package checks

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// asked is a case as it goes over the wire.
type asked struct {
	texts      []string // one for each time, all at once
	crowd      bool     // a sensor opens a tunnel beside them
	stranger   bool
	unfinished bool   // the rest never comes
	whole      bool   // it is one whole request, so a tunnel is the sensor's to use
	name       string // who is behind the tunnel
	madeUp     bool   // that name, below an allowed domain
}

// words are what the names in braces stand for.
type words map[string]string

const (
	lineEnd      = "⏎"
	forEver      = "…"
	times        = "×"
	fromStranger = "stranger: "
)

// elsewhere is where every other name of the table leads, so that nothing but the proxy stands before it.
var elsewhere = netip.MustParseAddr("198.51.100.254")

// plainTarget is one that can be repeated in Host.
var plainTarget = regexp.MustCompile(`^[A-Za-z]+ +([!-~]{1,255})$`)

// ask reads a case's notation. The names that it makes up get their addresses.
func (w words) ask(notation string, names model.Names) asked {
	a := asked{name: w["host"]}
	notation, a.stranger = strings.CutPrefix(notation, fromStranger)
	count := 1
	if before, after, found := strings.Cut(notation, " "+times+" "); found {
		a.crowd, count, notation = true, number(before), after
	}
	text, err := strconv.Unquote(`"` + notation + `"`)
	if err != nil {
		panic(fmt.Sprintf("bypass.txt: %s: %v", notation, err)) // the table is ours
	}
	text, a.unfinished = strings.CutSuffix(text, forEver)
	a.whole = !a.unfinished && !strings.HasSuffix(text, lineEnd)
	for n := range count {
		w["n"] = strconv.Itoa(n)
		e := expansion{words: w, names: names}
		sent := e.expand(text)
		if a.whole {
			sent = w.complete(sent)
		}
		if e.name != "" {
			a.name, a.madeUp = e.name, true
		}
		a.texts = append(a.texts, strings.ReplaceAll(sent, lineEnd, "\r\n"))
	}
	return a
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(fmt.Sprintf("bypass.txt: %v", err)) // the table is ours
	}
	return n
}

// complete makes a whole request of its first line and its peculiar headers.
func (w words) complete(text string) string {
	first, headers, more := strings.Cut(text, lineEnd)
	if more {
		headers += lineEnd
	}
	if target := plainTarget.FindStringSubmatch(first); target != nil &&
		!strings.Contains(lineEnd+headers, lineEnd+"Host:") {
		headers = "Host: " + target[1] + lineEnd + headers
	}
	if !strings.Contains(headers, "Proxy-Authorization:") {
		headers += w["credentials"]
	}
	return first + " HTTP/1.1" + lineEnd + headers + lineEnd
}

// expansion puts in what the braces stand for.
type expansion struct {
	words words
	names model.Names
	name  string // the last that was made up
}

func (e *expansion) expand(text string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		end := closing(rest)
		out.WriteString(e.word(rest[:end]))
		text = rest[end+1:]
	}
}

// closing is where the brace is closed that was opened before text.
func closing(text string) int {
	depth := 1
	for i, r := range text {
		switch r {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 {
			return i
		}
	}
	panic(fmt.Sprintf("bypass.txt: no closing brace in %q", text)) // the table is ours
}

func (e *expansion) word(text string) string {
	if value, found := e.words[text]; found {
		return value
	}
	kind, rest, _ := strings.Cut(text, " ")
	switch kind {
	case "of":
		return base64.StdEncoding.EncodeToString([]byte(e.expand(rest)))
	case "to", "turns":
		return e.lead(kind, e.expand(rest))
	}
	if i := strings.LastIndex(text, times); i >= 0 {
		return strings.Repeat(e.expand(text[:i]), number(text[i+len(times):]))
	}
	panic(fmt.Sprintf("bypass.txt: {%s} stands for nothing", text))
}

// lead makes up a name that resolves to the addresses.
func (e *expansion) lead(kind, addresses string) string {
	var addrs []netip.Addr
	for _, text := range strings.Fields(addresses) {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	label := strings.Join(append([]string{kind}, strings.Fields(strings.Map(model.Dash, addresses))...), "-and-")
	e.name = label + "-x." + e.words["below"] // a label ends with a letter or digit
	e.names.AddAnswer(e.name, &model.Answer{Addresses: addrs, Turns: kind == "turns"})
	return e.name
}
