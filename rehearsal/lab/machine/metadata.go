package machine

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// metadata plays the service: an instance's name, and the events that await it.
// https://learn.microsoft.com/azure/virtual-machines/linux/scheduled-events
type metadata struct {
	mu     sync.Mutex
	names  map[netip.Addr]string
	data   map[netip.Addr][]byte // user data
	events map[string]*event     // by the instance's name
	asked  map[string]time.Time  // when an instance was last told its events
	mood   model.Mood
}

// event is one that is announced to an instance.
type event struct {
	ID, Name  string
	kind      string
	source    string // who has asked for it: User or Platform
	notBefore time.Time
	begun     bool
	told      int           // how often the instance has asked since, and been told
	approved  chan struct{} // closed when the instance has approved it
}

func newMetadata() *metadata {
	return &metadata{names: map[netip.Addr]string{}, data: map[netip.Addr][]byte{}, events: map[string]*event{},
		asked: map[string]time.Time{}}
}

// serve answers until the lab ends.
func (m *metadata) serve() error {
	listener, err := net.Listen("tcp", model.MetadataAddr.String())
	if err != nil {
		return fmt.Errorf("starting the instance metadata service: %w", err)
	}
	server := &http.Server{Handler: m, ReadHeaderTimeout: model.CheckLimit}
	go func() { fmt.Println(server.Serve(listener)) }()
	return nil
}

// ServeHTTP answers a request with the header that the service insists on.
func (m *metadata) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m.moody(w, r) {
		return
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	m.mu.Lock()
	defer m.mu.Unlock()
	name, known := m.names[from.Addr()]
	switch {
	case err != nil || !known || r.Header.Get("Metadata") != "true":
		http.Error(w, "Bad request", http.StatusBadRequest)
	case r.URL.Path == "/metadata/instance/compute":
		w.Header().Set("Content-Type", "application/json")
		// bytes become base64
		_ = json.NewEncoder(w).Encode(map[string]any{"name": name, "userData": m.data[from.Addr()]})
	case r.URL.Path != "/metadata/scheduledevents":
		http.NotFound(w, r)
	case r.Method == http.MethodPost:
		m.approve(w, r, name)
	default:
		m.announce(w, name)
	}
}

// Be changes how the service answers.
func (m *metadata) Be(mood model.Mood) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mood = mood
}

// moody answers by the mood that the service is in, unless it answers as documented.
func (m *metadata) moody(w http.ResponseWriter, r *http.Request) bool {
	m.mu.Lock()
	mood := m.mood
	m.mu.Unlock()
	if answer, is := mood.RawAnswer(); is {
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			fmt.Fprint(conn, answer)
			conn.Close()
		}
		return true
	}
	switch mood {
	case model.Silent:
		<-r.Context().Done()
	case model.Failing:
		http.Error(w, "Service unavailable", http.StatusServiceUnavailable)
	case model.Lying:
		fmt.Fprint(w, `{"DocumentIncarnation": null, "Events": [{"EventType": "Reboot"}, 7, null], "name": `)
	case model.Slow:
		time.Sleep(model.SlowAnswer)
		return false
	default:
		return false
	}
	return true
}

// announce tells an instance every event: it hears of the others' too.
func (m *metadata) announce(w http.ResponseWriter, to string) {
	m.asked[to] = time.Now()
	if e := m.events[to]; e != nil {
		e.told++
	}
	var names []string
	for name := range m.events {
		names = append(names, name)
	}
	slices.Sort(names)
	events := []map[string]any{}
	for _, name := range names {
		e := m.events[name]
		status, notBefore := "Scheduled", e.notBefore.UTC().Format(http.TimeFormat)
		if e.begun {
			status, notBefore = "Started", ""
		}
		events = append(events, map[string]any{
			"EventId": e.ID, "EventType": e.kind, "EventStatus": status, "ResourceType": "VirtualMachine",
			"Resources": []string{name}, "NotBefore": notBefore, "EventSource": e.source, "DurationInSeconds": -1,
		})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"DocumentIncarnation": len(events), "Events": events})
}

// approve takes an instance's word that its event need not wait.
func (m *metadata) approve(w http.ResponseWriter, r *http.Request, name string) {
	var body struct {
		StartRequests []struct{ EventID string }
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, start := range body.StartRequests {
		if e := m.events[name]; e != nil && e.ID == start.EventID && !e.begun {
			e.begun = true
			close(e.approved)
		}
	}
}

// Add makes an instance known.
func (m *metadata) Add(addr netip.Addr, name string, userData []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.names[addr], m.data[addr] = name, userData
}

// An instance asks for its events every second. What is minutes on Azure is seconds here, so on a busy machine it may
// have had no turn in them: its time is over once it has asked in two of three seconds, if it asks at all.
const (
	aTurn      = 1500 * time.Millisecond // of the notice, in which it must have asked once
	asksNoMore = 10 * time.Second        // an instance that has not asked for so long
)

// await tells an instance what will happen to it, and waits until it approves or its time is over: then the event has
// begun.
func (m *metadata) await(name, kind, source string, notice time.Duration) {
	e := &event{ID: kind + "-of-" + name, Name: name, kind: kind, source: source, notBefore: time.Now().Add(notice),
		approved: make(chan struct{})}
	m.mu.Lock()
	m.events[name] = e
	m.mu.Unlock()
	for over := time.After(notice); ; over = time.After(10 * time.Millisecond) {
		select {
		case <-e.approved:
			return
		case <-over:
		}
		if m.begin(e, int(notice/aTurn)) {
			return
		}
	}
}

// begin begins an event whose time is over, unless its instance asks and has not had its turns yet.
func (m *metadata) begin(e *event, turns int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e.told < turns && time.Since(m.asked[e.Name]) < asksNoMore {
		return false
	}
	e.begun = true
	return true
}

// over ends the event of an instance.
func (m *metadata) over(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.events, name)
}
