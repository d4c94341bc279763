package runs

import (
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"
)

// TestWhatWasReadAnswersAsOftenAsAsked: projecting, annotating and asking in any order,
// also at once, always gives the same.
func TestWhatWasReadAnswersAsOftenAsAsked(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		td := loadCase(t, c.Files)
		rules := Rules{Collect: true, Inherit: []string{"service.name"}}
		read := Read(td, rules)
		want, annotated := fingerprint(t, Read(td, rules).Project()), Read(td, rules).Annotated()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if got := read.Annotated(); !proto.Equal(got, annotated) {
					t.Errorf("%s: another copy", c.Name)
				}
				if got := fingerprint(t, read.Project()); got != want {
					t.Errorf("%s: another projection", c.Name)
				}
				if !read.IsGenAI() || read.Resumed() {
					t.Errorf("%s: GenAI %v, resumed %v", c.Name, read.IsGenAI(), read.Resumed())
				}
			})
		}
		wg.Wait()
		if read.Data() != td {
			t.Errorf("%s: other data", c.Name)
		}
	}
}

func TestNothingReadIsNothing(t *testing.T) {
	read := Read(nil, Rules{})
	if len(read.Project()) != 0 || read.IsGenAI() || read.Resumed() || len(read.Annotated().GetResourceSpans()) != 0 {
		t.Error("something came out of nothing")
	}
}

func TestResumed(t *testing.T) {
	for value, want := range map[any]bool{true: true, false: false, "true": false, nil: false} {
		td := traceOf(span{Name: "job", To: 9, Attrs: m{"mlflow.run.resumed": value}}, span{Name: "x", Parent: "job", From: 1, To: 2})
		if got := Read(td, Rules{}).Resumed(); got != want {
			t.Errorf("mlflow.run.resumed = %v: resumed %v", value, got)
		}
	}
}

// Rules that keep attributes off the runs do not make a trace less of a GenAI one.
func TestIgnoredAttributesStillTellGenAI(t *testing.T) {
	td := traceOf(span{Name: "x", To: 9, Attrs: m{"retrieval.documents.0.document.content": "text"}})
	if !Read(td, Rules{Ignore: []string{"retrieval.*"}}).IsGenAI() {
		t.Error("a retriever is no GenAI work")
	}
	if Read(traceOf(span{Name: "x", To: 9}), Rules{Ignore: []string{"retrieval.*"}}).IsGenAI() {
		t.Error("a mere span is GenAI work")
	}
}
