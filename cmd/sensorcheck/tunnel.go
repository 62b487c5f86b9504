package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// longestAnswer bounds what is read of a proxy's answer before the tunnel.
const longestAnswer = 64 << 10

// tunnel asks the proxy for the endpoint. It goes without credentials first: they are sent only to a proxy that
// asks for them in the way that a sensor can give them.
func (w *way) tunnel(ctx context.Context) (string, *fault) {
	answer, err := w.ask(ctx, "")
	if err != nil {
		return "", w.silentProxyFault(err)
	}
	sent := false
	if answer.status == http.StatusProxyAuthRequired && w.proxy.user != "" && answer.offers("Basic") {
		sent = true
		w.close() // the proxy may have done so
		if _, failed := w.dial(ctx); failed != nil {
			return "", failed
		}
		if answer, err = w.ask(ctx, w.proxy.authorization()); err != nil {
			return "", w.silentProxyFault(err)
		}
	}
	switch {
	case answer.status < 200 || answer.status > 299:
		return "", w.refusalFault(answer, sent)
	case w.proxy.user == "":
		return "the proxy opened the tunnel", nil
	case sent:
		return "the proxy took the credentials and opened the tunnel", nil
	}
	return "the proxy opened the tunnel; it did not ask for the credentials", nil
}

// authorization is the value of Proxy-Authorization, RFC 7617.
func (p *proxy) authorization() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(p.user+":"+string(p.password)))
}

// answer is what counts of a proxy's answer. Its other text is not kept: a proxy that has seen the password could
// repeat it.
type answer struct {
	status     int
	refused    string   // this project's proxies: why, in one word
	squidError string   // Squid's: which of its error pages
	schemes    []string // with 407: the ways to present credentials
}

func (a answer) offers(scheme string) bool {
	for _, s := range a.schemes {
		if word, _, _ := strings.Cut(s, " "); strings.EqualFold(word, scheme) {
			return true
		}
	}
	return false
}

// squidPage is X-Squid-Error without the number of the system's error.
func (a answer) squidPage() string {
	page, _, _ := strings.Cut(a.squidError, " ")
	return page
}

// notProxyError is an answer that is not HTTP. Its beginning is kept only while no password has been sent.
type notProxyError struct{ beginning string }

func (e notProxyError) Error() string { return "the answer is not HTTP" }

// ask sends one CONNECT and reads the answer. From then on w.conn is the tunnel, if the answer was that there is one.
func (w *way) ask(ctx context.Context, authorization string) (answer, error) {
	deadline, _ := ctx.Deadline()
	if err := w.conn.SetDeadline(deadline); err != nil {
		return answer{}, err
	}
	request := fmt.Sprintf("CONNECT %[1]s HTTP/1.1\r\nHost: %[1]s\r\nUser-Agent: sensorcheck\r\n", w.destination())
	if authorization != "" {
		request += "Proxy-Authorization: " + authorization + "\r\n"
	}
	if _, err := io.WriteString(w.conn, request+"\r\n"); err != nil {
		return answer{}, err
	}

	head := bufio.NewReader(io.LimitReader(w.conn, longestAnswer))
	const protocol = "HTTP/"
	start, err := head.Peek(len(protocol))
	if len(start) == 0 {
		return answer{}, err
	}
	if string(start) != protocol && authorization == "" {
		return answer{}, notProxyError{beginning(head)}
	}
	response, err := http.ReadResponse(head, &http.Request{Method: http.MethodConnect})
	if isTimeout(err) || isHangUp(err) {
		return answer{}, err
	}
	if err != nil {
		return answer{}, notProxyError{}
	}
	early, _ := head.Peek(head.Buffered())
	w.conn = &tunnelConn{Conn: w.conn, rest: io.MultiReader(bytes.NewReader(early), w.conn)}
	return answer{
		status:     response.StatusCode,
		refused:    response.Header.Get("X-Refused"),
		squidError: response.Header.Get("X-Squid-Error"),
		schemes:    response.Header.Values("Proxy-Authenticate"),
	}, w.conn.SetDeadline(time.Time{}) // the next leg has its own
}

// beginning is enough of an answer to recognise what sent it, such as SSH-2.0-OpenSSH.
func beginning(head *bufio.Reader) string {
	const enough = 32
	text, _ := head.Peek(min(head.Buffered(), enough))
	return string(text)
}

// tunnelConn reads first what came in one go with the proxy's answer.
type tunnelConn struct {
	net.Conn
	rest io.Reader
}

func (t *tunnelConn) Read(p []byte) (int, error) { return t.rest.Read(p) }
