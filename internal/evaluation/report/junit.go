package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evaluation"
	"github.com/technoshare/commentator/otel/eval"
)

// The elements of JUnit's XML that servers read (testmoapp/junitxml describes what they take).
type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Time     string   `xml:"time,attr"`
	Suites   []suite  `xml:"testsuite"`
}

type suite struct {
	Name       string      `xml:"name,attr"`
	Tests      int         `xml:"tests,attr"`
	Failures   int         `xml:"failures,attr"`
	Errors     int         `xml:"errors,attr"`
	Skipped    int         `xml:"skipped,attr"`
	Time       string      `xml:"time,attr"`
	Properties *properties `xml:"properties,omitempty"`
	Cases      []testCase  `xml:"testcase"`
}

type properties struct {
	All []property `xml:"property"`
}

type property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type testCase struct {
	Name    string  `xml:"name,attr"`
	Class   string  `xml:"classname,attr"`
	Time    string  `xml:"time,attr"`
	Failure *defect `xml:"failure,omitempty"`
	Error   *defect `xml:"error,omitempty"`
	Skipped *defect `xml:"skipped,omitempty"`
}

type defect struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes a test suite for each variant, whose rows are the test cases, and one for the
// policy, with a test case for each candidate. A row by which the policy is not met is a failure,
// one of which nothing is known an error, and another one that did not pass is skipped, so that
// the report has failures or errors when the policy is not met, and only then.
func JUnit(w io.Writer, c evaluation.Comparison) error {
	all := suites{Name: "evaluation of " + c.Dataset}
	total := 0.0
	for i := range c.Outcomes {
		s := variantSuite(c.Dataset, &c.Outcomes[i], c.Decisions[i].Broken)
		total += seconds(&c.Outcomes[i])
		all.add(s)
	}
	all.add(policySuite(c))
	all.Time = fmt.Sprintf("%.3f", total)
	text, err := xml.MarshalIndent(all, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	}
	if err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return nil
}

func (all *suites) add(s suite) {
	for _, c := range s.Cases {
		s.Tests++
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	all.Suites = append(all.Suites, s)
	all.Tests, all.Failures, all.Errors, all.Skipped = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors, all.Skipped+s.Skipped
}

func variantSuite(dataset string, o *evaluation.Outcome, broken []string) suite {
	s := suite{Name: o.Variant.String(), Time: fmt.Sprintf("%.3f", seconds(o))}
	if o.RunID != "" {
		s.Properties = &properties{[]property{{"mlflow.run_id", o.RunID}, {"mlflow.run_url", o.RunURL}}}
	}
	class := dataset + "." + o.Variant.String()
	for _, r := range o.Report.Rows {
		c := testCase{Name: legible(r.Name), Class: class, Time: fmt.Sprintf("%.3f", r.Duration.Seconds())}
		if fault := evaluation.Fault(r); fault != "" {
			c.Error = newDefect(fault, "")
		} else if verdict := r.Scores[evaluation.Passed]; verdict.Value == 0 {
			if slices.Contains(broken, r.RowID) {
				c.Failure = newDefect(verdict.Explanation, scoresOf(r))
			} else {
				c.Skipped = newDefect("did not pass: "+verdict.Explanation, scoresOf(r))
			}
		}
		s.Cases = append(s.Cases, c)
	}
	if n := o.Report.Missing(); n > 0 {
		why := fmt.Sprintf("%d rows did not run", n)
		if o.Err != nil {
			why += ": " + o.Err.Error()
		}
		s.Cases = append(s.Cases, testCase{Name: "rows that did not run", Class: class, Time: "0.000", Error: newDefect(why, "")})
	}
	return s
}

// policySuite has the verdicts on the candidates.
func policySuite(c evaluation.Comparison) suite {
	s := suite{Name: "policy " + c.Decision().Policy.String(), Time: "0.000"}
	for i, d := range c.Decisions {
		if i == c.Baseline {
			continue
		}
		t := testCase{Name: c.Outcomes[i].Variant.String(), Class: c.Dataset + ".policy", Time: "0.000"}
		why := strings.Join(d.Reasons, "\n")
		switch d.Verdict {
		case evaluation.Regression:
			t.Failure = newDefect(d.Reasons[0], why)
		case evaluation.Failed:
			t.Error = newDefect(d.Reasons[0], why)
		}
		s.Cases = append(s.Cases, t)
	}
	return s
}

// scoresOf lists the verdicts of a row that say no.
func scoresOf(r eval.RowResult) string {
	var b strings.Builder
	for _, name := range sortedNames(r.Scores) {
		if s := r.Scores[name]; s.Passed != nil && !*s.Passed && name != evaluation.Passed && name != evaluation.Gates {
			fmt.Fprintf(&b, "%s: %s\n", name, s.Explanation)
		}
	}
	return b.String()
}

func newDefect(message, text string) *defect { return &defect{legible(message), legible(text)} }

func seconds(o *evaluation.Outcome) float64 { return o.Report.Duration.Seconds() }

// legible takes out what XML 1.0 cannot hold, such as control characters that a model or a page
// wrote. The encoder would write U+FFFD for each.
func legible(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}
