package squid

import (
	"bufio"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheProxyThatWritesRows(t *testing.T) {
	p := documented
	p.Rows = true
	golden(t, "squid-rows.conf", []byte(p.Conf()))
	if complaints := parse(t, p.Conf()); complaints != nil {
		t.Errorf("%q", complaints)
	}
}

// rawAsk sends bytes as a sensor, and waits for the first line of the answer.
func (s *live) rawAsk(t *testing.T, from, request string) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
	conn, err := dialer.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		t.Errorf("%q is not answered: %v", request, err)
	}
}

// Whatever somebody sends, a line is an object with each field, of its type, and without what was presented.
func TestARowIsJSONWhateverIsSent(t *testing.T) {
	p := localSensors()
	p.Rows = true
	s := startLive(t, p, "true", nil)
	const sensor, stranger = "127.0.1.7", "127.0.0.9"
	authorized := "\r\nProxy-Authorization: Basic c2Vuc29yLTA6bWFya2VyLXBhc3N3b3Jk\r\n\r\n" // sensor-0:marker-password
	sent := []struct{ from, request, refused string }{
		{sensor, "CONNECT hub.azure-devices.net:22 HTTP/1.1\r\n\r\n", "port"},
		{sensor, "CONNECT hub.azure-devices.net:443 HTTP/1.1" + authorized, "credentials"},
		{sensor, "GET http://user:marker-user@hub.azure-devices.net/ HTTP/1.1" + authorized, "method"},
		{stranger, "CONNECT hub.azure-devices.net:443 HTTP/1.1" + authorized, "source"},
		{sensor, "CONNECT a\"b\\c.example:443 HTTP/1.1\r\n\r\n", "-"},
		{sensor, "CONNECT [2001:db8::1]:22 HTTP/1.1\r\n\r\n", "port"},
		{sensor, "\x01\x02\"\\ no HTTP\r\n\r\n", "-"},
		{sensor, "M\"X http://a.example/ HTTP/1.1\r\n\r\n", "-"},
		{sensor, "CONNECT b\xc3\xbc.example:443 HTTP/1.1\r\n\r\n", "-"},
	}
	for _, one := range sent {
		s.rawAsk(t, one.from, one.request)
	}
	path := filepath.Join(s.logs, filepath.Base(RowsPath))
	var lines []string
	await(t, "a row of each request", func() bool {
		text, err := os.ReadFile(path)
		lines = strings.SplitAfter(string(text), "\n")
		lines = lines[:len(lines)-1]
		return err == nil && len(lines) > len(sent) // and of what startLive has asked
	})
	refused := map[string]int{}
	for _, line := range lines {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Errorf("%q is no JSON: %v", line, err)
		}
		for _, field := range RowFields() {
			if _, isText := row[field.Name].(string); isText != (field.Type == "string" || field.Type == "datetime") {
				t.Errorf("%s is %v, and declared as %s: %q", field.Name, row[field.Name], field.Type, line)
			}
		}
		if len(row) != len(RowFields()) || strings.Contains(line, "marker") || strings.Contains(line, "c2Vuc29y") {
			t.Errorf("a row has more than it should: %q", line)
		}
		at, _ := row["TimeGenerated"].(string)
		if when, err := time.Parse(time.RFC3339Nano, at); err != nil || time.Since(when).Abs() > time.Hour {
			t.Errorf("a row is of %q: %v", at, err)
		}
		reason, _ := row["Reason"].(string)
		refused[reason]++
	}
	for _, one := range sent {
		if refused[one.refused]--; refused[one.refused] < 0 {
			t.Errorf("no row of %q says %q", one.request, one.refused)
		}
	}
}

// A rotated file has a name that the agent does not read, or it would send all rows again; and a new file takes its
// place, since one that is cut short would be taken for another.
func TestARotatedFileOfRowsIsNotReadAgain(t *testing.T) {
	dir, name := filepath.Split(RowsPath)
	if strings.Contains(name, "*") || dir != "/var/log/squid/" || filepath.Ext(name) != ".log" {
		t.Errorf("%s is not a file that is rotated, or its rotated name fits too", RowsPath)
	}
	if strings.Contains(rotation, "copytruncate") || !strings.Contains(rotation, "squid -k rotate") {
		t.Errorf("logs are cut short, or Squid goes on writing to the old one:\n%s", rotation)
	}
}
