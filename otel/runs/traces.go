package runs

import (
	"strings"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/logrecords"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs/internal/annotate"
	"github.com/technoshare/commentator/otel/runs/internal/choose"
	"github.com/technoshare/commentator/otel/runs/internal/count"
	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/draft"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/media"
	"github.com/technoshare/commentator/otel/runs/internal/notes"
	"github.com/technoshare/commentator/otel/runs/internal/rule"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
)

// Traces is OTLP data that was read: one trace mostly, or several. Its methods give
// what is made of it, as often as asked and always the same. It is safe for
// concurrent use as long as nobody changes the data it was read from.
type Traces struct {
	data  *tracepb.TracesData
	rules *rule.Set
	media *media.Set // of the data, nil when it has none
	list  []counted  // the earliest trace first
	open  bool       // they are under way
}

// counted is one trace with everything that was counted once.
type counted struct {
	*tree.Tree
	tally *count.Tally
}

// Read reads all spans of td, whatever their order and the requests they came in,
// and counts what they used. It does not change td, and neither do the methods of
// what it returns; td must not be changed while they are used.
//
// Log records that came with the trace are put onto their spans first, see package
// logrecords.
//
// Rules must be valid, see Rules.Validate.
func Read(td *tracepb.TracesData, rules Rules) *Traces {
	td = logrecords.Join(td)
	t := &Traces{data: td, rules: rules.compile()}
	t.media = media.Read(td, t.keeps)
	if t.media != nil {
		td = t.media.Replace(func(_ trace.TraceID, f *media.File) string { return f.Mark() })
	}
	for _, tr := range tree.Read(td, tree.Options{MaxRoots: t.rules.Limits.Runs, Ignored: t.rules.Ignores}) {
		t.list = append(t.list, counted{tr, count.Tree(tr, rules.Prices)})
	}
	return t
}

// keeps reports whether the value of an attribute is a file of the program's own making,
// in which pictures stay.
func (t *Traces) keeps(key string) bool {
	if strings.HasPrefix(key, string(mlflowattr.RunKey)+".") {
		return true
	}
	for i := range t.rules.Runs {
		for _, from := range t.rules.Runs[i].Artifacts {
			if from == key {
				return true
			}
		}
	}
	return false
}

// ReadOpen is Read for a trace whose root has not ended: a run is Running as long as its
// span has not ended, the trace is in progress, and of the spans only ended ones are
// annotated. Parents that are not there yet have runs already, see AddMissing.
func ReadOpen(td *tracepb.TracesData, rules Rules) *Traces {
	t := Read(AddMissing(td), rules)
	t.open = true
	return t
}

// Data returns what was read, with log records on their spans.
func (t *Traces) Data() *tracepb.TracesData { return t.data }

// Project returns the runs of every trace, the earliest trace first. The result does
// not depend on the order of spans, nor on spans that came twice.
func (t *Traces) Project() []Projection {
	all := t.earlyNotes()
	out := make([]Projection, 0, len(t.list))
	for i, tr := range t.list {
		n := all[i]
		choice := choose.Runs(tr.Tree, tr.tally, t.rules)
		n.AddAll(&choice.Notes)
		files := t.media.Files(tr.ID)
		drafts := draft.Fill(draft.Input{
			Tree: tr.Tree, Tally: tr.tally, Choice: choice, Rules: t.rules, Notes: n, Media: files, Open: t.open,
		})
		noteLeftOut(files, n)
		p := Projection{TraceID: tr.ID, Trace: traceInfo(tr, drafts, n)}
		for _, r := range drafts.Finish() {
			p.Runs = append(p.Runs, newRun(r))
		}
		if len(p.Runs) > 0 {
			p.Trace.follow(p.Runs[0], t.rules)
			p.Version = versionOf(p.Runs[0], t.rules)
		}
		p.evaluate(tr.Tree, n)
		if t.open {
			p.Trace.State = stateInProgress
		}
		p.Notes = n.List()
		out = append(out, p)
	}
	return out
}

// earlyNotes says, for each trace, what reading and counting changed, and which of
// its calls stand in another trace too, because a second instrumentation did not see
// the first one's context. Each trace keeps its numbers: either may be delivered
// without the other.
func (t *Traces) earlyNotes() []*notes.Notes {
	all := make([]*notes.Notes, len(t.list))
	for i, tr := range t.list {
		all[i] = &notes.Notes{}
		all[i].AddAll(&tr.Notes)
		all[i].AddAll(&tr.tally.Notes)
	}
	first := map[string]int{} // trace by answer id
	for i, tr := range t.list {
		for _, s := range tr.Spans {
			id := s.Facts.ResponseID
			if id == "" || !tr.tally.Of(s).Kind.Model() {
				continue
			}
			other, seen := first[id]
			switch {
			case !seen:
				first[id] = i
			case other != i:
				all[i].Add("model call %s is also in trace %s", id, t.list[other].ID)
				all[other].Add("model call %s is also in trace %s", id, tr.ID)
			}
		}
	}
	return all
}

// Annotated returns a copy of the data, ready for upload to MLflow. What a span says
// itself stays; only what MLflow's pages need and the span lacks is added:
//
//   - mlflow.spanType on every span (only a set type reaches MLflow's column);
//   - on a root, the trace's name, and input and output in chat form, so that
//     traces and sessions read as conversations;
//   - session.id and user.id on a root; a session loses its slashes everywhere,
//     as MLflow's page does not escape them, and what is beyond 250 characters,
//     as MLflow refuses its whole span (the run keeps it all);
//   - mlflow.llm.model, mlflow.chat.tokenUsage and mlflow.llm.cost on the span
//     that counts for a model call, and on a span that repeats usage what makes
//     MLflow's sum of the trace come out right.
//
// A pending span, which some SDKs send at the start of the real one, goes when that
// is there too, and else gets its ids.
//
// And what MLflow refuses (422 loses the whole request) is repaired: text that is
// not UTF-8, numbers that JSON has no word for, ids of the wrong length, a span
// without an end, which gets the last time known and status ERROR.
//
// Of the resource only attributes that would become noisy trace tags go, those of
// process, host, operating system, SDK and container instance; they stay in the
// parent run's resource.json.
//
// Pictures and other files in messages stay as they came, see AnnotatedWithAttachments.
func (t *Traces) Annotated() *tracepb.TracesData { return t.annotated(t.data, nil) }

func (t *Traces) annotated(td *tracepb.TracesData, words annotate.Words) *tracepb.TracesData {
	c := annotate.NewCopy(td, t.open)
	for _, tr := range t.list {
		c.Annotate(tr.Tree, tr.tally, words[tr.ID])
	}
	c.DropPending()
	return c.Data
}

// IsGenAI reports whether the data has anything that MLflow is for: a span that a
// dialect knows as GenAI work (a model call, a tool, an agent, a step of a
// framework), one that asks to be a run, or one that a rule makes a run.
func (t *Traces) IsGenAI() bool {
	kept := 0
	for _, tr := range t.list {
		kept += len(tr.Spans)
		for _, s := range tr.Spans {
			if s.Facts.Kind != kind.Unknown {
				return true
			}
		}
	}
	// Every report of a span counts, also one that another replaced, and attributes that
	// are not shown still say what a span is. Where there is neither, all has been read.
	unread := len(t.rules.Ignore) > 0 || otlp.Count(t.data) > kept
	for _, s := range otlp.Spans(t.data) {
		if t.rules.Lists(s.GetName()) || steers(s) || unread && dialect.Read(s, func(string) bool { return false }).Kind != kind.Unknown {
			return true
		}
	}
	return false
}

// steers reports whether a span says something about its run.
func steers(s *tracepb.Span) bool {
	if _, row := memberOf(s); row {
		return true
	}
	for _, kv := range s.GetAttributes() {
		switch key := kv.GetKey(); {
		case key == string(mlflowattr.RunKey) && kv.GetValue().GetBoolValue():
			return true
		case strings.HasPrefix(key, string(mlflowattr.RunKey)+"."):
			return true
		}
	}
	for _, e := range s.GetEvents() {
		if e.GetName() == mlflowattr.MetricEventName || e.GetName() == dialect.EvaluationEvent {
			return true
		}
	}
	return false
}

// Resumed reports whether a program wrote the trace again which an earlier process
// began, under the same ids (mlflowattr.ResumedKey): its runs may be on the server.
func (t *Traces) Resumed() bool {
	for _, s := range otlp.Spans(t.data) {
		for _, kv := range s.GetAttributes() {
			if kv.GetKey() == string(mlflowattr.ResumedKey) && kv.GetValue().GetBoolValue() {
				return true
			}
		}
	}
	return false
}

// newRun gives a finished draft the public types.
func newRun(d draft.Run) Run {
	r := Run{
		SpanID: d.SpanID, ParentSpanID: d.ParentSpanID, Name: d.Name, Status: Status(d.Status), Start: d.Start, End: d.End,
		Params: d.Params, Tags: d.Tags,
	}
	if len(d.Metrics) > 0 {
		r.Metrics = make([]Metric, len(d.Metrics))
	}
	for i, m := range d.Metrics {
		r.Metrics[i] = Metric(m)
	}
	if len(d.Artifacts) > 0 {
		r.Artifacts = make([]Artifact, len(d.Artifacts))
	}
	for i, a := range d.Artifacts {
		r.Artifacts[i] = Artifact(a)
	}
	return r
}
