package main

import (
	_ "embed"
	"html/template"
	"os"
	"strings"
	"time"
)

//go:embed page.html.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// pageRow is a site as the page shows it.
type pageRow struct {
	status
	When, Commit, Proxy, Egress, Image, Drifted, Given string
	Succeeded, Changed                                 bool // changed: by hand
}

// writePage writes a page for people: one file without a script, which loads nothing.
func writePage(file string, all []status, now time.Time) error {
	if file == "" {
		return nil
	}
	data := struct {
		Now     string
		Count   string
		Drift   bool
		Columns int
		Bad     int
		Sites   []pageRow
	}{Columns: 7, Now: now.UTC().Format("2006-01-02 15:04 MST"), Count: counted(len(all), "site")}
	for _, s := range all {
		given, err := indented(s.Outputs)
		if err != nil {
			return err
		}
		row := pageRow{status: s, When: s.when(), Commit: orDash(s.Program), Proxy: s.proxy(), Egress: s.egress(),
			Drifted: s.drifted(), Image: orDash(strings.Join(s.Images, " ")), Given: given,
			Succeeded: s.Result == "succeeded" && s.Error == "", Changed: s.Drift != nil && *s.Drift > 0}
		if !row.Succeeded || row.Changed {
			data.Bad++
		}
		if s.Drift != nil && !data.Drift {
			data.Drift, data.Columns = true, data.Columns+1
		}
		data.Sites = append(data.Sites, row)
	}
	var page strings.Builder
	if err := pageTemplate.Execute(&page, data); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(page.String()), 0o644)
}
