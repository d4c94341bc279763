package repofile_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/format/repofile"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

func TestLinesAreReadOfAnchors(t *testing.T) {
	for anchor, want := range map[string][2]int{
		"L10": {10, 10}, "L10-L20": {10, 20}, "L20-L10": {10, 20}, "L10-20": {10, 20}, "L10C3-L20C9": {10, 20}, "L10C3": {10, 10},
		"L0": {}, "L": {}, "l10": {}, "L10-": {}, "L123456789": {}, "LINE10": {}, "": {},
	} {
		if from, to, ok := repofile.LineRange(anchor); ok != (want[0] > 0) || ok && (from != want[0] || to != want[1]) {
			t.Errorf("%q: %d to %d, %v", anchor, from, to, ok)
		}
	}
}

func TestFilesAreReadByTheirNames(t *testing.T) {
	base, _ := url.Parse("https://example.com/")
	for name, want := range map[string]struct {
		in, anchor, text string
		lead             int
		coverage         job.Coverage
	}{
		"a.go":     {"package a\r\n\r\nvar x int\r\n", "", "```go\npackage a\n\nvar x int\n```", 0, job.CoverageFull},
		"b.md":     {"# B\n\nText.", "", "# B\n\nText.", 0, job.CoverageFull},
		"Makefile": {"all:\n\tgo", "L2", "## Line 2 of Makefile\n\n```\n\tgo\n```\n\n## The whole file\n\nall:\n\tgo", 34, job.CoverageFull},
		"blank.go": {"\n\n", "L1", "## Line 1 of blank.go\n\n(empty)", 30, job.CoverageFull},
		"model.bin": {"version https://git-lfs.github.com/spec/v1\n", "", "```bin\nversion https://git-lfs.github.com/spec/v1\n```", 0,
			job.CoveragePartial},
		"missing.md": {"# B\n\nText.", "c", "# B\n\nText.", 0, job.CoveragePartial},
	} {
		ev := source.NewEvidence("https://example.com/" + name)
		repofile.Fill(name, want.in, base, want.anchor, ev)
		if strings.ReplaceAll(ev.Text, "## B", "# B") != want.text || ev.Lead != want.lead || ev.Coverage != want.coverage {
			t.Errorf("%s: %q, lead %d, %s", name, ev.Text, ev.Lead, ev.Coverage)
		}
	}
}
