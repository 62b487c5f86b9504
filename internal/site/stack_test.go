package site

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// stack is a valid configuration, to be changed by a test.
func stack(t *testing.T, changes map[string]string) Config {
	t.Helper()
	values := map[string]string{
		"azure-native:location":             "westeurope",
		"defender-iot-proxy:addressSpace":   "10.42.0.0/26",
		"defender-iot-proxy:sensorCidrs":    `["10.30.0.0/22"]`,
		"defender-iot-proxy:sshPublicKey":   ed25519Key(t),
		"some-other-program:addressSpace":   "not ours",
		"defender-iot-proxy:extraDomains":   "[]",
		"defender-iot-proxy:proxyAuth":      "{}",
		"defender-iot-proxy:proxyPort":      "3128",
		"defender-iot-proxy:connectionMode": "",
	}
	delete(values, "defender-iot-proxy:connectionMode")
	for key, value := range changes {
		if !strings.Contains(key, ":") {
			key = "defender-iot-proxy:" + key
		}
		values[key] = value
	}
	return Config{Project: "defender-iot-proxy", Stack: "plant", Values: values}
}

func ed25519Key(t *testing.T) string {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return authorizedKey(t, public)
}

func rsaKey(t *testing.T, bits int) string {
	t.Helper()
	// Keys of 1,024 bits are refused by default, and one is what the test is about.
	t.Setenv("GODEBUG", "rsa1024min=0")
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return authorizedKey(t, &private.PublicKey)
}

func ecdsaKey(t *testing.T) string {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return authorizedKey(t, &private.PublicKey)
}

func authorizedKey(t *testing.T, public any) string {
	t.Helper()
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

func load(t *testing.T, changes map[string]string) Site {
	t.Helper()
	s, err := Load(stack(t, changes))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// holds checks what everything after Load relies on.
func holds(t *testing.T, s Site) {
	t.Helper()
	if s.Azure == nil {
		return
	}
	plan := s.Azure.Addresses
	placed := []netip.Prefix{plan.Gateway, plan.Proxyserver}
	if s.Azure.Bastion != nil {
		placed = append(placed, plan.Bastion)
	}
	for i, p := range placed {
		if !p.IsValid() || p != p.Masked() || !within(plan.Space, p) {
			t.Errorf("subnet %s of %s", p, plan.Space)
		}
		if other, clash := overlapping(placed[:i], p); clash {
			t.Errorf("subnets %s and %s overlap", p, other)
		}
	}
	if len(s.Azure.Sensors) == 0 || s.ProxyPort == 0 || s.ProxyPort == 22 || s.Azure.SSHPublicKey == "" {
		t.Errorf("accepted: %+v", s)
	}
	if need := addressesNeeded(s.Azure.ScaleSet); need > usable(plan.Proxyserver) {
		t.Errorf("%d instances in %s", s.Azure.ScaleSet.Instances, plan.Proxyserver)
	}
	for _, key := range slices.Sorted(maps.Keys(s.Tags)) {
		if len(key) > longestTagName {
			t.Errorf("tag %q", key)
		}
	}
}
