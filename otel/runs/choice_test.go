package runs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
)

func TestWhichSpansBecomeRuns(t *testing.T) {
	deep := []span{
		{Name: "job", To: 100},
		{Name: "a", Parent: "job", From: 1, To: 50},
		{Name: "b", Parent: "job", From: 51, To: 90},
		{Name: "a.1", Parent: "a", From: 2, To: 40},
		{Name: "a.1.x", Parent: "a.1", From: 3, To: 30},
	}
	with := func(name string, attrs m) []span {
		out := slices.Clone(deep)
		for i := range out {
			if out[i].Name == name {
				out[i].Attrs = attrs
			}
		}
		return out
	}
	for _, c := range []struct {
		name  string
		spans []span
		rules Rules
		want  []string // name<parent
	}{
		{"defaults: root and its children", deep, Rules{}, []string{"job<", "a<job", "b<job"}},
		{"a span asks to be a run", with("a.1.x", m{"mlflow.run": true}), Rules{}, []string{"job<", "a<job", "a.1.x<a", "b<job"}},
		{"a span asks in words", with("a.1.x", m{"mlflow.run": "true"}), Rules{}, []string{"job<", "a<job", "a.1.x<a", "b<job"}},
		{"a span asks not to be one", with("a", m{"mlflow.run": false}), Rules{}, []string{"job<", "b<job"}},
		{"a name alone does not make a run", with("a.1.x", m{"mlflow.run.name": "deep"}), Rules{}, []string{"job<", "a<job", "b<job"}},
		{"a span names its run", with("a", m{"mlflow.run.name": "stage one"}), Rules{}, []string{"job<", "stage one<job", "b<job"}},
		{"a rule beats the span", with("a", m{"mlflow.run": false}), Rules{Runs: []RunRule{{Span: "a", Name: "by rule"}}},
			[]string{"job<", "by rule<job", "b<job"}},
		{"the first rule that matches decides", deep, Rules{Runs: []RunRule{{Span: "a", Skip: true}, {Span: "a*", Name: "n"}}},
			[]string{"job<", "n<job", "n<n", "b<job"}},
		{"only listed", deep, Rules{OnlyListed: true, Runs: []RunRule{{Span: "job"}, {Span: "a.1"}}}, []string{"job<", "a.1<job"}},
		{"only listed, and nothing is", deep, Rules{OnlyListed: true}, nil},
		{"a root that is skipped", deep, Rules{Runs: []RunRule{{Span: "job", Skip: true}}}, nil},
		{"no more than the limit, model calls first",
			append(slices.Clone(deep), span{Name: "chat", Parent: "job", From: 95, To: 99, Attrs: m{"gen_ai.operation.name": "chat"}}),
			Rules{Limits: Limits{Runs: 2}}, []string{"job<", "a<job", "chat<job"}},
		{"events of a web server are no stages", append(slices.Clone(deep),
			span{Name: "http send", Parent: "job", From: 95, To: 99, Attrs: m{"asgi.event.type": "http.response.body"}}),
			Rules{}, []string{"job<", "a<job", "b<job"}},
		{"a remote parent elsewhere", []span{{Name: "server", Parent: "client", To: 9, Flags: 0x300},
			{Name: "x", Parent: "server", From: 1, To: 2}}, Rules{}, []string{"server<", "x<server"}},
		{"a remote parent in the same trace", []span{{Name: "client", To: 10}, {Name: "server", Parent: "client", To: 9, Flags: 0x300}},
			Rules{}, []string{"client<", "server<client"}},
		{"a lost parent and one root", []span{{Name: "job", To: 10}, {Name: "late", Parent: "gone", From: 1, To: 2}}, Rules{},
			[]string{"job<"}},
		{"a lost parent and no root", []span{{Name: "late", Parent: "gone", From: 1, To: 2}, {Name: "x", Parent: "late", From: 1, To: 2}},
			Rules{}, []string{"late<", "x<late"}},
		{"two roots and a lost parent", []span{{Name: "j1", To: 10}, {Name: "j2", From: 1, To: 10},
			{Name: "late", Parent: "gone", From: 2, To: 3}}, Rules{}, []string{"j1<", "j2<", "late<"}},
		{"more lost spans than runs allowed", []span{{Name: "l1", Parent: "gone", To: 9}, {Name: "l2", Parent: "gone", From: 1, To: 9},
			{Name: "l3", Parent: "gone", From: 2, To: 9}},
			Rules{Limits: Limits{Runs: 2}}, []string{"l1<", "l2<"}},
		{"a span that is its own parent", []span{{Name: "me", Parent: "me", To: 9}}, Rules{}, []string{"me<"}},
		{"a ring of parents", []span{{Name: "a", Parent: "c", To: 9}, {Name: "b", Parent: "a", From: 1, To: 9},
			{Name: "c", Parent: "b", From: 2, To: 9}}, Rules{}, []string{"a<", "b<a"}},
		{"a ring beside a root", []span{{Name: "job", To: 9}, {Name: "a", Parent: "b", From: 1, To: 9},
			{Name: "b", Parent: "a", From: 2, To: 9}}, Rules{}, []string{"job<"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := one(t, traceOf(c.spans...), c.rules)
			names := map[trace.SpanID]string{}
			var got []string
			for _, r := range p.Runs {
				names[r.SpanID] = r.Name
				got = append(got, r.Name+"<"+names[r.ParentSpanID])
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestStatusOfARun(t *testing.T) {
	p := one(t, traceOf(
		span{Name: "job", Attrs: m{"mlflow.run.unfinished": true}, To: 500},
		span{Name: "open", Parent: "job", From: 10, Events: []event{{Name: "last words", At: 300}}},
		span{Name: "broken", Parent: "job", From: 20, To: 30, Err: "no such host"},
		span{Name: "silent", Parent: "job", From: 40, To: 50, Err: "-"},
		span{Name: "fine", Parent: "job", From: 60, To: 70},
		span{Name: "holds a failure", Parent: "job", From: 80, To: 90},
		span{Name: "inner", Parent: "holds a failure", From: 81, To: 82, Err: "x"},
	), Rules{})
	for name, want := range map[string]Status{
		"job": Killed, "open": Killed, "broken": Failed, "silent": Failed, "fine": Finished, "holds a failure": Finished,
	} {
		if got := run(t, p, name).Status; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if e := run(t, p, "broken").Tags["error"]; e != "no such host" {
		t.Errorf("error tag = %q", e)
	}
	if end := run(t, p, "open").End; !end.Equal(time.Unix(0, int64(tracetest.At(300)))) {
		t.Errorf("an open span ends with its last event, got %v", end)
	}
	if p.Trace.State != "ERROR" {
		t.Errorf("state = %s, want ERROR: a trace left IN_PROGRESS stays so for ever", p.Trace.State)
	}
}

func TestErrorTextComesFromTheCause(t *testing.T) {
	p := one(t, traceOf(
		span{Name: "POST /ask", To: 9, Err: "-"},
		span{Name: "chat", Parent: "POST /ask", From: 1, To: 8, Err: "-", Events: []event{
			{Name: "exception", At: 7, Attrs: m{"exception.type": "RateLimitError", "exception.message": "429",
				"exception.stacktrace": "at line 1"}},
		}},
	), Rules{})
	if e := p.Runs[0].Tags["error"]; e != "RateLimitError: 429" {
		t.Errorf("error tag of the root = %q", e)
	}
	if f := artifact(p.Runs[1], "exception.txt"); !strings.Contains(f, "at line 1") {
		t.Errorf("exception.txt = %q", f)
	}
}

func TestTheFinishedReportOfASpanCounts(t *testing.T) {
	open, done := span{Name: "job", Attrs: m{"a": "1", "b": "2"}}, span{Name: "job", To: 100}
	for _, order := range [][]span{{open, done}, {done, open}} {
		if r := one(t, traceOf(order...), Rules{}).Runs[0]; r.Status != Finished || !r.End.Equal(time.Unix(0, int64(tracetest.At(100)))) {
			t.Errorf("%s at %v", r.Status, r.End)
		}
	}
}

func TestRunsAreNamedWithoutIDs(t *testing.T) {
	p := one(t, traceOf(span{Name: "job 1795463052783", To: 9}), Rules{})
	if r := p.Runs[0]; r.Name != "job {id}" || r.Tags["span_name"] != "job 1795463052783" {
		t.Errorf("name %q, tag span_name %q", r.Name, r.Tags["span_name"])
	}
}
