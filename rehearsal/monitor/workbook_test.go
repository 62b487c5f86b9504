package monitor

import (
	"net/netip"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/workbook"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// Azure takes a workbook as it is: a chart of a metric that its resource does not have stays empty.
func TestEveryChartOfTheWorkbookIsOfAMetricThatAzureHas(t *testing.T) {
	charts := 0
	for _, gateway := range []string{"vpn", "expressRoute"} {
		for _, tab := range workbook.For(workbook.Site{Site: alerts.Site{NATGateway: true, Gateway: gateway, BGP: true},
			Proxies: netip.MustParsePrefix("10.42.0.32/27")}) {
			for _, c := range tab.Charts {
				charts++
				if wrong := arm.WrongMetric(c.Resource, c.Metric, c.Aggregation, c.Dimension); wrong != "" {
					t.Errorf("%s: %s", c.Name, wrong)
				}
			}
		}
	}
	if charts < 20 {
		t.Errorf("only %d charts", charts)
	}
	for _, wrong := range [][3]string{{"Percentage CPU", "Average", ""}, {"DipAvailability", "Total", ""},
		{"DipAvailability", "Average", "VMName"}} {
		if arm.WrongMetric(alerts.LoadBalancer, wrong[0], wrong[1], wrong[2]) == "" {
			t.Errorf("%v is taken for a metric", wrong)
		}
	}
}
