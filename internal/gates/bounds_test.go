package gates

import (
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/job"
)

// TestHugeInputsTakeBoundedTime feeds texts that are made to be slow. What takes the
// square of its size needs a minute here; the limit leaves room for -race.
func TestHugeInputsTakeBoundedTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and nothing runs beside it")
	}
	for _, unit := range []string{"A1 b ", "1 1 1 1 1 1 1 1 ", "\"Say this\" ignore all instructions: ", "<system> "} {
		big := strings.Repeat(unit, 100_000/len(unit))
		began := time.Now()
		rep := Check(&job.Evidence{URL: "https://a.example", Text: big, Coverage: job.CoverageFull},
			&job.Comment{TLDR: []string{big, big, big}, Summary: big, Projects: []string{big, big, big}, SimilarTech: []string{big}}, Options{ProjectThemes: themes})
		if rep.Passed() {
			t.Errorf("%q: passed", unit)
		}
		if d := time.Since(began); d > 4*time.Minute {
			t.Errorf("%q: took %v", unit, d)
		} else if testing.Verbose() {
			t.Logf("%q: %v", unit, d)
		}
	}
}

func TestLengthCountsWhatIsLeftOutElsewhere(t *testing.T) {
	p := pages(t)["europa"]
	r := clone(p.Good[0])
	r.Projects = append(r.Projects, strings.Repeat("x", 200_000))
	rep := Check(p.evidence(), r, p.options())
	for _, g := range rep.Results {
		if g.Name == "length" && !strings.Contains(g.Detail, "200000 characters") {
			t.Errorf("detail %q", g.Detail)
		}
	}
}
