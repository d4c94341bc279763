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
// of several calls stand side by side. A parent also names the models of its nested
// runs, so that the list of jobs shows them.
func (d *Draft) addSettings() {
	all := settings{}
	for s := range d.run.Spans() {
		if !d.isDuplicate(s) {
			all.addCall(s, d.Tally.Of(s).Kind)
		}
	}
	all.ignore(d.Rules.Ignores)
	if d.run.Span.Parent == nil || len(all) == 0 {
		d.run.Span.Walk(func(s *tree.Span) {
			if !d.isDuplicate(s) && d.Tally.Of(s).Kind.Model() && d.Choice.RunOf(s) != d.run {
				all.addModel(s)
			}
		})
		all.ignore(d.Rules.Ignores)
	}
	for _, name := range value.SortedKeys(all) {
		d.param(name, strings.Join(all[name], ", "))
	}
}

// models are the model that was asked and the one that answered. Usage that stands alone
// on a span is of the model that the nearest step above names.
func models(span *tree.Span) (model, answering string) {
	model, answering = span.Facts.Models()
	for above := span.Parent; model == "" && span.Facts.Anonymous && above != nil; above = above.Parent {
		model, _ = above.Facts.Models()
	}
	return model, answering
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
	default:
		s.addModel(span)
	}
	for _, name := range value.SortedKeys(f.Params) {
		if name != "model" {
			s.add(prefix+name, f.Params[name])
		}
	}
}

// addModel adds who was asked.
func (s settings) addModel(span *tree.Span) {
	f := span.Facts
	model, answering := models(span)
	if !f.Hides(dialect.Model) {
		s.add("model", model)
	}
	if !f.Hides(dialect.AnsweringModel) {
		s.add("response_model", answering)
	}
	if !f.Hides(dialect.Provider) {
		s.add("provider", f.Provider)
	}
}
