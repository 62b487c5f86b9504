package site

import "fmt"

// warnOfPlainSecrets names the secrets that the stack keeps in plain text. Pulumi tells which keys of the top hold
// anything encrypted, and no more: beside an encrypted secret, a plain one in the same group is not found.
func warnOfPlainSecrets(config Config, top *section) {
	if config.IsSecret == nil {
		return
	}
	for _, key := range schema {
		if !config.IsSecret(config.Project + ":" + key.Name) {
			top.warnOfPlain(key)
		}
	}
}

func (s *section) warnOfPlain(key Key) {
	switch {
	case !s.has(key.Name):
	case key.Secret:
		s.warn(key.Name, nil, "is in plain text in the stack file", fmt.Sprintf(
			"Encrypt it with `pulumi config set --secret --path '%s'`; if others could read the file, choose a new one",
			s.key(key.Name)))
	case key.Kind == Group:
		for _, below := range key.Keys {
			s.section(key.Name).warnOfPlain(below)
		}
	case key.Kind == Groups:
		for _, group := range s.sections(key.Name) {
			for _, below := range key.Keys {
				group.warnOfPlain(below)
			}
		}
	}
}
