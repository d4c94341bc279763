package gates

import (
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
)

// gateTest is one comment on one page before one gate.
type gateTest struct {
	name string
	page job.Evidence
	said job.Comment
	opts Options
	want string // part of the detail of a failure; "" passes
}

func testGate(t *testing.T, gate func(*input) verdict, tests []gateTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := gate(newInput(&tt.page, &tt.said, tt.opts))
			switch {
			case v.passed != (tt.want == ""):
				t.Errorf("passed %v: %s", v.passed, v.detail)
			case !strings.Contains(v.detail, tt.want):
				t.Errorf("detail %q does not say %q", v.detail, tt.want)
			case v.detail == "":
				t.Error("no detail")
			case v.passed != (v.score == 1) || v.score < 0:
				t.Errorf("passed %v with score %v", v.passed, v.score)
			}
		})
	}
}

func said(summary string) job.Comment { return job.Comment{Summary: summary} }

// project is a comment whose one idea is s.
func project(s string) job.Comment { return job.Comment{Projects: []string{s}} }

// evidenceOf is a page that was read in whole.
func evidenceOf(text string) job.Evidence {
	return job.Evidence{URL: "https://a.example/page", Text: text, Coverage: job.CoverageFull}
}
