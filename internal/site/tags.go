package site

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What Azure accepts as tags on a storage account, the strictest resource of the site. Two places stay free for the site's own.
// Source: https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources
const (
	mostTags       = 48
	longestTagName = 128
	longestTag     = 256
	tagNameRefuse  = `<>%&\?/`
)

func loadTags(s *section) map[string]string {
	given := s.texts("tags")
	if len(given) > mostTags {
		s.fail("tags", len(given), "are more tags than a resource takes", fmt.Sprintf("up to %d", mostTags), "Remove some")
	}
	tags := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		value := given[name]
		switch {
		case name == "" || len(name) > longestTagName || strings.ContainsAny(name, tagNameRefuse):
			s.fail("tags."+name, nil, "is not a tag name that Azure accepts", fmt.Sprintf("1 to %d characters without any of %s", longestTagName, tagNameRefuse), "Rename the tag")
		case len(value) > longestTag:
			s.fail("tags."+name, value, "is too long", fmt.Sprintf("up to %d characters", longestTag), "Shorten the value")
		default:
			tags[name] = value
		}
	}
	return tags
}
