package endpoints

import (
	"bytes"
	"regexp"
	"strings"
)

// recognised is a kind of file that somebody names by mistake.
type recognised struct {
	what string // "is a …"
	do   string // empty: correct the path
}

// begins are kinds of files by their first bytes.
var begins = []struct {
	magic string
	recognised
}{
	{"PK\x03\x04", recognised{"is an Excel workbook or a ZIP archive", "Open it, and save the list as CSV (UTF-8)."}},
	{"\x1f\x8b", recognised{"is compressed", "Unpack it first."}},
	{"\xff\xfe", recognised{"is in UTF-16", "Save it as UTF-8."}},
	{"\xfe\xff", recognised{"is in UTF-16", "Save it as UTF-8."}},
	{"%PDF", recognised{"is a PDF", "Copy its text into a file of its own."}},
	{"\x7fELF", recognised{"is a program", ""}},
	{"#!", recognised{"is a script", ""}},
	{"<", recognised{"is a web page, or XML", "Download the file itself, not the page that links to it."}},
	{"ssh-rsa ", recognised{"is an SSH public key", ""}},
	{"ssh-ed25519 ", recognised{"is an SSH public key", ""}},
	{"ecdsa-sha2-", recognised{"is an SSH public key", ""}},
	{"PuTTY-User-Key-File", recognised{"is a private key", ""}},
}

const correctPath = "Correct the path."

var (
	pemBlock = regexp.MustCompile(`-----BEGIN ([A-Z0-9 ]+)-----`)
	users    = regexp.MustCompile(`^[^:\s]+:[^:\s]*:\d*:\d*:[^:]*:`)
	setting  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=[^=]`)
	yamlKey  = regexp.MustCompile(`^\s*(- )?["']?[A-Za-z_$][A-Za-z0-9_ .$/-]*["']?:(\s|$)`)
)

// recognise tells from a file's beginning what it is, where that is a kind that is often named by mistake.
func recognise(head []byte) (recognised, bool) {
	start := bytes.TrimLeft(bytes.TrimPrefix(head, []byte(byteOrderMark)), " \t\r\n")
	for _, kind := range begins {
		if bytes.HasPrefix(start, []byte(kind.magic)) {
			return kind.recognised, true
		}
	}
	if pem := pemBlock.FindSubmatch(head); pem != nil {
		if bytes.Contains(pem[1], []byte("PRIVATE KEY")) {
			return recognised{"is a private key", ""}, true
		}
		return recognised{"is a certificate or a key", ""}, true
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return recognised{"is no text", ""}, true
	}
	if bytes.HasPrefix(start, []byte("{")) || bytes.HasPrefix(start, []byte("[")) {
		return recognised{}, false
	}
	switch first := firstLine(start); {
	case users.MatchString(first):
		return recognised{"is a machine's list of users", ""}, true
	case setting.MatchString(first):
		return recognised{"is a list of settings, NAME=VALUE", ""}, true
	case first == "---" || strings.HasPrefix(first, "%YAML") || yamlKey.MatchString(first):
		return recognised{"is YAML", ""}, true
	}
	return recognised{}, false
}

// firstLine is the first line that is neither empty nor a comment.
func firstLine(text []byte) string {
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, "\r\n")
		if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 && trimmed[0] != '#' {
			return string(line)
		}
	}
	return ""
}
