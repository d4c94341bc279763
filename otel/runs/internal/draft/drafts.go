package draft

import (
	"bytes"
	"cmp"
	"slices"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/runs/internal/choose"
	"github.com/technoshare/commentator/otel/runs/internal/count"
	"github.com/technoshare/commentator/otel/runs/internal/media"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/notes"
	"github.com/technoshare/commentator/otel/runs/internal/rule"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Input is the earlier phases of one trace. Nothing of it is changed but the notes,
// which say what the drafts shortened, renamed or left out.
type Input struct {
	Tree   *tree.Tree
	Tally  *count.Tally
	Choice *choose.Choice
	Rules  *rule.Set
	Notes  *notes.Notes
	Media  []*media.File // that messages of the trace held
	Open   bool          // the trace is under way: spans that have not ended are running
}

// Drafts are the runs of one trace in the making.
type Drafts struct {
	Input
	list []*Draft               // parents before their children
	of   map[*choose.Run]*Draft // by run
	kids map[*Draft][]*Draft    // nested runs
}

// Fill fills every run by itself, parents first, and then lets nested runs give to
// their parents.
func Fill(in Input) *Drafts {
	ds := &Drafts{Input: in, of: make(map[*choose.Run]*Draft, len(in.Choice.Runs)), kids: map[*Draft][]*Draft{}}
	for _, r := range in.Choice.Runs {
		d := &Draft{sheet: newSheet(in.Rules.Limits, in.Notes), Input: in, run: r, above: ds.of[r.Above]}
		d.fill()
		ds.of[r] = d
		ds.list = append(ds.list, d)
		if d.above != nil {
			ds.kids[d.above] = append(ds.kids[d.above], d)
		}
	}
	ds.addMedia()
	for _, d := range slices.Backward(ds.list) { // children first, so that collecting reaches the top
		if d.above == nil {
			d.addSections(ds.kids[d])
		}
		d.writeOverflow()
		if in.Rules.Collect {
			d.collect(ds.kids[d])
		}
	}
	return ds
}

// addMedia gives each file to a run once: to the first, parents before their children, of
// those with a message that holds it.
func (ds *Drafts) addMedia() {
	for _, f := range ds.Media {
		if f.LeftOut() {
			continue
		}
		if d := ds.holder(f); d != nil {
			if most := ds.Rules.Limits.ArtifactBytes; f.Size > most {
				ds.Notes.Add("file %q of %d bytes left out: artifacts may have %d", f.Path(), f.Size, most)
				continue
			}
			d.file(f.Path(), f.Body)
		}
	}
}

// holder is the run that gets a file.
func (ds *Drafts) holder(f *media.File) *Draft {
	for _, s := range ds.Tree.Ordered {
		if !slices.Contains(f.Spans, s.ID) {
			continue
		}
		if d := ds.of[ds.Choice.RunOf(s)]; d != nil && (d.run.Rule == nil || !d.run.Rule.NoDefaults) {
			return d
		}
	}
	return nil
}

// Title returns the name of the run that a span belongs to; "" when it belongs to
// none.
func (ds *Drafts) Title(s *tree.Span) string {
	if d := ds.of[ds.Choice.RunOf(s)]; d != nil {
		return d.title
	}
	return ""
}

// Finish makes runs of the drafts: parents before their children, siblings by
// start. What nested runs get from their parent comes down now. It is called once.
func (ds *Drafts) Finish() []Run {
	out := make([]Run, 0, len(ds.list))
	for _, d := range ds.list { // parents first, so that inheriting reaches the leaves
		d.inherit()
		d.setColor()
		out = append(out, d.finish())
	}
	return inOrder(out)
}

// collect copies the artifacts of nested runs, in a folder named after each.
func (d *Draft) collect(nested []*Draft) {
	taken := map[string]bool{}
	for _, k := range nested {
		dir := naming.Folder(k.title)
		for i := 2; taken[dir]; i++ {
			dir = naming.Numbered(naming.Folder(k.title), i, false)
		}
		taken[dir] = true
		for _, path := range value.SortedKeys(k.files) {
			d.file(dir+"/"+path, k.files[path])
		}
	}
}

// inherit takes the tags that the rules pass down, unless the run has its own.
func (d *Draft) inherit() {
	if d.above == nil {
		return
	}
	for _, key := range d.Rules.Inherit {
		d.tag(key, d.above.tags.values[key])
	}
}

// setColor gives the run its colour in MLflow's charts.
func (d *Draft) setColor() {
	if d.Rules.ColorBy == "" {
		return
	}
	if color := d.Rules.Colors[d.tags.values[d.Rules.ColorBy]]; color != "" {
		d.tag("mlflow.runColor", color)
	}
}

// inOrder lists parents before their children, siblings by start.
func inOrder(list []Run) []Run {
	kids := map[trace.SpanID][]Run{}
	for _, r := range list {
		kids[r.ParentSpanID] = append(kids[r.ParentSpanID], r)
	}
	out := make([]Run, 0, len(list))
	var add func(parent trace.SpanID)
	add = func(parent trace.SpanID) {
		level := kids[parent]
		slices.SortStableFunc(level, func(a, b Run) int {
			return cmp.Or(a.Start.Compare(b.Start), bytes.Compare(a.SpanID[:], b.SpanID[:]))
		})
		for _, r := range level {
			out = append(out, r)
			add(r.SpanID)
		}
	}
	add(trace.SpanID{})
	return out
}
