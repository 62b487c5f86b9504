package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/endpoints"
)

// hidden is what Pulumi prints in the place of a secret unless it is told --show-secrets.
const hidden = "[secret]"

// outputs is the part of the stack's outputs that a technician types into a sensor.
type outputs struct {
	proxy     *proxy
	endpoints []endpoints.Endpoint
}

// readOutputs reads what `pulumi stack output --json` wrote.
func readOutputs(path string, stdin io.Reader) (outputs, error) {
	text, err := readFile(path, stdin)
	if err != nil {
		return outputs{}, fmt.Errorf("-outputs %s cannot be read: %w", path, err)
	}
	var raw struct {
		SensorProxy     json.RawMessage
		SensorEndpoints []endpoints.Endpoint
	}
	// Not %w of what follows: an error of the decoder may quote the text, and a password is in it.
	if json.Unmarshal(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), &raw) != nil {
		return outputs{}, fmt.Errorf("-outputs %s is not JSON in UTF-8 with the stack's outputs: write it with "+
			"`pulumi stack output --json`, in Windows PowerShell followed by `| Out-File -Encoding utf8 FILE`", path)
	}
	out := outputs{endpoints: raw.SensorEndpoints}
	for _, e := range out.endpoints {
		if _, err := parseAddress("host", withoutWildcard(e.Host), httpsPort); err != nil || e.Port == 0 {
			return outputs{}, fmt.Errorf("-outputs %s: sensorEndpoints holds %q with port %d; allowed is a host or "+
				"*.DOMAIN with a port from 1 to 65535: write the file anew with `pulumi stack output --json`",
				path, e.Host, e.Port)
		}
	}
	if raw.SensorProxy != nil {
		out.proxy, err = readProxy(path, raw.SensorProxy)
	}
	return out, err
}

// readProxy reads sensorProxy, in which the password is text, hidden, or absent.
func readProxy(path string, text json.RawMessage) (*proxy, error) {
	if string(text) == `"`+hidden+`"` {
		return nil, fmt.Errorf("-outputs %s: sensorProxy is %s; write the file with --show-secrets, or give "+
			"-proxy and -user", path, hidden)
	}
	var raw struct {
		Host               string
		Port               uint16
		Username, Password string
	}
	if json.Unmarshal(text, &raw) != nil || raw.Port == 0 {
		return nil, fmt.Errorf("-outputs %s: sensorProxy is not a host with a port; write the file anew with `pulumi "+
			"stack output --json`, or give -proxy", path)
	}
	at, err := parseAddress("sensorProxy.host", raw.Host, raw.Port)
	if err != nil {
		return nil, fmt.Errorf("-outputs %s: %w", path, err)
	}
	if raw.Password == hidden {
		raw.Password = ""
	}
	return &proxy{address: at, user: raw.Username, password: secret(raw.Password)}, nil
}

func withoutWildcard(host string) string {
	if isWildcard(host) {
		return host[2:]
	}
	return host
}

// readFile reads a file, or standard input by the name of -.
func readFile(path string, stdin io.Reader) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(path)
}
