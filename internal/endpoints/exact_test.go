package endpoints

import (
	"slices"
	"strings"
	"testing"
)

// tenant is a list as a tenant downloads it.
func tenant(t *testing.T) []Endpoint {
	t.Helper()
	details, err := ParseDetails(strings.NewReader(`["hub-2.azure-devices.net", "hub-1.azure-devices.net",
		"ti.blob.core.windows.net", "events.servicebus.windows.net", "download.microsoft.com",
		"telemetry.example.com"]`))
	if err != nil {
		t.Fatal(err)
	}
	return details
}

func TestExactHostsReplaceEveryWildcard(t *testing.T) {
	got, err := Exact(Sensors(), tenant(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []Endpoint{
		{"IoT Hub", "hub-1.azure-devices.net", 443},
		{"IoT Hub", "hub-2.azure-devices.net", 443},
		{"Threat Intelligence", "ti.blob.core.windows.net", 443},
		{"Event Hubs", "events.servicebus.windows.net", 443},
		{"Software updates", "download.microsoft.com", 443},
		{"Endpoint details", "telemetry.example.com", 443},
	}
	if !slices.Equal(got, want) {
		t.Errorf("Exact = %v; want %v", got, want)
	}
}

func TestTheOrderOfTheDetailsChangesNothing(t *testing.T) {
	details := tenant(t)
	one, err := Exact(Sensors(), details)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(details)
	other, err := Exact(Sensors(), details)
	if err != nil || !slices.Equal(one, other) {
		t.Errorf("Exact = %v, %v; want %v", other, err, one)
	}
}

func TestAWildcardWithoutAHostIsNeverClosedSilently(t *testing.T) {
	details := slices.DeleteFunc(tenant(t), func(e Endpoint) bool { return strings.HasSuffix(e.Host, "windows.net") })
	details = append(details,
		Endpoint{Host: "ti.blob.core.windows.net", Port: 8443},    // another port
		Endpoint{Host: "servicebus.windows.net", Port: https},     // the bare domain
		Endpoint{Host: "evilservicebus.windows.net", Port: https}, // ends alike
		Endpoint{Host: "*.windows.net", Port: https},              // wider
		Endpoint{Host: "blob.core.windows.net.example", Port: https} /* begins alike */)
	got, err := Exact(Sensors(), details)
	if err == nil {
		t.Fatalf("Exact = %v; want an error", got)
	}
	for _, want := range []string{"*.blob.core.windows.net (Threat Intelligence, port 443)",
		"*.servicebus.windows.net (Event Hubs", "allowed is", "Download"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "azure-devices") {
		t.Errorf("%q names a wildcard that has hosts", err)
	}
}

func TestADetailsFileMayKeepAWildcardOrNarrowIt(t *testing.T) {
	details := append(tenant(t), Endpoint{Service: "x", Host: "*.servicebus.windows.net", Port: https},
		Endpoint{Service: "x", Host: "*.plant.azure-devices.net", Port: https})
	got, err := Exact(Sensors(), details)
	if err != nil {
		t.Fatal(err)
	}
	names := hosts(got)
	if !slices.Contains(names, "*.servicebus.windows.net") || slices.Contains(names, "events.servicebus.windows.net") {
		t.Errorf("%q does not keep the wildcard alone", names)
	}
	if !slices.Contains(names, "*.plant.azure-devices.net") || slices.Contains(names, "*.azure-devices.net") {
		t.Errorf("%q does not narrow the wildcard", names)
	}
}

func TestAHybridSiteKeepsTheWildcardsOfItsLegacySensors(t *testing.T) {
	exact, err := Exact(Sensors(Since221), tenant(t))
	if err != nil {
		t.Fatal(err)
	}
	names := hosts(Union(exact, Sensors(Legacy)))
	if !slices.Contains(names, "*.azure-devices.net") || slices.Contains(names, "hub-1.azure-devices.net") ||
		!slices.Contains(names, "telemetry.example.com") {
		t.Errorf("a hybrid site has %q", names)
	}
}
