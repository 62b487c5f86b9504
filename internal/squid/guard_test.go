package squid

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// python evaluates an expression with the guard's functions.
func python(t *testing.T, guard, expression string, arguments ...any) string {
	t.Helper()
	given, err := json.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	const program = "import json, sys\n" +
		"exec(open(sys.argv[1]).read(), globals())\ngiven = json.loads(sys.argv[3])\nprint(json.dumps(eval(sys.argv[2])))"
	path := filepath.Join(t.TempDir(), "guard")
	if err := os.WriteFile(path, []byte(guard), 0o644); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command("/usr/bin/python3", "-c", program, path, expression, string(given)).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", expression, err, output)
	}
	return strings.TrimSpace(string(output))
}

// asModule is a guard that defines its functions and does nothing.
func asModule(p Proxy) string {
	return strings.Replace(guard(p), `__name__ == "__main__"`, "False", 1)
}

type event struct {
	EventID     string `json:"EventId"`
	EventType   string
	EventStatus string
	Resources   []string
	NotBefore   string
	Duration    int `json:"DurationInSeconds"`
}

// in is an event of a type for instances, that may begin in so many minutes.
func in(minutes int, kind string, instances ...string) event {
	at := time.Unix(1_800_000_000, 0).Add(time.Duration(minutes) * time.Minute).UTC()
	return event{fmt.Sprint(kind, minutes), kind, "Scheduled", instances, at.Format(http.TimeFormat), -1}
}

func started(e event) event {
	e.EventStatus, e.NotBefore = "Started", ""
	return e
}

func TestAnInstanceLeavesTheLoadBalancerWhenAnotherStays(t *testing.T) {
	harmless := in(1, "Freeze", "a")
	harmless.Duration = 0
	cases := map[string]struct {
		events           []event
		leaves, byItself string // the event by which instance a goes; and by which if it is alone
	}{
		"nothing":                              {nil, "", ""},
		"another's":                            {[]event{in(1, "Reboot", "b")}, "", ""},
		"its end":                              {[]event{in(15, "Terminate", "a")}, "Terminate15", "Terminate15"},
		"a restart in a while":                 {[]event{in(15, "Reboot", "a")}, "", ""},
		"a restart in three days":              {[]event{in(3*24*60, "Redeploy", "a")}, "", ""},
		"a restart in five minutes":            {[]event{in(5, "Reboot", "a")}, "Reboot5", ""},
		"a move in four":                       {[]event{in(4, "Redeploy", "a")}, "Redeploy4", ""},
		"a pause":                              {[]event{in(4, "Freeze", "a")}, "Freeze4", ""},
		"a pause of no seconds":                {[]event{harmless}, "", ""},
		"a Spot instance's end":                {[]event{in(0, "Preempt", "a")}, "Preempt0", ""},
		"what nobody has documented":           {[]event{in(4, "Reimage", "a")}, "Reimage4", ""},
		"a failed rack":                        {[]event{started(in(0, "Reboot", "a"))}, "Reboot0", ""},
		"together with another, as the first":  {[]event{in(4, "Freeze", "b", "a")}, "Freeze4", ""},
		"together with another, as the second": {[]event{in(4, "Freeze", "a", "0")}, "", ""},
		"while another is away": {[]event{in(4, "Reboot", "a"), started(in(0, "Reboot", "b"))}, "",
			""},
		"before another": {[]event{in(4, "Reboot", "b"), in(3, "Reboot", "a")}, "Reboot3",
			""},
		"while another goes for good": {[]event{in(2, "Terminate", "b"), in(4, "Reboot", "a")}, "", ""},
		"its end, whatever happens to the others": {[]event{in(2, "Reboot", "b"), in(14, "Terminate", "a")},
			"Terminate14", "Terminate14"},
		"another's end that is far away": {[]event{in(14, "Terminate", "b"), in(4, "Reboot", "a")}, "Reboot4",
			""},
		"its restart now and its end in a quarter": {[]event{in(0, "Reboot", "a"), in(14, "Terminate", "a")},
			"Reboot0", "Terminate14"},
	}
	events := map[string][]event{}
	for name, c := range cases {
		events[name] = c.events
	}
	const each = `{name: (leaving(events or [], "a", given[1], 1_800_000_000) or {"EventId": ""})["EventId"] ` +
		`for name, events in given[0].items()}`
	for _, isAlone := range []bool{false, true} {
		var leaves map[string]string
		if err := json.Unmarshal([]byte(python(t, asModule(documented), each, events, isAlone)), &leaves); err != nil {
			t.Fatal(err)
		}
		for name, c := range cases {
			want := c.leaves
			if isAlone {
				want = c.byItself
			}
			if got := leaves[name]; got != want {
				t.Errorf("%s, alone: %t: it leaves by %q, want %q", name, isAlone, got, want)
			}
		}
	}
}

// Who is not told that there are others is alone: it must not leave the sensors without a proxy.
func TestAnInstanceIsAloneUnlessItIsToldOtherwise(t *testing.T) {
	text := func(data string) string { return base64.StdEncoding.EncodeToString([]byte(data)) }
	for userData, alone := range map[any]bool{
		text(UserData(1)): true, text(UserData(2)): false, text(UserData(100)): false, text(UserData(0)): true,
		"": true, nil: true, 7: true, "no base64": true, text("instances=many"): true,
		text("instances=3 and more"): true,
	} {
		document, err := json.Marshal(map[string]any{"name": "a", "userData": userData})
		if err != nil {
			t.Fatal(err)
		}
		if got := python(t, asModule(documented), "described(given[0])",
			string(document)); got != fmt.Sprintf(`["a", %t]`, alone) {
			t.Errorf("%v: %s", userData, got)
		}
	}
}

// A worker that is started after a coordinator which was itself started anew gets no port: the others hold it.
func TestAWorkerWithoutAPortIsNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		processes map[string]int // by what each is called: when it was started
		deaf      string
	}{
		"none":        {nil, "false"},
		"one process": {map[string]int{"(squid-1)": 100}, "false"},
		"as started": {map[string]int{"(squid-coord-3)": 100, "(squid-1)": 101,
			"(squid-2)": 101}, "false"},
		"at once": {map[string]int{"(squid-coord-3)": 100, "(squid-1)": 100,
			"(squid-2)": 100}, "false"},
		"a worker anew": {map[string]int{"(squid-coord-3)": 100, "(squid-1)": 900,
			"(squid-2)": 101}, "false"},
		"the coordinator anew": {map[string]int{"(squid-coord-3)": 900, "(squid-1)": 101,
			"(squid-2)": 101}, "false"},
		"and then a worker": {map[string]int{"(squid-coord-3)": 900, "(squid-1)": 950,
			"(squid-2)": 101}, "true"},
		"other processes of that name": {map[string]int{"squid-coord-3": 900, "vi (squid-1)": 950,
			"(squid-2)": 101}, "false"},
	} {
		proc := t.TempDir()
		pid := 1
		for cmdline, started := range c.processes {
			pid++
			dir := filepath.Join(proc, fmt.Sprint(pid))
			stat := fmt.Sprintf("%d (%s) S 1 %s %d 0 0", pid, cmdline, strings.Repeat("0 ", 16)+"0", started)
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			for file, text := range map[string]string{"cmdline": cmdline + "\x00--kid\x00", "stat": stat} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		text := strings.ReplaceAll(asModule(documented), `"/proc`, `"`+proc)
		if got := python(t, text, "deaf()"); got != c.deaf {
			t.Errorf("%s: deaf: %s, want %s", name, got, c.deaf)
		}
	}
}
