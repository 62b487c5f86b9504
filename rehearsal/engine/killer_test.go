package engine

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// moment is when the engine is killed: at its nth request to Azure, before Azure has it, before its answer is out, or
// some time after.
type moment struct {
	request int
	when    when
	later   time.Duration
}

// never is the moment that does not come.
var never = moment{}

type when int

const (
	beforeAzure when = iota
	beforeTheAnswer
	afterIt
	whens
)

func (m moment) String() string {
	return fmt.Sprintf("request %d, %s", m.request, [...]string{"before Azure has it", "before its answer",
		m.later.String() + " after it"}[m.when])
}

// drawMoment spares the last requests of a first up: the next up begins where this one ends, so they have their turn.
// Between two requests the engine takes some milliseconds, mostly to write its state.
func drawMoment(random *rand.Rand) moment {
	return moment{request: 1 + random.IntN(24), when: when(random.IntN(int(whens))),
		later: time.Duration(random.IntN(20_000)) * time.Microsecond}
}

// killer stands between the plugin and Azure. At its moment it kills the engine, and from then on nothing reaches
// Azure: the plugin, which lives here in the test, is a child of the engine elsewhere and dies with it.
type killer struct {
	engine *Engine

	inside   sync.RWMutex // held for reading by every request
	mu       sync.Mutex
	moment   moment
	requests int
	killed   bool
}

func (k *killer) between(azure http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.inside.RLock()
		defer k.inside.RUnlock()
		at, now := k.count()
		if now && at.when == beforeAzure {
			k.kill(at)
		}
		if k.hasKilled() {
			panic(http.ErrAbortHandler)
		}
		azure.ServeHTTP(w, r)
		switch {
		case now && at.when == beforeTheAnswer:
			k.kill(at)
		case now && at.when == afterIt:
			time.AfterFunc(at.later, func() { k.kill(at) })
		}
	})
}

// count tells whether a request is the one of the moment.
func (k *killer) count() (at moment, now bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.requests++
	return k.moment, k.requests == k.moment.request
}

// kill kills the process that holds the stack's lock, unless it has come to its end just before and the next moment is
// awaited.
func (k *killer) kill(at moment) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.moment != at {
		return
	}
	locks, err := filepath.Glob(filepath.Join(k.engine.dir, ".pulumi", "locks", "*", "*", "*", "*.json"))
	if err != nil || len(locks) != 1 {
		return
	}
	text, err := os.ReadFile(locks[0])
	var lock struct{ PID int }
	if err == nil && json.Unmarshal(text, &lock) == nil && lock.PID > 0 {
		k.killed = syscall.Kill(lock.PID, syscall.SIGKILL) == nil
	}
}

func (k *killer) hasKilled() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.killed
}

// wait chooses the next moment, once no request is under way any more.
func (k *killer) wait(m moment) {
	k.inside.Lock()
	defer k.inside.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.moment, k.requests, k.killed = m, 0, false
}
