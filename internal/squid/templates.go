package squid

import (
	"embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed *.tmpl
var templateFiles embed.FS

var templates = template.Must(template.ParseFS(templateFiles, "*.tmpl"))

// render fills one of our own templates.
func render(name string, data map[string]any) string {
	var text strings.Builder
	if err := templates.ExecuteTemplate(&text, name, data); err != nil {
		panic(fmt.Sprintf("%s: %v", name, err)) // the template is ours and its data complete
	}
	return text.String()
}
