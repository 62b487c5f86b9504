package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/record"
)

// row is one difference: where it is, and what each side has there. Absent is "".
type row struct {
	resource, path, azure, standIn string
	times                          int // in how many entries of a list
}

// differences are those of two answers. What differs alike in several entries of a list is one.
func differences(resource string, azure, standIn any) (rows []row) {
	compare("", azure, standIn, func(path string, azure, standIn any) {
		next := row{resource, path, shown(azure), shown(standIn), 1}
		at := slices.IndexFunc(rows, func(r row) bool {
			return r.azure == next.azure && r.standIn == next.standIn && anyEntry(r.path) == anyEntry(path)
		})
		if at < 0 {
			rows = append(rows, next)
			return
		}
		rows[at].path = anyEntry(path)
		rows[at].times++
	})
	return rows
}

var entry = regexp.MustCompile(`\[[^]]*\]`)

// anyEntry is a path in any entry of the lists on it.
func anyEntry(path string) string { return entry.ReplaceAllString(path, "[*]") }

// absent stands for what one side does not have.
type absent struct{}

func compare(path string, azure, standIn any, differ func(path string, azure, standIn any)) {
	switch a := azure.(type) {
	case map[string]any:
		if b, isObject := standIn.(map[string]any); isObject {
			compareObjects(path, a, b, differ)
			return
		}
	case []any:
		if b, isList := standIn.([]any); isList {
			compareObjects(path, numbered(a), numbered(b), differ)
			return
		}
	case string:
		if b, isText := standIn.(string); isText && record.Same(a, b) {
			return
		}
	default:
		if azure == standIn {
			return
		}
	}
	differ(path, azure, standIn)
}

func compareObjects(path string, azure, standIn map[string]any, differ func(path string, azure, standIn any)) {
	names := map[string]bool{}
	for _, side := range []map[string]any{azure, standIn} {
		for name := range side {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a, inAzure := azure[name]
		b, inStandIn := standIn[name]
		below := path + name
		if !strings.HasPrefix(name, "[") {
			below = strings.TrimPrefix(path+"."+name, ".")
		}
		switch {
		case !inStandIn:
			differ(below, a, absent{})
		case !inAzure:
			differ(below, absent{}, b)
		default:
			compare(below, a, b, differ)
		}
	}
}

// numbered are the entries of a list by their names, which Azure is free to order, or by their places.
func numbered(list []any) map[string]any {
	all := map[string]any{}
	for i, one := range list {
		key := fmt.Sprintf("[%d]", i)
		if object, isObject := one.(map[string]any); isObject {
			if name, _ := object["name"].(string); name != "" && all["["+name+"]"] == nil {
				key = "[" + name + "]"
			}
		}
		all[key] = one
	}
	return all
}

// longest is how much of a value is shown.
const longest = 80

func shown(value any) string {
	if _, none := value.(absent); none {
		return ""
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if s := []rune(string(text)); len(s) > longest {
		return string(s[:longest]) + "…"
	}
	return string(text)
}

// write writes the table.
func write(w io.Writer, rows []row, compared int) {
	if len(rows) == 0 {
		fmt.Fprintf(w, "Azure and the stand-in answer alike. Compared: %s.\n", counted(compared, "resource"))
		return
	}
	fmt.Fprintf(w, "%s in %s. An empty cell: that side has nothing there.\n\n"+
		"| resource | path | Azure | stand-in |\n|---|---|---|---|\n", counted(len(rows), "difference"),
		counted(compared, "resource"))
	for _, r := range rows {
		path := code(r.path)
		if r.times > 1 {
			path += fmt.Sprintf(" (%d times)", r.times)
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", r.resource, path, code(r.azure), code(r.standIn))
	}
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// code is a text as code in a cell.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(strings.ReplaceAll(s, "|", `\|`), "`", "'") + "`"
}
