package site

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What Azure accepts as tags on a storage account, the strictest resource of the site. Two places stay free for the
// site's own.
// Source: https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources
const (
	mostTags       = 48
	longestTagName = 128
	longestTag     = 256
	tagNameRefuse  = `<>%&\?/`
)

// Application is the tag application of everything that a stack of this program makes.
const Application = "defender-iot-proxy"

// AllTags are on every resource of the site.
func (s Site) AllTags() map[string]string {
	all := map[string]string{"site": s.Name, "application": Application}
	maps.Copy(all, s.Tags)
	return all
}

// ownTags are on every resource of a site, beside those of the configuration.
var ownTags = []string{"application", "site"}

func loadTags(s *section) map[string]string {
	given := s.texts("tags")
	if len(given) > mostTags {
		s.fail("tags", len(given), "are more tags than a resource takes",
			fmt.Sprintf("up to %d", mostTags), "Remove some")
	}
	tags := map[string]string{}
	spelt := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		key, value, lower := "tags."+name, given[name], strings.ToLower(name)
		switch other, twice := spelt[lower]; {
		case name == "" || len(name) > longestTagName || strings.ContainsAny(name, tagNameRefuse):
			s.fail(key, nil, "is not a tag name that Azure accepts", fmt.Sprintf("1 to %d characters without any of %s",
				longestTagName, tagNameRefuse), "Rename the tag")
		case len(value) > longestTag:
			s.fail(key, value, "is too long", fmt.Sprintf("up to %d characters", longestTag), "Shorten the value")
		case slices.Contains(ownTags, lower):
			s.fail(key, value, "is a tag that the program sets itself", "tags other than "+strings.Join(ownTags,
				" and "), "Rename the tag")
		case twice:
			s.fail(key, value, "is the same tag as "+other+": Azure ignores the case of tag names", "each tag once",
				"Remove one of the two")
		default:
			tags[name], spelt[lower] = value, name
		}
	}
	warnOfReservedTags(s, tags)
	return tags
}

// warnOfReservedTags names tags that Azure may take for its own.
// Source: https://learn.microsoft.com/rest/api/resources/tags/create-or-update
func warnOfReservedTags(s *section, tags map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		for _, prefix := range []string{"microsoft", "azure", "windows"} {
			if strings.HasPrefix(strings.ToLower(name), prefix) {
				s.warn("tags."+name, nil, "begins with "+prefix+", which Azure reserves for tags of its own",
					"Rename the tag")
			}
		}
	}
}
