package engine

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/monitor"
)

// serveAlerts is Azure Monitor as an operator asks it: which of the rules that there are fire now, when the proxies
// serve or when they are sick.
func (f *fleetOperator) serveAlerts() (address string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		state := monitor.Healthy(1)
		if f.sick.Load() {
			state.Healthy = 0
		}
		resources := f.azure.Azure.Resources()
		fired, err := f.azure.Azure.Fired(state.Telemetry(resources), 0)
		if err != nil || r.URL.Query().Get("monitorCondition") != "Fired" {
			http.Error(w, "what fires is not known", http.StatusBadRequest)
			return
		}
		alerts := []any{}
		for _, rule := range resources {
			if slices.Contains(fired, rule.Name) {
				alerts = append(alerts, map[string]any{"properties": map[string]any{"essentials": map[string]any{
					"alertRule": rule.ID, "alertState": "New", "severity": "Sev0",
					"startDateTime": "2026-05-02T07:30:00Z", "targetResource": "the load balancer"}}})
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"value": alerts}) // to a shell that may have been killed
	}))
	f.t.Cleanup(server.Close)
	return server.URL
}
