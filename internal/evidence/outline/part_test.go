package outline_test

import (
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/outline"
)

func TestAnchorsNameSections(t *testing.T) {
	const doc = "# Ropes\n\nA tree.\n\n## Getting started!\n\nRun it.\n\n### On Linux\n\nUse apt.\n\n```\n## Usage\n```\n\n" +
		"## Usage\n\nFirst.\n\n## Über `Seile`\n\nDeutsch.\n\n## Usage\n\nSecond."
	for anchor, want := range map[string]string{
		"getting-started":              "## Getting started!\n\nRun it.\n\n### On Linux\n\nUse apt.\n\n```\n## Usage\n```",
		"user-content-getting-started": "## Getting started!\n\nRun it.\n\n### On Linux\n\nUse apt.\n\n```\n## Usage\n```",
		"on-linux":                     "### On Linux\n\nUse apt.\n\n```\n## Usage\n```",
		"usage":                        "## Usage\n\nFirst.",
		"usage-1":                      "## Usage\n\nSecond.",
		"Usage_2":                      "## Usage\n\nSecond.",
		"Über_Seile":                   "## Über `Seile`\n\nDeutsch.",
		"nothing":                      "",
		"":                             "",
		"--":                           "",
	} {
		part, rest, ok := outline.Part(doc, anchor)
		if part != want || ok != (want != "") {
			t.Errorf("%q: %q", anchor, part)
		}
		if !ok && rest != doc || ok && len(rest)+len(part) < len(doc)-8 || ok && strings.Contains(rest, part) {
			t.Errorf("%q leaves %q", anchor, rest)
		}
	}
}

func FuzzPart(f *testing.F) {
	f.Add("# A\n\n```\n## B\n```\n## B\n", "b")
	f.Add("## \u0130\n", "i̇")
	f.Fuzz(func(t *testing.T, doc, anchor string) {
		part, rest, ok := outline.Part(doc, anchor)
		if ok && (part == "" || !strings.Contains(doc, part)) || !ok && rest != doc || len(part)+len(rest) > len(doc)+2 {
			t.Errorf("%q of %q: %q, %q", anchor, doc, part, rest)
		}
	})
}

func TestCodeKeepsItsOwnFences(t *testing.T) {
	for in, want := range map[string]string{
		"a\r\nb\n":       "```go\na\nb\n```",
		"```\nx\n```":    "````go\n```\nx\n```\n````",
		"\n\n\tindented": "```go\n\tindented\n```",
		" \n":            "",
	} {
		if got := outline.Code("go", in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
