package record

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// What stands for a value that a recording does not tell. Same counts it as like any other of its kind.
const (
	withheld    = "(text)"
	someName    = "(name)"
	someID      = "(guid)"
	someTime    = "(time)"
	someSecret  = "(secret)"
	someAddress = "(address)"
	someNumber  = "(number)"
)

// Same tells whether two texts of recordings are alike, as far as recordings tell.
func Same(a, b string) bool {
	if a == b || a == withheld || b == withheld {
		return true
	}
	left, right := strings.Split(a, "/"), strings.Split(b, "/")
	return slices.EqualFunc(left, right, func(a, b string) bool {
		return strings.EqualFold(a, b) || slices.Contains(placeholders, a) || slices.Contains(placeholders, b)
	})
}

var placeholders = []string{withheld, someName, someID, someTime, someSecret, someAddress, someNumber}

const groups = "resourcegroups"

// Redactor takes out of the answers about a stack what tells whose it is: names, IDs, addresses, tags, and every text
// of which it is not known that it is Azure's or the program's own.
type Redactor struct {
	// Config is a configuration of the same shape with other names, addresses and numbers, which the program accepts
	// as well. Each secret is an encrypted one that nobody can read.
	Config map[string]any

	own       map[string]string // names in the program by names in Azure, in lower case
	private   []string          // texts of the configuration, folded
	addresses addresses

	// What stands for what in the configuration.
	texts                map[string]map[string]string // by path and text
	names, subscriptions map[string]string
}

// New makes a redactor for the answers about what a site's stack has made. Values are the stack file's, by full key, of
// which those of the project begin with its name.
func New(project, siteName string, made []Made, values map[string]any) *Redactor {
	r := &Redactor{own: map[string]string{}, texts: map[string]map[string]string{}, names: map[string]string{},
		subscriptions: map[string]string{}, addresses: addresses{key: []byte(rand.Text()), ranges: ranges(values)}}
	for _, m := range made {
		if parts := strings.Split(m.ID, "/"); len(parts) > 2 && len(r.subscriptions) == 0 {
			r.subscriptions[strings.ToLower(parts[2])] = Subscription
		}
	}
	r.hide(siteName)
	r.Config = r.config(project, values)
	for _, m := range made {
		if name := strings.ToLower(m.ID[strings.LastIndex(m.ID, "/")+1:]); r.own[name] == "" {
			r.own[name] = "(" + r.Name(m) + ")"
		}
	}
	return r
}

// Name is what the other configuration has the program call a resource. Names of connections are a part of it.
func (r *Redactor) Name(m Made) string {
	all := map[string]string{}
	for path, others := range r.texts {
		if strings.HasSuffix(path, "[].name") {
			maps.Copy(all, others)
		}
	}
	longestFirst := func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) }
	for _, text := range slices.SortedFunc(maps.Keys(all), longestFirst) {
		// Not at the start, which is the component's name.
		if at := strings.Index(m.Name+"-", "-"+text+"-"); at >= 0 {
			return m.Name[:at+1] + all[text] + m.Name[at+1+len(text):]
		}
	}
	return m.Name
}

// ranges are those in a value, and its addresses as ranges of one.
func ranges(value any) (all []netip.Prefix) {
	switch value := value.(type) {
	case map[string]any:
		for _, value := range value {
			all = append(all, ranges(value)...)
		}
	case []any:
		for _, value := range value {
			all = append(all, ranges(value)...)
		}
	case string:
		if p, isRange := rangeOf(value); isRange {
			all = append(all, p)
		}
	}
	return all
}

// rangeOf is the range that a text has, or the one address, with or without a port.
func rangeOf(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, true
	}
	host, _, _ := strings.Cut(s, ":")
	addr, err := netip.ParseAddr(host)
	return netip.PrefixFrom(addr, addr.BitLen()), err == nil
}

// hide notes a text of the configuration as private.
func (r *Redactor) hide(text string) {
	if text = folded(text); len(text) > 2 {
		r.private = append(r.private, text)
	}
}

// folded is a text without what Azure's names leave out.
func folded(s string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune("-_. /:@", c) {
			return -1
		}
		return c
	}, strings.ToLower(s))
}

// Recorded is what a recording has of an answer, in which addresses are those of the other configuration.
func (r *Redactor) Recorded(body any) any { return r.body("", body, r.addresses.text) }

// Compared is what a recording would have of an answer about its own configuration.
func (r *Redactor) Compared(body any) any {
	return r.body("", body, func(s string) (string, bool) {
		_, isAddress := (&addresses{}).text(s)
		return s, isAddress
	})
}

// freeMaps are objects whose keys somebody has chosen.
var freeMaps = []string{"tags", "metadata", "customProperties", "webhookProperties", "parameters", "settings",
	"streamDeclarations"}

func (r *Redactor) body(key string, value any, address func(string) (string, bool)) any {
	switch value := value.(type) {
	case map[string]any:
		all, hidden := map[string]any{}, 0
		for _, name := range slices.Sorted(maps.Keys(value)) {
			below := r.body(name, value[name], address)
			isFree := slices.Contains(freeMaps, key) || slices.Contains(r.private, folded(name))
			if isFree && !known[name] || !isField.MatchString(name) {
				if text, isText := below.(string); isText && !known[text] {
					below = withheld
				}
				hidden++
				name = fmt.Sprintf("(key %d)", hidden)
			}
			all[name] = below
		}
		return all
	case []any:
		all := []any{}
		for _, one := range value {
			all = append(all, r.body(key, one, address))
		}
		return all
	case string:
		return r.text(key, value, address)
	case float64:
		if isPeers(key) {
			return someNumber
		}
	}
	return value
}

var (
	isField     = regexp.MustCompile(`^[$@]?[a-zA-Z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)?$`)
	isSecretKey = regexp.MustCompile(`(?i)(key|secret|password|token|credential|connectionString|customData|uri|url|` +
		`sas|sshpublic)s?$`)
	isFreeText = regexp.MustCompile(`(?i)(name|description|label|createdBy|modifiedBy|comment|title)$`)
	isGUID     = regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	isTime     = regexp.MustCompile(`^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$`)
	// isWord is how Azure writes the values of its enumerations, sizes and versions.
	isWord = regexp.MustCompile(`^[A-Z][A-Za-z]*\d{0,4}[A-Za-z]*\d{0,4}(_[A-Za-z0-9]{1,10}){0,4}$`)
	// isType is how it writes types of resources, and what is done to them.
	isType   = regexp.MustCompile(`(?i)^microsoft\.[a-z.]+(/[a-z]+)*$`)
	isFigure = regexp.MustCompile(`^\d{1,5}([.-]\d{1,12}){0,3}$`)
	isHost   = regexp.MustCompile(`^(https://)?([^/:]+?)((?:\.[a-z0-9-]+)?\.(?:core\.windows\.net|azure\.com))(/?)$`)
)

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// text is what a recording has for a text at a key.
func (r *Redactor) text(key, s string, address func(string) (string, bool)) string {
	other, isAddress := address(s)
	_, isOwn := r.own[strings.ToLower(s)]
	switch host := isHost.FindStringSubmatch(s); {
	case isOwn:
		return r.own[strings.ToLower(s)]
	case known[s]:
		return s
	case isAddress && !r.isConfigured(s):
		return someAddress
	case isAddress:
		return other
	case strings.HasPrefix(strings.ToLower(s), "/subscriptions/"):
		return r.id(s)
	case host != nil && !strings.Contains(host[2], "."):
		return host[1] + r.name(host[2]) + host[3] + host[4]
	case isSecretKey.MatchString(key):
		return someSecret
	case isGUID.MatchString(s):
		return someID
	case isTime.MatchString(s):
		return someTime
	case isFigure.MatchString(s), isType.MatchString(s):
		return s
	case isWord.MatchString(s) && !isFreeText.MatchString(key) && !r.isPrivate(s):
		return s
	}
	return withheld
}

// isConfigured tells whether an address, or a range, lies in a range of the configuration, and so is not one that Azure
// has chosen. Ranges of all addresses count as such.
func (r *Redactor) isConfigured(s string) bool {
	p, isRange := rangeOf(s)
	return isRange && slices.ContainsFunc(slices.Concat(r.addresses.ranges, kept), func(q netip.Prefix) bool {
		return q.Overlaps(p)
	})
}

// isPrivate tells whether a text has one of the configuration in it.
func (r *Redactor) isPrivate(s string) bool {
	s = folded(s)
	return slices.ContainsFunc(r.private, func(private string) bool { return strings.Contains(s, private) })
}

// id is an ID with other names.
func (r *Redactor) id(id string) string {
	parts := strings.Split(id, "/")
	for i := 1; i+1 < len(parts); i += 2 {
		switch strings.ToLower(parts[i]) {
		case "providers":
		case "subscriptions":
			parts[i+1] = someID
		default:
			parts[i+1] = r.name(parts[i+1])
		}
	}
	return strings.Join(parts, "/")
}

// name is what stands for a name in Azure.
func (r *Redactor) name(name string) string {
	if own := r.own[strings.ToLower(name)]; own != "" {
		return own
	}
	if known[name] || isNumber(name) {
		return name
	}
	return someName
}
