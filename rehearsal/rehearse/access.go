package rehearse

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/report"
)

// rowsAwaited bounds how long rows may take: Squid writes one when its request has ended.
const rowsAwaited = 10 * time.Second

// access compares the table of sensors' requests with what a sensor does: it opens a tunnel, and is refused for each of
// the reasons that a sensor commonly meets. In between the logs are rotated.
func (r *run) access(ctx context.Context, made []model.Check) error {
	const name = "table of sensors' requests"
	s, err := r.engine.Site()
	if err != nil {
		return err
	}
	agent, err := r.agent(ctx)
	switch wanted := s.AccessTable() != ""; {
	case err == nil && agent == nil && !wanted:
		return nil
	case err == nil && agent == nil:
		r.check(name, false, "the configuration asks for it, and no instance runs Azure Monitor Agent")
		return nil
	case err != nil:
		r.check(name, false, "%v", err)
		return nil
	}
	earlier, err := agent.poll()
	if err != nil {
		r.check(name, false, "%v", err)
		return nil
	}
	fmt.Fprintf(r.Out, "Azure Monitor Agent has read %s: %s\n", agent.file, counted(earlier))
	rows, wrong, err := r.witness(agent, s, made)
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		fmt.Fprintf(r.Out, "What %s says of %d more attempts of a sensor:\n", agent.table, len(rows))
		r.printRows(rows)
	}
	wrong = append(wrong, agent.misfits(s, r.engine.Secrets.Texts())...)
	r.result.Report.ProxyAccess = &report.ProxyAccess{Table: agent.table, Rows: agent.rows}
	detail := append([]string{fmt.Sprintf("%d rows in %s; %d attempts of a sensor are there as made, across a "+
		"rotation of the logs", len(agent.rows), agent.table, len(rows))}, wrong...)
	r.check(name, len(wrong) == 0, "%s", strings.Join(detail, "; "))
	return nil
}

// witness has a sensor make attempts, and gives the row of each, and what is wrong with them.
func (r *run) witness(a *agent, s site.Site, made []model.Check) (rows []map[string]any, wrong []string, err error) {
	lab := r.machines.lab
	open := slices.IndexFunc(made, func(c model.Check) bool {
		return c.Got == model.Open && strings.HasPrefix(c.From, "sensor ") && strings.HasSuffix(c.Target, ":443")
	})
	if open < 0 {
		return nil, []string{"no sensor has a tunnel"}, nil
	}
	host := strings.TrimSuffix(made[open].Target, ":443")
	attempts := []func() ([]model.Check, error){
		func() ([]model.Check, error) { return lab.Try(host+":443", model.Open) },
		func() ([]model.Check, error) { return lab.Try(laterHost+":443", model.Refused(403, "not-listed")) },
		func() ([]model.Check, error) { return lab.Try(host+":22", model.Refused(403, "port")) },
	}
	if told := r.told(); told.Username != "" {
		attempts = append(attempts, func() ([]model.Check, error) {
			return lab.TryAs(told.Username, "not-"+told.Password, model.Refused(407, "credentials"))
		})
	}
	names := map[string]string{}
	for _, sensor := range s.Azure.SensorNames {
		names[sensor.Address.String()] = sensor.Name
	}
	for i, attempt := range attempts {
		checks, err := attempt()
		if err != nil {
			return nil, nil, err
		}
		r.result.Report.SensorChecks = append(r.result.Report.SensorChecks, checks...)
		want, err := rowOf(checks[0], names)
		if err != nil {
			return nil, nil, err
		}
		row, others, err := a.await(want)
		if err != nil {
			return nil, nil, err
		}
		if row == nil {
			wrong = append(wrong, fmt.Sprintf("no row says %v of %v; there came %v", want, checks[0], others))
			continue
		}
		rows = append(rows, row)
		if i == 0 {
			if err := a.rotate(); err != nil {
				return nil, nil, err
			}
		}
	}
	return rows, wrong, nil
}

// await reads until there is a row that says what it must; nil, and what came in its place, if there is none.
func (a *agent) await(want map[string]any) (row map[string]any, others []map[string]any, err error) {
	for deadline := time.Now().Add(rowsAwaited); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		rows, err := a.poll()
		if err != nil {
			return nil, nil, err
		}
		for _, row := range rows {
			if says(row, want) {
				return row, others, nil
			}
			others = append(others, row)
		}
	}
	return nil, others, nil
}

func says(row, want map[string]any) bool {
	for column, value := range want {
		if row[column] != value {
			return false
		}
	}
	return true
}

// misfits are what the table must not have: lines that Azure makes no row of, empty columns, requests of others than
// sensors and Azure itself, and secrets.
func (a *agent) misfits(s site.Site, secrets []string) []string {
	var all []string
	if len(a.strange) > 0 {
		all = append(all, fmt.Sprintf("%d lines make no row, such as %s", len(a.strange), a.strange[0]))
	}
	for _, row := range a.rows {
		for _, column := range site.AccessColumns(nil) {
			if row[column.Name] == nil && column.Name != "Port" {
				all = append(all, fmt.Sprintf("column %s is null in %v", column.Name, row))
			}
		}
		from, _ := row["SensorAddress"].(string)
		if from != model.Platform.String() && !isSensor(s, from) {
			all = append(all, "a row is of "+from+", which no packet comes from")
		}
	}
	for _, secret := range secrets {
		if secret != "" && strings.Contains(a.raw.String(), secret) {
			all = append(all, "a secret of the stack is in a row")
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// isSensor tells whether an address is one of the site's ranges of sensors.
func isSensor(s site.Site, address string) bool {
	parsed, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(s.Azure.Sensors, func(p netip.Prefix) bool { return p.Contains(parsed) })
}

// counted says how many rows there are, and why how many were refused.
func counted(rows []map[string]any) string {
	reasons := map[string]int{}
	for _, row := range rows {
		reasons[fmt.Sprint(row["Refused"])]++
	}
	text := fmt.Sprintf("%d rows, %d not refused", len(rows), reasons[""])
	delete(reasons, "")
	for _, reason := range sortedKeys(reasons) {
		text += fmt.Sprintf(", %d refused for %s", reasons[reason], reason)
	}
	return text
}

// printRows shows what the table says of the attempts.
func (r *run) printRows(rows []map[string]any) {
	columns := []string{"Computer", "SensorAddress", "Sensor", "Host", "Port", "Status", "Refused", "BytesUp",
		"BytesDown", "DurationMs"}
	table := tabwriter.NewWriter(r.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  "+strings.Join(columns, "\t"))
	for _, row := range rows {
		var values []string
		for _, column := range columns {
			values = append(values, fmt.Sprint(row[column]))
		}
		fmt.Fprintln(table, "  "+strings.Join(values, "\t"))
	}
	table.Flush()
}
