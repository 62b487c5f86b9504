package rehearse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// agent plays Azure Monitor Agent on the instances of a scale set: it reads the file that its data collection rule
// names, a JSON object a line, and hands each to Azure, which makes rows of a table of them.
type agent struct {
	run     *run
	ruleID  string
	file    string
	stream  string
	prefix  string // of the instances' host names
	table   string // into which rows went
	read    map[netip.Addr]position
	raw     strings.Builder // everything that was read
	rows    []map[string]any
	strange []string // what is no JSON, or leads to no table
}

// position is how far a file was read. A rotated file has another name, and what follows it another inode.
type position struct {
	inode string
	lines int
}

// agent finds the agent as it was deployed; nil: there is none. An error says why it would send nothing.
func (r *run) agent(ctx context.Context) (*agent, error) {
	var sets []armcompute.VirtualMachineScaleSet
	if err := r.engine.List(ctx, "Microsoft.Compute/virtualMachineScaleSets", &sets); err != nil {
		return nil, err
	}
	if len(sets) != 1 || !runsAgent(sets[0]) {
		return nil, nil
	}
	set := sets[0]
	if set.Identity == nil || *set.Identity.Type != armcompute.ResourceIdentityTypeSystemAssigned {
		return nil, errors.New("Azure Monitor Agent has no identity to present: it gets no rule")
	}
	a := &agent{run: r, read: map[netip.Addr]position{},
		prefix: *set.Properties.VirtualMachineProfile.OSProfile.ComputerNamePrefix}
	for _, resource := range r.engine.Resources() {
		if resource.Type == "Microsoft.Insights/dataCollectionRuleAssociations" &&
			strings.HasPrefix(strings.ToLower(resource.ID), strings.ToLower(*set.ID)+"/") {
			properties, _ := resource.Body["properties"].(map[string]any)
			a.ruleID, _ = properties["dataCollectionRuleId"].(string)
		}
	}
	if a.ruleID == "" {
		return nil, errors.New("no data collection rule is associated with the scale set")
	}
	var rules []armmonitor.DataCollectionRuleResource
	if err := r.engine.List(ctx, "Microsoft.Insights/dataCollectionRules", &rules); err != nil {
		return nil, err
	}
	for _, rule := range rules {
		if strings.EqualFold(*rule.ID, a.ruleID) {
			return a, errors.Join(a.follow(rule), r.reaches(ctx))
		}
	}
	return nil, fmt.Errorf("the scale set's data collection rule %s is not there", a.ruleID)
}

func runsAgent(set armcompute.VirtualMachineScaleSet) bool {
	extensions := set.Properties.VirtualMachineProfile.ExtensionProfile.Extensions
	return slices.ContainsFunc(extensions, func(e *armcompute.VirtualMachineScaleSetExtension) bool {
		return *e.Properties.Publisher == "Microsoft.Azure.Monitor" && *e.Properties.Type == "AzureMonitorLinuxAgent"
	})
}

// follow takes from a rule what to read.
func (a *agent) follow(rule armmonitor.DataCollectionRuleResource) error {
	sources := rule.Properties.DataSources
	if sources == nil || len(sources.LogFiles) != 1 || len(sources.LogFiles[0].FilePatterns) != 1 ||
		*sources.LogFiles[0].Format != armmonitor.KnownLogFilesDataSourceFormatJSON {
		return fmt.Errorf("rule %s names no one file of JSON to read", *rule.Name)
	}
	a.file, a.stream = *sources.LogFiles[0].FilePatterns[0], *sources.LogFiles[0].Streams[0]
	return nil
}

// reaches finds out whether a firewall lets the agent through to where it finds its rule and sends its rows.
func (r *run) reaches(ctx context.Context) error {
	site, err := r.azureSite(ctx)
	if err != nil || site.Firewall == nil {
		return err
	}
	var endpoints []armmonitor.DataCollectionEndpointResource
	if err := r.engine.List(ctx, "Microsoft.Insights/dataCollectionEndpoints", &endpoints); err != nil {
		return err
	}
	hosts := []string{"global.handler.control.monitor.azure.com"}
	for _, endpoint := range endpoints {
		ingestion, err := url.Parse(*endpoint.Properties.LogsIngestion.Endpoint)
		if err != nil {
			return err
		}
		hosts = append(hosts, *endpoint.Location+".handler.control.monitor.azure.com", ingestion.Host)
	}
	for _, host := range hosts {
		if !site.Firewall.Passes(host) {
			return fmt.Errorf("the firewall lets no packet of Azure Monitor Agent through to %s", host)
		}
	}
	return nil
}

// poll reads on, on every instance, and gives the rows that are new.
func (a *agent) poll() ([]map[string]any, error) {
	before := len(a.rows)
	for n, instance := range a.run.machines.running() {
		at := a.read[instance]
		said, err := a.run.machines.lab.Shell(instance, "stat -c %i "+a.file+" && cat "+a.file)
		if err != nil {
			return nil, err
		}
		inode, text, _ := strings.Cut(said, "\n")
		if _, err := strconv.ParseUint(inode, 10, 64); err != nil {
			return nil, fmt.Errorf("instance %v has no file %s: %s", instance, a.file, strings.TrimSpace(said))
		}
		if at.inode != "" && inode != at.inode { // rotated: first what the file got until then
			rest, err := a.run.machines.lab.Shell(instance, "cat "+a.file+".1")
			if err != nil {
				return nil, err
			}
			a.takeAll(rest, at.lines, n)
			at.lines = 0
		}
		a.read[instance] = position{inode, a.takeAll(text, at.lines, n)}
	}
	return a.rows[before:], nil
}

// takeAll takes the lines of a text that are whole, but for those that were taken before, and says how many it has.
func (a *agent) takeAll(text string, before, n int) int {
	lines := strings.SplitAfter(text, "\n")
	lines = lines[:len(lines)-1]
	for _, line := range lines[min(before, len(lines)):] {
		a.take(line, n)
	}
	return len(lines)
}

// take hands a line of the n-th instance to Azure.
func (a *agent) take(line string, n int) {
	a.raw.WriteString(line)
	var row map[string]any
	if err := json.Unmarshal([]byte(line), &row); err != nil {
		a.strange = append(a.strange, strings.TrimSpace(line))
		return
	}
	// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-instance-ids
	row["Computer"] = fmt.Sprintf("%s%06s", a.prefix, strconv.FormatInt(int64(n), 36))
	table, made, err := a.run.engine.Azure.Ingest(a.ruleID, a.stream, row)
	if err != nil {
		a.strange = append(a.strange, err.Error())
		return
	}
	a.table = table
	a.rows = append(a.rows, made)
}

// rotate has every instance rotate its logs now.
func (a *agent) rotate() error {
	for _, instance := range a.run.machines.running() {
		said, err := a.run.machines.lab.Shell(instance, "logrotate --force /etc/logrotate.d/squid && echo rotated")
		if err != nil || !strings.HasSuffix(said, "rotated\n") {
			return fmt.Errorf("rotating the logs of instance %v: %s (%w)", instance, said, err)
		}
	}
	return nil
}

// rowOf is what the table must say of an attempt of a sensor.
func rowOf(c model.Check, names map[string]string) (map[string]any, error) {
	words := strings.Fields(c.From) // sensor ADDRESS
	target, _, _ := strings.Cut(c.Target, " ")
	host, port, found := strings.Cut(target, ":")
	number, err := strconv.ParseFloat(port, 64)
	if len(words) < 2 || !found || err != nil {
		return nil, fmt.Errorf("%v is no attempt of a sensor at a tunnel", c)
	}
	row := map[string]any{"SensorAddress": words[1], "Sensor": names[words[1]], "Method": "CONNECT", "Host": host,
		"Port": number, "Status": 200.0, "Refused": ""}
	var status int
	var reason string
	if n, _ := fmt.Sscanf(c.Got, "refused (%d: %s", &status, &reason); n == 2 {
		row["Status"], row["Refused"] = float64(status), strings.TrimSuffix(reason, ")")
	}
	return row, nil
}
