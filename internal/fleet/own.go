package fleet

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// OwnFile is the name of the fleet's own file, in the project's folder. It is optional.
const OwnFile = "sites.yaml"

// Own is what the fleet's owner has written down for all sites.
type Own struct {
	defaults      map[string]any      // values by full key, as in a stack file
	subscriptions map[string][]string // patterns of stacks' names, as path.Match has them, by a subscription's ID
	limits        map[string]int      // quotas that the owner has, by their names
	waves         []selection         // in which stacks are brought up; nil: the file has none
	findings      []Finding           // what is wrong with the file
	project       string
}

var ownKeys = []string{"defaults", "subscriptions", "limits", "waves"}

// ReadOwn reads the fleet's own file; where there is none, it returns an empty one. What is wrong with it is among the
// findings of Check.
func ReadOwn(folder, project string) (Own, error) {
	own := Own{project: project}
	text, err := os.ReadFile(filepath.Join(folder, OwnFile))
	if errors.Is(err, fs.ErrNotExist) {
		return own, nil
	}
	if err != nil {
		return own, err
	}
	own.parse(text, folder)
	return own, nil
}

func (o *Own) parse(text []byte, folder string) {
	var raw map[string]any
	if err := yaml.Unmarshal(text, &raw); err != nil {
		o.fail("", "", "is not YAML: "+yaml.FormatError(err, false, false),
			"defaults, subscriptions, limits and waves", "Correct it")
		return
	}
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		values, isGroup := raw[key].(map[string]any)
		switch {
		case !slices.Contains(ownKeys, key):
			do := "Remove it"
			if near, ok := site.Nearest(key, ownKeys); ok {
				do = "Did you mean " + near + "?"
			}
			o.fail(key, "", "is not a key of "+OwnFile, strings.Join(ownKeys, ", "), do)
		case raw[key] == nil:
		case key == "waves":
			o.readWaves(raw[key])
		case !isGroup:
			o.fail(key, "", "is not a group of settings", "keys and values below "+key, "Indent them below the key")
		case key == "defaults":
			o.readDefaults(values, folder)
		case key == "subscriptions":
			o.readSubscriptions(values)
		case key == "limits":
			o.readLimits(values)
		}
	}
}

func (o *Own) fail(key, value, problem, allowed, do string) {
	o.findings = append(o.findings, Finding{Severity: Error, Kind: "sites-file",
		Places:  []Place{{OwnFile, key, value}},
		Problem: problem, Allowed: allowed, Do: do})
}

// readDefaults has the program judge the values, in a configuration that lacks nothing.
func (o *Own) readDefaults(values map[string]any, folder string) {
	opened := open(values, o.project)
	for _, key := range slices.Sorted(maps.Keys(opened.hidden)) {
		o.fail("defaults."+key, "", "is encrypted", "values in plain text", "Leave secrets in the stack files")
	}
	leaves, secrets := map[string]any{}, false
	flatten("", opened.values, leaves)
	for _, key := range slices.Sorted(maps.Keys(leaves)) {
		if name := bare(key, o.project); isSecret(name) && !opened.hidden[name] {
			secrets = true
			o.fail("defaults."+name, "", "is a secret", "values that everybody may read",
				"Leave secrets in the stack files")
		}
	}
	if secrets || len(opened.hidden) > 0 {
		return
	}
	config := site.Config{Project: o.project, Stack: "sites", Directory: folder, Values: texts(opened.values)}
	for _, key := range slices.Concat(site.ProviderSchema(), site.Schema()) {
		full := fullKey(key.Name, o.project)
		if key.Required && config.Values[full] == "" {
			config.Values[full] = texts(map[string]any{full: exampleOf(key)})[full]
		}
	}
	_, err := site.Load(config)
	var wrong site.Errors
	errors.As(err, &wrong)
	found := len(o.findings)
	for _, e := range wrong {
		top, _, _ := strings.Cut(indexes.ReplaceAllString(e.Key, ""), ".")
		if _, given := opened.values[fullKey(top, o.project)]; given && !isLack(e) {
			o.fail("defaults."+e.Key, unquoted(e.Value), e.Problem, e.Allowed, e.Do)
		}
	}
	if len(o.findings) == found {
		o.defaults = leaves
	}
}

// isLack tells an error about what is not there: each stack may add that.
func isLack(e site.Error) bool {
	return e.Value == "" && (strings.Contains(e.Problem, "missing") || strings.Contains(e.Problem, "is empty") ||
		strings.Contains(e.Problem, "have no way back"))
}

// fullKey is a key with its namespace: the project's, unless it has another.
func fullKey(key, project string) string {
	if strings.Contains(key, ":") {
		return key
	}
	return project + ":" + key
}

// exampleOf is a value that a key takes.
func exampleOf(key site.Key) any {
	if ranges, ok := key.Example.([]string); ok {
		var all []any
		for _, r := range ranges {
			all = append(all, r)
		}
		return all
	}
	return key.Example
}

func (o *Own) readLimits(values map[string]any) {
	o.limits = map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(quotaNames(), name) {
			do := "Remove it"
			if near, ok := site.Nearest(name, quotaNames()); ok {
				do = "Did you mean " + near + "?"
			}
			o.fail("limits."+name, "", "is not a limit", strings.Join(quotaNames(), ", "), do)
			continue
		}
		limit, ok := wholeNumber(values[name])
		if !ok {
			o.fail("limits."+name, fmt.Sprint(values[name]), "is not a limit", "a whole number, 1 or more",
				"Take it from `az vm list-usage` and `az network list-usages`")
			continue
		}
		o.limits[name] = limit
	}
}

// wholeNumber is a value that is one, and 1 or more.
func wholeNumber(value any) (n int, ok bool) {
	n, err := strconv.Atoi(fmt.Sprint(value))
	return n, err == nil && n >= 1
}
