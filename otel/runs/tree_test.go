package runs

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhichSpansBecomeRuns(t *testing.T) {
	deep := []span{
		{name: "job", to: 100},
		{name: "a", parent: "job", from: 1, to: 50},
		{name: "b", parent: "job", from: 51, to: 90},
		{name: "a.1", parent: "a", from: 2, to: 40},
		{name: "a.1.x", parent: "a.1", from: 3, to: 30},
	}
	with := func(name string, attrs m) []span {
		out := slices.Clone(deep)
		for i := range out {
			if out[i].name == name {
				out[i].attrs = attrs
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
		{"a rule beats the span", with("a", m{"mlflow.run": false}), Rules{Runs: []RunRule{{Span: "a", Name: "by rule"}}}, []string{"job<", "by rule<job", "b<job"}},
		{"the first rule that matches decides", deep, Rules{Runs: []RunRule{{Span: "a", Skip: true}, {Span: "a*", Name: "n"}}}, []string{"job<", "n<job", "n<n", "b<job"}},
		{"only listed", deep, Rules{OnlyListed: true, Runs: []RunRule{{Span: "job"}, {Span: "a.1"}}}, []string{"job<", "a.1<job"}},
		{"only listed, and nothing is", deep, Rules{OnlyListed: true}, nil},
		{"a root that is skipped", deep, Rules{Runs: []RunRule{{Span: "job", Skip: true}}}, nil},
		{"no more than the limit, model calls first", append(slices.Clone(deep), span{name: "chat", parent: "job", from: 95, to: 99, attrs: m{"gen_ai.operation.name": "chat"}}),
			Rules{Limits: Limits{Runs: 2}}, []string{"job<", "a<job", "chat<job"}},
		{"events of a web server are no stages", append(slices.Clone(deep), span{name: "http send", parent: "job", from: 95, to: 99, attrs: m{"asgi.event.type": "http.response.body"}}),
			Rules{}, []string{"job<", "a<job", "b<job"}},
		{"a remote parent elsewhere", []span{{name: "server", parent: "client", to: 9, flags: 0x300}, {name: "x", parent: "server", from: 1, to: 2}}, Rules{}, []string{"server<", "x<server"}},
		{"a remote parent in the same trace", []span{{name: "client", to: 10}, {name: "server", parent: "client", to: 9, flags: 0x300}}, Rules{}, []string{"client<", "server<client"}},
		{"a lost parent and one root", []span{{name: "job", to: 10}, {name: "late", parent: "gone", from: 1, to: 2}}, Rules{}, []string{"job<"}},
		{"a lost parent and no root", []span{{name: "late", parent: "gone", from: 1, to: 2}, {name: "x", parent: "late", from: 1, to: 2}}, Rules{}, []string{"late<", "x<late"}},
		{"two roots and a lost parent", []span{{name: "j1", to: 10}, {name: "j2", from: 1, to: 10}, {name: "late", parent: "gone", from: 2, to: 3}}, Rules{}, []string{"j1<", "j2<", "late<"}},
		{"more lost spans than runs allowed", []span{{name: "l1", parent: "gone", to: 9}, {name: "l2", parent: "gone", from: 1, to: 9}, {name: "l3", parent: "gone", from: 2, to: 9}},
			Rules{Limits: Limits{Runs: 2}}, []string{"l1<", "l2<"}},
		{"a span that is its own parent", []span{{name: "me", parent: "me", to: 9}}, Rules{}, []string{"me<"}},
		{"a ring of parents", []span{{name: "a", parent: "c", to: 9}, {name: "b", parent: "a", from: 1, to: 9}, {name: "c", parent: "b", from: 2, to: 9}}, Rules{}, []string{"a<", "b<a"}},
		{"a ring beside a root", []span{{name: "job", to: 9}, {name: "a", parent: "b", from: 1, to: 9}, {name: "b", parent: "a", from: 2, to: 9}}, Rules{}, []string{"job<"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := one(t, trace(c.spans...), c.rules)
			names := map[string]string{"": ""}
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
	p := one(t, trace(
		span{name: "job", attrs: m{"mlflow.run.unfinished": true}, to: 500},
		span{name: "open", parent: "job", from: 10, events: []event{{name: "last words", at: 300}}},
		span{name: "broken", parent: "job", from: 20, to: 30, err: "no such host"},
		span{name: "silent", parent: "job", from: 40, to: 50, err: "-"},
		span{name: "fine", parent: "job", from: 60, to: 70},
		span{name: "holds a failure", parent: "job", from: 80, to: 90},
		span{name: "inner", parent: "holds a failure", from: 81, to: 82, err: "x"},
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
	if end := run(t, p, "open").End; !end.Equal(time.Unix(0, int64(at(300)))) {
		t.Errorf("an open span ends with its last event, got %v", end)
	}
	if p.Trace.State != "ERROR" {
		t.Errorf("state = %s, want ERROR: a trace left IN_PROGRESS stays so for ever", p.Trace.State)
	}
}

func TestErrorTextComesFromTheCause(t *testing.T) {
	p := one(t, trace(
		span{name: "POST /ask", to: 9, err: "-"},
		span{name: "chat", parent: "POST /ask", from: 1, to: 8, err: "-", events: []event{
			{name: "exception", at: 7, attrs: m{"exception.type": "RateLimitError", "exception.message": "429", "exception.stacktrace": "at line 1"}},
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
	open, done := span{name: "job", attrs: m{"a": "1", "b": "2"}}, span{name: "job", to: 100}
	for _, order := range [][]span{{open, done}, {done, open}} {
		if r := one(t, trace(order...), Rules{}).Runs[0]; r.Status != Finished || !r.End.Equal(time.Unix(0, int64(at(100)))) {
			t.Errorf("%s at %v", r.Status, r.End)
		}
	}
}

func TestNamesWithoutIDs(t *testing.T) {
	for in, want := range map[string]string{
		"retrieval":                       "retrieval",
		"chat claude-3-5-sonnet-20241022": "chat claude-3-5-sonnet-20241022",
		"order ORD-20417":                 "order ORD-20417",
		"Crew_6f9619ff-8b86-d011-b42d-00cf4fc964ff.kickoff": "Crew_{id}.kickoff",
		"autogen process t.0123456789abcdef0123":            "autogen process t.{id}",
		"job 1795463052783":                                 "job {id}",
		"":                                                  "unnamed",
		"defaced facade":                                    "defaced facade",
	} {
		if got := stableName(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	p := one(t, trace(span{name: "job 1795463052783", to: 9}), Rules{})
	if r := p.Runs[0]; r.Name != "job {id}" || r.Tags["span_name"] != "job 1795463052783" {
		t.Errorf("name %q, tag span_name %q", r.Name, r.Tags["span_name"])
	}
}
