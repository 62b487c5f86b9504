package report

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/browser"
)

var pictures = flag.String("pictures", "", "write what the page looks like to this `folder`")

// views are a telephone, the width from which the timeline is drawn, a desk's screen, and A4.
var views = []browser.View{
	{Width: 390}, {Width: 390, Dark: true}, {Width: 660}, {Width: 1280}, {Width: 1280, Dark: true},
	{Width: 718, Print: true}, {Width: 718, Print: true, Dark: true},
}

func TestThePageReadsWellOnEveryScreenAndOnPaper(t *testing.T) {
	b := browser.Open(t, "../..")
	for name, r := range map[string]Report{"a site": aSite(), "a stack that failed": aFailure()} {
		b.Show(html(t, r))
		for _, view := range views {
			for _, unfolded := range []bool{false, true} {
				b.Run(fmt.Sprintf("document.querySelectorAll('details').forEach((d) => { d.open = %t; })", unfolded), nil)
				for _, problem := range b.Problems(view) {
					t.Errorf("%s at %v, details open %t: %s", name, view, unfolded, problem)
				}
				if *pictures != "" {
					file := strings.ReplaceAll(fmt.Sprintf("%s, %v, %t.png", name, view, unfolded), " ", "-")
					if err := os.WriteFile(filepath.Join(*pictures, file), b.Picture(), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

func aFailure() Report {
	return Report{
		Stack: "plant-7", Outputs: map[string]any{},
		Stopped: "pulumi up: create every resource: Code=\"PublicIPCountLimitReached\" Message=\"Cannot create more " +
			"than 10 public IP addresses for this subscription in this region.\"",
	}
}

// What a reader finds by headings is also what a screen reader offers to jump to.
func TestThePageHasAHeadingForEachQuestion(t *testing.T) {
	b := browser.Open(t, "../..")
	b.Show(html(t, aSite()))
	var got []string
	b.Run("[...document.querySelectorAll('h1, h2, h3')].map((h) => h.tagName + ' ' + h.textContent)", &got)
	want := []string{
		"H1 1 of 3 checks failed, 1 were not run", "H2 What to type into the sensor", "H2 What was checked",
		"H2 What this is evidence of", "H2 How the site is built", "H2 How long it takes", "H2 Who can use the proxy",
		"H2 What the workbook shows", "H3 Health", "H3 Connections", "H2 The stack's outputs",
	}
	if !slices.Equal(got, want) {
		t.Errorf("headings %q, want %q", got, want)
	}
}

func TestThePageFollowsTheReadersLightAndPaper(t *testing.T) {
	b := browser.Open(t, "../..")
	b.Show(html(t, aSite()))
	paper := func(v browser.View) (colour string) {
		b.Look(v)
		b.Run("getComputedStyle(document.body).backgroundColor", &colour)
		return colour
	}
	light, dark := paper(browser.View{Width: 1280}), paper(browser.View{Width: 1280, Dark: true})
	printed := paper(browser.View{Width: 718, Dark: true, Print: true})
	if light != "rgb(255, 255, 255)" || printed != light || dark == light {
		t.Errorf("light %s, dark %s, printed %s", light, dark, printed)
	}
}

// A fold that nobody can open on paper hides what the page is evidence of.
func TestAPrintedPageFoldsNothing(t *testing.T) {
	b := browser.Open(t, "../..")
	b.Show(html(t, aSite()))
	const hidden = `[...document.querySelectorAll('details *')].filter((e) => !e.checkVisibility()).length`
	for print, folded := range map[bool]bool{false: true, true: false} {
		b.Look(browser.View{Width: 718, Print: print})
		var count int
		b.Run(hidden, &count)
		if count > 0 != folded {
			t.Errorf("printed %t: %d elements are hidden", print, count)
		}
	}
}
