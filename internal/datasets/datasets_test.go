package datasets_test

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/datasets"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// server is shared by the tests of this package; starting one takes seconds.
var server = mlflowtest.New()

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// mlflowFor is a client of the real server, and an experiment there.
func mlflowFor(t *testing.T) (*mlflow.Client, string) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	c, err := mlflow.NewClient(server.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	e, _, err := c.EnsureExperiment(t.Context(), mlflowtest.Experiment(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, e.ID
}

// page is a row about a page that was fetched at a time.
func page(text string, fetched time.Time) datasets.Row {
	const url = "https://e.com/é?a=1&b=<2>"
	return datasets.Row{
		Inputs: datasets.Inputs{URL: url, Evidence: &job.Evidence{
			URL: url, Title: "Ünïcode \"quoted\" \u2028", Text: text, Coverage: job.CoverageFull,
			Sources:  []job.Source{{URL: url, FetchedAt: fetched}},
			Snippets: []job.Snippet{{ID: "s1", Content: text, SourceURL: url, Position: "p. 1, byte 0"}},
		}},
		Expectations: map[string]any{datasets.ExpectedResponse: "say who made it", datasets.Reasons: []string{"👎 dull"}},
		Tags:         map[string]string{"outcome": "success"},
		Source:       datasets.Source{TraceID: "tr-" + strings.Repeat("0a", 16)},
	}
}

func TestRowsAreReadAsTheyWerePut(t *testing.T) {
	c, exp := mlflowFor(t)
	put := func(want string, rows ...datasets.Row) {
		t.Helper()
		done, err := datasets.Put(t.Context(), c, exp, "d", rows...)
		if got := fmt.Sprint(done); got != want || err != nil {
			t.Errorf("put %s, %v; want %s", got, err, want)
		}
	}
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	named := page("b", at)
	named.ID, named.Source = "mine", datasets.Source{}
	put("{2 0 0 []}", page("a", at), named)
	put("{0 0 2 []}", page("a", at.Add(time.Hour)), named) // fetched again, and the same
	more := page("a", at)
	more.ID, more.Expectations = "another id for the same content", map[string]any{"n": 7}
	put("{0 1 0 []}", more)
	put("{0 0 1 []}", more)
	clash := page("c", at)
	clash.ID = "mine"
	put("{0 0 0 [{mine there is a row of this id with other inputs, for https://e.com/é?a=1&b=<2>}]}", clash)

	got, err := datasets.Read(t.Context(), c, exp, "d")
	if err != nil || len(got.Rows) != 2 || got.Foreign != 0 || got.Records != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, r := range got.Rows {
		want := page(r.Inputs.Evidence.Text, time.Time{})
		want.ID = want.Inputs.Digest()[:16]
		if r.Inputs.Evidence.Text == "b" {
			want.ID, want.Source = "mine", datasets.Source{}
		} else {
			want.Expectations["n"] = 7.0
		}
		want.Expectations[datasets.Reasons] = []any{"👎 dull"}
		if !reflect.DeepEqual(r, want) {
			t.Errorf("read %+v\nwant %+v", r, want)
		}
	}
}

// MLflow tells those of one request by random ids; eval --first takes the same ones each time.
func TestRowsOfOneRequestAreReadByTheirIDs(t *testing.T) {
	c, exp := mlflowFor(t)
	var last, first []datasets.Row
	var want []string
	for n := range 12 {
		r := page(fmt.Sprintf("text %d", n), time.Time{})
		r.ID = fmt.Sprintf("b%02d", n)
		last = append(last, r)
		r = page(fmt.Sprintf("earlier text %d", n), time.Time{})
		r.ID = fmt.Sprintf("c%02d", n)
		first = append(first, r)
		want = append(want, r.ID)
	}
	for _, rows := range [][]datasets.Row{first, last} {
		if done, err := datasets.Put(t.Context(), c, exp, "d", rows...); err != nil || done.Added != len(rows) {
			t.Fatalf("%+v, %v", done, err)
		}
	}
	for _, r := range last {
		want = append(want, r.ID)
	}
	d, err := datasets.Read(t.Context(), c, exp, "d")
	var got []string
	for _, r := range d.Rows {
		got = append(got, r.ID)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	got = nil
	err = datasets.Each(t.Context(), c, d.ID, func(r datasets.Row, _ bool) error {
		got = append(got, r.ID)
		return nil
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("one by one: %v, %v", got, err)
	}
}

// Somebody may add records in MLflow's pages; a dataset stays readable.
func TestRecordsOfOthersAreCounted(t *testing.T) {
	c, exp := mlflowFor(t)
	if _, err := datasets.Put(t.Context(), c, exp, "d", page("a", time.Time{})); err != nil {
		t.Fatal(err)
	}
	info, err := datasets.Find(t.Context(), c, exp, "d")
	if err != nil {
		t.Fatal(err)
	}
	foreign := mlflow.DatasetRecord{Inputs: jsonText(`{"question": "why?"}`)}
	bare := mlflow.DatasetRecord{Inputs: jsonText(`{"url": "https://e.com/"}`)}
	if _, _, err := c.PutDatasetRecords(t.Context(), info.ID, []mlflow.DatasetRecord{foreign, bare}); err != nil {
		t.Fatal(err)
	}
	d, err := datasets.Read(t.Context(), c, exp, "d")
	if err != nil || len(d.Rows) != 2 || d.Foreign != 1 {
		t.Errorf("%d rows, %d foreign, %v", len(d.Rows), d.Foreign, err)
	}
}

func TestRowsThatCannotBeKeptAreSkippedWithTheReason(t *testing.T) {
	c, exp := mlflowFor(t)
	large := page(strings.Repeat("x", datasets.MaxEvidence), time.Time{})
	large.ID = "large"
	none := datasets.Row{ID: "none", Inputs: datasets.Inputs{URL: "https://e.com/"}}
	done, err := datasets.Put(t.Context(), c, exp, "d", large, none, datasets.Row{ID: "empty"}, page("a", time.Time{}))
	if err != nil || done.Added != 1 || len(done.Skipped) != 3 {
		t.Fatalf("%+v, %v", done, err)
	}
	for i, want := range []string{"more than the 1048576", "no evidence", "no URL"} {
		if !strings.Contains(done.Skipped[i].Why, want) {
			t.Errorf("%s: %s", done.Skipped[i].What, done.Skipped[i].Why)
		}
	}
}

func TestManyRowsGoInSeveralRequests(t *testing.T) {
	c, exp := mlflowFor(t)
	var rows []datasets.Row
	for i := range 230 {
		rows = append(rows, page(fmt.Sprint(i, strings.Repeat(" long", 10_000)), time.Time{}))
	}
	for _, want := range []datasets.Changes{{Added: 230}, {Unchanged: 230}} {
		if done, err := datasets.Put(t.Context(), c, exp, "d", rows...); err != nil || !reflect.DeepEqual(done, want) {
			t.Errorf("%+v, %v", done, err)
		}
	}
	if d, err := datasets.Read(t.Context(), c, exp, "d"); err != nil || len(d.Rows) != 230 {
		t.Errorf("%d rows, %v", len(d.Rows), err)
	}
}

func TestAnUnknownDatasetIsAClearError(t *testing.T) {
	c, exp := mlflowFor(t)
	if _, err := datasets.Read(t.Context(), c, exp, "none"); !datasets.IsUnknown(err) || !strings.Contains(err.Error(), `"none"`) {
		t.Errorf("error %v", err)
	}
}
