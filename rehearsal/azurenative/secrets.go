package azurenative

import (
	"slices"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Secrets remembers every secret text that the engine handed over, so that whatever comes back from Azure with one of them in it
// is a secret too, and so that reports can keep them out. A nil Secrets remembers nothing.
type Secrets struct {
	mu    sync.Mutex
	texts []string
}

// Texts returns the secrets seen so far.
func (s *Secrets) Texts() []string {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.texts)
}

// Add remembers one more.
func (s *Secrets) Add(text string) {
	if s == nil || text == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.texts, text) {
		s.texts = append(s.texts, text)
	}
}

func (s *Secrets) collect(v resource.PropertyValue) {
	switch {
	case v.IsSecret():
		s.collectTexts(unsecret(v))
	case v.IsArray():
		for _, item := range v.ArrayValue() {
			s.collect(item)
		}
	case v.IsObject():
		for _, field := range v.ObjectValue() {
			s.collect(field)
		}
	}
}

func (s *Secrets) collectTexts(v resource.PropertyValue) {
	switch {
	case v.IsString():
		s.Add(v.StringValue())
	case v.IsArray():
		for _, item := range v.ArrayValue() {
			s.collectTexts(item)
		}
	case v.IsObject():
		for _, field := range v.ObjectValue() {
			s.collectTexts(field)
		}
	}
}

// mark makes secrets of the values that are one of the remembered texts.
func (s *Secrets) mark(m resource.PropertyMap) resource.PropertyMap {
	return markValue(resource.NewObjectProperty(m), s.Texts()).ObjectValue()
}

func markValue(v resource.PropertyValue, secrets []string) resource.PropertyValue {
	switch {
	case v.IsString() && slices.Contains(secrets, v.StringValue()):
		return resource.MakeSecret(v)
	case v.IsArray():
		var items []resource.PropertyValue
		for _, item := range v.ArrayValue() {
			items = append(items, markValue(item, secrets))
		}
		return resource.NewArrayProperty(items)
	case v.IsObject():
		fields := resource.PropertyMap{}
		for key, field := range v.ObjectValue() {
			fields[key] = markValue(field, secrets)
		}
		return resource.NewObjectProperty(fields)
	}
	return v
}
