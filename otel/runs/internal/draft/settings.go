package draft

import (
	"slices"
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

const (
	// maxSetting bounds a value among several of one setting, in bytes.
	maxSetting = 1000
	// maxValues bounds how many different values of one setting stand side by side.
	maxValues = 20
)

// settings collects what model calls were asked for, several values of one name in
// the order of their first appearance.
type settings map[string][]string

// add adds a value of a setting unless it is empty, there already, or one too many.
func (s settings) add(name string, v any) {
	text := strings.TrimSpace(value.Word(v))
	if text != "" && len(text) <= maxSetting && len(s[name]) < maxValues && !slices.Contains(s[name], text) {
		s[name] = append(s[name], text)
	}
}

// addSettings adds what the model calls of the run were asked for. Different values
// of several calls stand side by side. A parent, and a run without a model of its own,
// also names the models of its nested runs, so that the list of jobs shows them.
func (d *Draft) addSettings() {
	all := settings{}
	for s := range d.run.Spans() {
		if !d.isDuplicate(s) {
			all.addCall(s, d.Tally.Of(s).Kind)
		}
	}
	all.ignore(d.Rules.Ignores)
	if d.run.Span.Parent == nil || len(all["model"]) == 0 {
		d.run.Span.Walk(func(s *tree.Span) {
			if !d.isDuplicate(s) && d.Tally.Of(s).Kind.Model() && d.Choice.RunOf(s) != d.run {
				all.addModel(s)
				all.addProvider(s)
			}
		})
	}
	if len(all["provider"]) == 0 { // a framework's own name (langchain) only where nobody else is named
		for s := range d.run.Spans() {
			if k := d.Tally.Of(s).Kind; !d.isDuplicate(s) && k != kind.Embedding && k != kind.Reranker {
				all.addProvider(s)
			}
		}
	}
	all.ignore(d.Rules.Ignores)
	for _, name := range value.SortedKeys(all) {
		d.param(name, strings.Join(all[name], ", "))
	}
}

// ignore takes out what the rules leave out.
func (s settings) ignore(ignores func(string) bool) {
	for name := range s {
		if ignores(name) {
			delete(s, name)
		}
	}
}

// addCall adds the settings of one call. Those of embeddings are named so, since a
// run may hold both.
func (s settings) addCall(span *tree.Span, k kind.Kind) {
	f := span.Facts
	model, _ := f.Models()
	if f.Hides(dialect.Model) {
		model = ""
	}
	prefix := ""
	switch k {
	case kind.Embedding:
		prefix = "embedding_"
		s.add("embedding_model", model)
	case kind.Reranker:
		s.add("reranker_model", model)
		return
	case kind.Retriever: // how many documents are asked for is no setting of a model
		prefix = "retrieval_"
		s.addModel(span)
	default:
		s.addModel(span)
		if k.Model() {
			s.addProvider(span)
		}
	}
	for _, name := range value.SortedKeys(f.Params) {
		if name != "model" {
			s.add(prefix+name, f.Params[name])
		}
	}
}

// addModel adds the model that was asked and the one that answered. Usage that stands alone
// on a span is of the model that the nearest step above names.
func (s settings) addModel(span *tree.Span) {
	f := span.Facts
	model, answering := f.Models()
	for above := span.Parent; model == "" && f.Anonymous && above != nil; above = above.Parent {
		model, _ = above.Facts.Models()
	}
	if !f.Hides(dialect.Model) {
		s.add("model", model)
	}
	if !f.Hides(dialect.AnsweringModel) {
		s.add("response_model", answering)
	}
}

// addProvider adds who was asked.
func (s settings) addProvider(span *tree.Span) {
	if !span.Facts.Hides(dialect.Provider) {
		s.add("provider", span.Facts.Provider)
	}
}
