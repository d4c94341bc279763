// Package annotate prepares spans for upload to MLflow: it adds what MLflow's pages
// need and the spans lack, and repairs what MLflow would refuse. It works on a copy,
// guided by what was read from the original.
package annotate

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs/internal/count"
	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/media"
	"github.com/technoshare/commentator/otel/runs/internal/summary"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Attributes that MLflow reads on spans (mlflow.tracing.constant), beyond those that
// programs set themselves.
const (
	modelKey = "mlflow.llm.model"
	usageKey = "mlflow.chat.tokenUsage"

	traceRequestKey = "mlflow.traceRequestId"
	traceNameKey    = "mlflow.traceTag.mlflow.traceName"
	sessionKey      = "session.id"
	userKey         = "user.id"

	costSourceKey = "mlflow.llm.cost.source" // ours: MLflow shows it among the span's attributes
)

// Copy is a copy of what was read, repaired, and annotated trace by trace.
type Copy struct {
	Data  *tracepb.TracesData
	spans []*tracepb.Span // by tree.Span.Position
	// real are pending spans that stand for a real one which is not there.
	real map[*tracepb.Span]bool
	open bool // the trace is under way: what has not ended is left as it is
}

// NewCopy copies and repairs td, which must be what the trees were read from. Of a trace
// that is open no span is ended that has not ended, and pending ones go.
func NewCopy(td *tracepb.TracesData, open bool) *Copy {
	c := &Copy{Data: otlp.Clone(td), real: map[*tracepb.Span]bool{}, open: open}
	for _, rs := range c.Data.ResourceSpans {
		repairResource(rs.Resource)
		for _, ss := range rs.ScopeSpans {
			repairScope(ss.Scope)
		}
	}
	for _, s := range otlp.Spans(c.Data) {
		repairSpan(s)
		c.spans = append(c.spans, s)
	}
	return c
}

// Words are, for each trace, what stands for a file in a text, by the file's path among
// the artifacts of runs. Without them it is the file's label.
type Words map[trace.TraceID]map[string]string

// Annotate adds to the copy what one trace needs, with words for its files; with words the
// copy must hold references in place of files. Of a span that was reported twice, the
// report that counts gets all.
func (c *Copy) Annotate(t *tree.Tree, tally *count.Tally, words map[string]string) {
	for _, s := range t.Spans {
		a := annotator{Span: c.spans[s.Position], from: s, tally: tally, words: words}
		if s.Pending && !c.open {
			a.becomeReal()
			c.real[a.Span] = true
		}
		a.setType()
		if s.PB.GetEndTimeUnixNano() != 0 || !c.open {
			a.setEnd()
			a.setStatus()
		}
		a.spellSession()
		a.setCall()
		if len(words) > 0 {
			showFiles(a.Attributes)
		}
		if s.Begins() {
			a.setTrace()
		}
		a.setQuery()
	}
}

// DropPending leaves out the pending spans whose real span is there: MLflow would show
// them as steps of the program. All trees must have been annotated before.
func (c *Copy) DropPending() {
	for _, rs := range c.Data.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			ss.Spans = slices.DeleteFunc(ss.Spans, func(s *tracepb.Span) bool {
				return tree.IsPending(s) && !c.real[s] && (len(s.ParentSpanId) > 0 || c.open)
			})
		}
	}
}

// becomeReal gives a pending span the place of the span that it announces.
func (a *annotator) becomeReal() {
	id, above := a.from.ID, a.from.Above
	a.SpanId, a.ParentSpanId = id[:], nil
	if a.from.PB.GetName() == "" { // of a span that has not come
		a.Name = summary.Title(a.from, a.tally)
	}
	if above.IsValid() && above != id {
		a.ParentSpanId = above[:]
	}
}

// annotator edits one span of the copy.
type annotator struct {
	*tracepb.Span
	from  *tree.Span
	tally *count.Tally
	words map[string]string
}

// add sets an attribute unless the span has it already, or there is nothing to set:
// what a span says itself stays.
func (a *annotator) add(key, text string) {
	if text == "" {
		return
	}
	for _, kv := range a.Attributes {
		if kv.GetKey() == key {
			return
		}
	}
	a.Attributes = append(a.Attributes, &commonpb.KeyValue{Key: key, Value: textValue(text)})
}

// textValue is text as an attribute value.
func textValue(s string) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: s}}
}

// setType gives every span a type, as only a set one reaches MLflow's column. One that repeats a tool's call, as the
// server's span of a protocol does below the client's, is a step: MLflow's page of tool calls would count it again.
// MLflow's own SDK sends its types as JSON over OTLP, and the server then stores
// the quotes: they go.
func (a *annotator) setType() {
	for _, kv := range a.Attributes {
		if t := kv.GetValue().GetStringValue(); kv.GetKey() == string(mlflowattr.SpanTypeKey) && value.Word(t) != t {
			kv.Value = textValue(value.Word(t))
		}
	}
	k := a.tally.Type(a.from)
	if k == kind.Tool && a.tally.Of(a.from).Own.ToolCalls == 0 {
		k = kind.Chain
		a.Attributes = slices.DeleteFunc(a.Attributes, func(kv *commonpb.KeyValue) bool { return kv.GetKey() == string(mlflowattr.SpanTypeKey) })
	}
	a.add(string(mlflowattr.SpanTypeKey), string(k))
}

// setEnd ends what never ended, with an error, and lets nothing end before it began.
func (a *annotator) setEnd() {
	if !a.from.Unfinished {
		a.EndTimeUnixNano = max(a.EndTimeUnixNano, a.StartTimeUnixNano)
		return
	}
	a.EndTimeUnixNano = uint64(a.tally.End(a.from).UnixNano()) //nolint:gosec // made of an unsigned number
	if a.GetStatus().GetCode() != tracepb.Status_STATUS_CODE_ERROR {
		a.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "span never ended"}
	}
}

// setStatus says of what ended how it ended: on its page of tool calls MLflow counts only
// OK as a success, and a span without a status as none.
func (a *annotator) setStatus() {
	failed, code := a.from.Failed, a.GetStatus().GetCode()
	switch {
	case failed && code != tracepb.Status_STATUS_CODE_ERROR:
		a.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: a.tally.Of(a.from).Reason}
	case !failed && code == tracepb.Status_STATUS_CODE_UNSET:
		a.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_OK}
	}
}

// spellSession respells sessions that MLflow cannot link to, on every span: a
// session named in two ways would be two.
func (a *annotator) spellSession() {
	for _, kv := range a.Attributes {
		if k := kv.GetKey(); k != sessionKey && k != "gen_ai.conversation.id" {
			continue
		}
		if v := kv.GetValue().GetStringValue(); summary.SessionID(v) != v {
			kv.Value = textValue(summary.SessionID(v))
		}
	}
}

// setCall adds model, usage and cost.
//
// MLflow reads usage off the topmost span that has any, and takes the trace's sum
// from there (mlflow.tracing.utils, _aggregate_from_nodes). So the span that counts
// for a call gets its usage, a roll-up the true sum of what is below it, embeddings
// among it, and a second report of a call nothing.
func (a *annotator) setCall() {
	f, n := a.from.Facts, a.tally.Of(a.from)
	if n.Kind.Model() {
		model, _ := f.Models()
		a.add(modelKey, model)
	}
	switch {
	case n.Own.UsageKnown:
		a.add(usageKey, usageJSON(n.Own.Usage))
	case n.Own.EmbeddingTokens > 0: // MLflow reads them itself where it can, and then without a total, which its sum lacks
		a.add(usageKey, usageJSON(dialect.Usage{Input: n.Own.EmbeddingTokens, Total: n.Own.EmbeddingTokens}))
	case f.CountsUsage() && n.Kind != kind.Embedding:
		sum := n.Total.Usage
		if !n.Kind.Model() { // of which all that it sums up are calls of models
			sum = sum.Plus(dialect.Usage{Input: n.Total.EmbeddingTokens, Total: n.Total.EmbeddingTokens})
		}
		a.add(usageKey, usageJSON(sum))
	}
	if n.Own.CostKnown {
		a.add(string(mlflowattr.CostKey), costJSON(f, n))
		if n.Listed != nil {
			a.add(costSourceKey, count.Listing(n.Own.Lists))
		}
	}
}

// setTrace adds what MLflow shows of the whole trace to its root, input and output
// in chat form, so that traces and sessions read as conversations.
func (a *annotator) setTrace() {
	a.add(traceNameKey, summary.Name(a.from, a.tally))
	a.add(sessionKey, summary.Session(a.from))
	a.add(userKey, summary.User(a.from))
	asked, answered := summary.Conversation(a.from, a.tally)
	asked, answered = media.Rewrite(asked, a.words), media.Rewrite(answered, a.words)
	if asked != "" {
		a.add(string(mlflowattr.SpanInputsKey), compact(map[string]any{
			"messages": []any{map[string]any{"role": "user", "content": asked}},
		}))
	}
	if answered != "" {
		a.add(string(mlflowattr.SpanOutputsKey), compact(map[string]any{
			"choices": []any{map[string]any{"message": map[string]any{"role": "assistant", "content": answered}}},
		}))
	}
}

// setQuery shows what a retrieval looked for: MLflow does not read the conventions' name of it.
func (a *annotator) setQuery() {
	if in := a.from.Facts.Input; a.tally.Of(a.from).Kind == kind.Retriever && strings.HasPrefix(in.Key, "gen_ai.retrieval.query") {
		a.add(string(mlflowattr.SpanInputsKey), compact(map[string]any{"query": in.Read()}))
	}
}

func compact(v any) string { return string(value.CompactJSON(v)) }

// usageJSON is MLflow's form of usage.
func usageJSON(u dialect.Usage) string {
	obj := map[string]any{"input_tokens": u.Input, "output_tokens": u.Output, "total_tokens": u.Total}
	if u.Cached > 0 {
		obj["cache_read_input_tokens"] = u.Cached
	}
	if u.Written > 0 {
		obj["cache_creation_input_tokens"] = u.Written
	}
	return compact(obj)
}

// Sums gives tokens and cost of a whole trace in MLflow's form, as the server makes
// them of the annotated spans; "" for what no span has.
func Sums(t *tree.Tree, tally *count.Tally) (usage, cost string) {
	var u dialect.Usage
	var in, out, total float64
	known, costKnown := false, false
	for _, s := range t.Spans {
		own := tally.Of(s).Own
		if own.UsageKnown {
			known = true
			u.Input, u.Output, u.Total = u.Input+own.Usage.Input, u.Output+own.Usage.Output, u.Total+own.Usage.Total
			u.Cached, u.Written = u.Cached+own.Usage.Cached, u.Written+own.Usage.Written
		}
		if own.EmbeddingTokens > 0 {
			known = true
			u.Input, u.Total = u.Input+own.EmbeddingTokens, u.Total+own.EmbeddingTokens
		}
		if own.CostKnown {
			costKnown = true
			i, o := splitCost(s.Facts, tally.Of(s))
			in, out, total = in+i, out+o, total+own.Cost
		}
	}
	if known {
		usage = usageJSON(u)
	}
	if costKnown {
		cost = compact(map[string]any{"input_cost": in, "output_cost": out, "total_cost": total})
	}
	return usage, cost
}

// costJSON is MLflow's form of a cost, which wants all three keys. A total alone
// cannot be split, and stands with the input.
func costJSON(f *dialect.Facts, n *count.Span) string {
	in, out := splitCost(f, n)
	return compact(map[string]any{"input_cost": in, "output_cost": out, "total_cost": n.Own.Cost})
}

func splitCost(f *dialect.Facts, n *count.Span) (in, out float64) {
	switch {
	case n.Listed != nil:
		return n.Listed.Input, n.Listed.Output
	case f.CostIn+f.CostOut == 0:
		return n.Own.Cost, 0
	}
	return f.CostIn, f.CostOut
}
