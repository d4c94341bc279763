package page

import (
	"strings"
	"testing"
	"time"
)

func TestAnOpenTagCostsNoMoreThanItsBlock(t *testing.T) {
	for name := range swallowing {
		for form, doc := range map[string]string{
			"in a line":      "200 with <" + name + "> meta refresh\n\nThe rest is here.",
			"in capitals":    "200 with <" + strings.ToUpper(name) + " x=1> meta refresh\n\nThe rest is here.",
			"in a table row": "| a | b |\n|---|---|\n| with <" + name + "> meta | x |\n| The rest | is here. |",
			"in emphasis":    "200 with **<" + name + "> meta** refresh\n\nThe rest is here.",
			"a block":        "<" + name + ">\nmeta refresh\n\nThe rest is here.",
			"inside a block": "<div>\n<" + name + ">\nmeta refresh\n</div>\n\nThe rest is here.",
			"closed earlier": "</" + name + "> and <" + name + "> meta\n\nThe rest is here.",
		} {
			got, _ := Markdown(doc, nil)
			if !strings.Contains(got, "meta") || !strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(got, "|", "")), " "), "The rest is here.") {
				t.Errorf("%s %s:\n%s\ngives\n%s", name, form, doc, got)
			}
		}
	}
}

func TestAClosedTagStillHidesWhatIsInIt(t *testing.T) {
	for _, doc := range []string{
		"Seen <script>alert(1)</script> here.",
		"Seen <STYLE>p{}alert(1)</STYLE> here.",
		"Seen **<template>** alert(1) </template> here.",
		"Seen here.\n\n<script>\nalert(1)\n</script>\n",
		"Seen here.\n\n<noscript>\nalert(1)</noscript>",
	} {
		if got, _ := Markdown(doc, nil); strings.Contains(got, "alert") || !strings.Contains(got, "Seen") || !strings.Contains(got, "here.") {
			t.Errorf("%q gives %q", doc, got)
		}
	}
}

func TestManyOpenTagsTakeLinearTime(t *testing.T) {
	for _, doc := range []string{strings.Repeat("<title>", 60_000), strings.Repeat("a <xmp> ", 60_000), "<div>\n" + strings.Repeat("<style>\n", 60_000)} {
		began := time.Now()
		Markdown(doc, nil)
		if took := time.Since(began); took > time.Minute { // the square of it takes hours
			t.Errorf("%.10q…: %v", doc, took)
		}
	}
}
