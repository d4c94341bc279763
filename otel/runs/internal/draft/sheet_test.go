package draft

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/technoshare/commentator/otel/runs/internal/notes"
	"github.com/technoshare/commentator/otel/runs/internal/rule"
)

func newTestSheet() (*sheet, *notes.Notes) {
	n := &notes.Notes{}
	s := newSheet(rule.Limits{ArtifactBytes: 200, ParamChars: 100, TagChars: 100, Metrics: 2, Params: 2, Tags: 2}, n)
	return &s, n
}

func wantNote(t *testing.T, n *notes.Notes, want string) {
	t.Helper()
	if !slices.ContainsFunc(n.List(), func(s string) bool { return strings.Contains(s, want) }) {
		t.Errorf("notes %q, want one of %q", n.List(), want)
	}
}

func TestTheFirstWordOfANameStays(t *testing.T) {
	s, n := newTestSheet()
	s.tag("a", "one")
	s.tag("a", "two")
	s.tag("b", "")
	s.tag("b", " later")
	s.tag("", "nameless")
	s.param("a", int64(3))
	if s.tags.values["a"] != "one" || s.tags.values["b"] != " later" || s.params.values["a"] != "3" || len(s.tags.values) != 2 {
		t.Errorf("tags %v, params %v", s.tags.values, s.params.values)
	}
	if n.List() != nil {
		t.Errorf("notes %q", n.List())
	}
	s.param("mlflow.parentRunId", "forged")
	if len(s.params.values) != 1 {
		t.Error("a key that only delivery may write was set")
	}
	wantNote(t, n, "is set by the delivery")
}

func TestNamesThatMLflowDoesNotTakeAreKeptApart(t *testing.T) {
	s, n := newTestSheet()
	s.tag("a@b", "one")
	s.tag("a#b", "two")
	s.tag("a@b", "three")
	if s.tags.values["a_b"] != "one" || s.tags.values["a_b_2"] != "two" {
		t.Errorf("tags %v", s.tags.values)
	}
	wantNote(t, n, `tag "a#b" is named "a_b_2"`)
}

func TestWhatIsTooMuchGoesToFiles(t *testing.T) {
	s, n := newTestSheet()
	for _, name := range []string{"a", "b", "c"} {
		s.tag(name, name)
		s.metric(name, 1, time.Time{}, 0)
	}
	s.standardMetric("standard", 1, time.Time{})
	s.writeOverflow()
	if len(s.tags.values) != 2 || len(s.metrics) != 3 {
		t.Errorf("tags %v, metrics %v", s.tags.values, s.metrics)
	}
	if f := string(s.files["attributes.json"]); !strings.Contains(f, `"c": "c"`) {
		t.Errorf("attributes.json = %s", f)
	}
	if f := string(s.files["metrics.json"]); !strings.Contains(f, `"key": "c"`) {
		t.Errorf("metrics.json = %s", f)
	}
	wantNote(t, n, "more than 2 tags")
	wantNote(t, n, "more than 2 metrics")
	s.tag("d", "d")
	s.writeOverflow()
	if f := string(s.files["attributes_2.json"]); !strings.Contains(f, `"d": "d"`) {
		t.Errorf("what comes later has a file of its own: %q", f)
	}
}

func TestWhatIsTooLongIsWholeInAFile(t *testing.T) {
	s, n := newTestSheet()
	long := strings.Repeat("é", 100) + "end"
	s.tag("long", long)
	s.param("long", long)
	got := s.tags.values["long"]
	if utf8.RuneCountInString(got) != 100 || !strings.HasSuffix(got, "… (shortened, whole value in artifact values/long.txt.cut.txt)") {
		t.Errorf("tag of %d characters, %q", utf8.RuneCountInString(got), got)
	}
	cut := s.files["values/long.txt.cut.txt"]
	if len(cut) > 200 || !utf8.Valid(cut) || !strings.HasSuffix(string(cut), "(cut here, the whole value is in the trace)\n") {
		t.Errorf("a file of %d bytes: %q", len(cut), cut)
	}
	wantNote(t, n, "is cut at 200")
}

func TestFilesOfOneNameAreBothKept(t *testing.T) {
	s, _ := newTestSheet()
	first, second, third := s.file("a/b.json", []byte("1")), s.file("a/b.json", []byte("2")), s.file(`..\b.json`, []byte("3"))
	if first != "a/b.json" || second != "a/b_2.json" || third != "__/b.json" || string(s.files[second]) != "2" {
		t.Errorf("paths %q, %q, %q", first, second, third)
	}
	if !s.hasFile("a/b.json") || s.hasFile("other") {
		t.Error("a file is known by the path it was added under")
	}
}

func TestMetricsAreNumbers(t *testing.T) {
	s, n := newTestSheet()
	s.metric("nan", math.NaN(), time.Time{}, 0)
	s.metric("inf", math.Inf(-1), time.Time{}, 0)
	s.metric("", 1, time.Time{}, 0)
	s.metric("loss", 2, time.Time{}, 1)
	s.metric("loss", 2, time.Time{}, 1)
	s.metricOnce("loss", 9, time.Time{})
	s.standardMetric("loss", 9, time.Time{})
	if s.tags.values["nan"] != "NaN" || s.tags.values["inf"] != "-Inf" {
		t.Errorf("tags %v", s.tags.values)
	}
	if len(s.metrics) != 1 || len(s.metrics["loss"]) != 1 || s.metrics["loss"][0].Value != 2 {
		t.Errorf("metrics %v", s.metrics)
	}
	wantNote(t, n, `metric "nan" is NaN and kept as a tag`)
}
