// Package browser shows pages to tests in Chromium, as a reader's screen or printer would.
package browser

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// patience bounds one answer of the browser on a machine that does much else.
const patience = 2 * time.Minute

// Browser is a Chromium with one page, driven over a pipe: https://chromedevtools.github.io/devtools-protocol/
type Browser struct {
	t       testing.TB
	packed  string // where npm has put its packages
	in      io.Writer
	answers chan message
	session string
	asked   int
}

// message is a command to the browser, its answer, or an event.
type message struct {
	ID        int             `json:"id,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    any             `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// View is how a page is looked at.
type View struct {
	Width int // CSS pixels
	Dark  bool
	Print bool
}

func (v View) String() string {
	name := fmt.Sprintf("%d px", v.Width)
	if v.Dark {
		name += ", dark"
	}
	if v.Print {
		name += ", printed"
	}
	return name
}

// Open starts a browser that lives as long as the test. The root is the checkout.
func Open(t testing.TB, root string) *Browser {
	t.Helper()
	packed, err := filepath.Abs(filepath.Join(root, ".tools", "npm"))
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{t: t, packed: packed, answers: make(chan message, 1000)}
	b.start()
	var target struct{ TargetID string }
	b.ask("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.ask("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	b.ask("Page.enable", nil, nil)
	return b
}

func (b *Browser) start() {
	b.t.Helper()
	home, unpacked := b.t.TempDir(), filepath.Join(b.packed, "chromium")
	fonts := fmt.Sprintf("<fontconfig><dir>%s/fonts</dir><cachedir>%s/fonts</cachedir></fontconfig>", unpacked, home)
	if err := os.WriteFile(filepath.Join(home, "fonts.conf"), []byte(fonts), 0o600); err != nil {
		b.t.Fatal(err)
	}
	command := exec.Command(filepath.Join(unpacked, "chromium"), "--headless", "--remote-debugging-pipe",
		"--no-sandbox", "--no-zygote", "--disable-gpu", // as root, and on a machine without a screen
		"--user-data-dir="+home)
	command.Env = []string{"HOME=" + home, "LD_LIBRARY_PATH=" + filepath.Join(unpacked, "lib"),
		"FONTCONFIG_PATH=" + home}
	fromUs, in, err := os.Pipe()
	out, toUs, err2 := os.Pipe()
	if err := errors.Join(err, err2); err != nil {
		b.t.Fatal(err)
	}
	command.ExtraFiles = []*os.File{fromUs, toUs} // 3 and 4, which the browser expects
	if err := command.Start(); err != nil {
		b.t.Fatalf("no browser: run `make .tools/npm`: %v", err)
	}
	b.t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		_, _ = in.Close(), out.Close()
	})
	_, _ = fromUs.Close(), toUs.Close()
	b.in = in
	go b.read(out)
}

// read takes what the browser says, each message ended by a zero.
func (b *Browser) read(out io.Reader) {
	defer close(b.answers)
	for lines := bufio.NewReader(out); ; {
		text, err := lines.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m) == nil {
			b.answers <- m
		}
	}
}

// ask has the browser do something.
func (b *Browser) ask(method string, params, result any) {
	b.t.Helper()
	b.asked++
	text, err := json.Marshal(message{ID: b.asked, SessionID: b.session, Method: method, Params: params})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.in.Write(append(text, 0)); err != nil {
		b.t.Fatalf("%s: the browser has ended: %v", method, err)
	}
	answer := b.await(method, func(m message) bool { return m.ID == b.asked })
	if answer.Error != nil {
		b.t.Fatalf("%s: %s", method, answer.Error.Message)
	}
	if result != nil {
		if err := json.Unmarshal(answer.Result, result); err != nil {
			b.t.Fatalf("%s: %v: %s", method, err, answer.Result)
		}
	}
}

func (b *Browser) await(what string, wanted func(message) bool) message {
	b.t.Helper()
	late := time.After(patience)
	for {
		select {
		case m, open := <-b.answers:
			if !open {
				b.t.Fatalf("%s: the browser has ended", what)
			}
			if wanted(m) {
				return m
			}
		case <-late:
			b.t.Fatalf("%s: no answer within %v", what, patience)
		}
	}
}

// Show loads a page.
func (b *Browser) Show(html string) {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(html), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.ask("Page.navigate", map[string]any{"url": "file://" + file}, nil)
	b.await("loading the page", func(m message) bool { return m.Method == "Page.loadEventFired" })
}

// Look sets how the page is looked at from now on.
func (b *Browser) Look(v View) {
	b.t.Helper()
	media, scheme := "screen", "light"
	if v.Print {
		media = "print"
	}
	if v.Dark {
		scheme = "dark"
	}
	const height = 800
	b.ask("Emulation.setDeviceMetricsOverride", map[string]any{"width": v.Width, "height": height,
		"deviceScaleFactor": 1, "mobile": false}, nil)
	b.ask("Emulation.setEmulatedMedia", map[string]any{"media": media,
		"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// Run runs a script in the page, waits for what it promises and reads that.
func (b *Browser) Run(script string, result any) {
	b.t.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	b.ask("Runtime.evaluate",
		map[string]any{"expression": script, "returnByValue": true, "awaitPromise": true}, &answer)
	if answer.ExceptionDetails != nil {
		b.t.Fatalf("the page: %s", answer.ExceptionDetails.Exception.Description)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(answer.Result.Value, result); err != nil {
		b.t.Fatalf("the page: %v: %s", err, answer.Result.Value)
	}
}

// Picture is the whole page as PNG.
func (b *Browser) Picture() []byte {
	b.t.Helper()
	var answer struct{ Data string }
	b.ask("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &answer)
	picture, err := base64.StdEncoding.DecodeString(answer.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	return picture
}
