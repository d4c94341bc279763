package job_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
)

func TestAReportPassesUnlessABlockingGateFails(t *testing.T) {
	pass := job.GateResult{Name: "tldr", Passed: true, Score: 1, Severity: job.Blocking}
	block := job.GateResult{Name: "links", Detail: "not on the page", Score: 0, Severity: job.Blocking}
	advise := job.GateResult{Name: "coverage", Detail: "a teaser", Score: 0.5, Severity: job.Advisory}
	old := job.GateResult{Name: "names", Detail: "from an older record"}
	for name, c := range map[string]struct {
		report   job.Report
		passed   bool
		failures []string
		score    float64
	}{
		"not made":       {},
		"all pass":       {job.Report{Results: []job.GateResult{pass}}, true, nil, 1},
		"advice only":    {job.Report{Results: []job.GateResult{pass, advise}}, true, nil, 0.75},
		"one blocks":     {job.Report{Results: []job.GateResult{pass, block}}, false, []string{"links: not on the page"}, 0.5},
		"no severity":    {job.Report{Results: []job.GateResult{old}}, false, []string{"names: from an older record"}, 0},
		"advice, blocks": {job.Report{Results: []job.GateResult{advise, block}}, false, []string{"links: not on the page"}, 0.25},
	} {
		if c.report.Passed() != c.passed || !reflect.DeepEqual(c.report.Failures(), c.failures) || c.report.Score() != c.score {
			t.Errorf("%s: passed %v, failures %q, score %v", name, c.report.Passed(), c.report.Failures(), c.report.Score())
		}
	}
}

func TestAReportAsATableKeepsItsCells(t *testing.T) {
	r := job.Report{Results: []job.GateResult{
		{Name: "injection", Detail: "a | b\n<script> `x` [y](z)", Severity: job.Blocking},
		{Name: "coverage", Detail: "teaser", Severity: job.Advisory},
		{Name: "tldr", Passed: true},
	}}
	lines := strings.Split(strings.TrimSpace(r.Markdown()), "\n")
	if len(lines) != 5 || strings.ContainsAny(lines[2], "<>") || strings.Count(lines[2], "|")-strings.Count(lines[2], `\|`) != 4 {
		t.Errorf("markdown\n%s", r.Markdown())
	}
	for i, word := range []string{"**failed**", "warning", "passed"} {
		if !strings.Contains(lines[i+2], word) {
			t.Errorf("%q lacks %q", lines[i+2], word)
		}
	}
	if table := r.Table(); len(table.Columns) != 3 || len(table.Data) != 3 || table.Data[2][1] != true {
		t.Errorf("%+v", r.Table())
	}
}
