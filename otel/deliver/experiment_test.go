package deliver

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

func experimentTags(t *testing.T, c *mlflow.Client, name string) map[string]string {
	t.Helper()
	e, err := c.ExperimentByName(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return mlflow.TagMap(e.Tags)
}

func TestAnExperimentIsSetUpOnceAndThenItsUsers(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	e, _, err := c.EnsureExperiment(t.Context(), exp, []mlflow.Tag{{Key: "mlflow.note.content", Value: "by hand"}})
	if err != nil {
		t.Fatal(err)
	}
	opts := []Option{
		WithExperiment(exp), withFixture(), WithTracing(false),
		WithExperimentTags(map[string]string{"mlflow.note.content": "ours", "own": "1", "link": "#/experiments/{experiment.id}/runs"}),
		WithViews(RunsView{ID: "jobs", Name: "Jobs", Filter: "tags.channel_id != 'none'", Columns: []string{"tags.`outcome`"},
			GroupByTag: "outcome"}),
	}
	deliver := func(n uint64, more ...Option) {
		t.Helper()
		if _, err := New(c, append(opts, more...)...).Deliver(t.Context(), smallTrace(n), Origin{}); err != nil {
			t.Fatal(err)
		}
	}
	deliver(1)
	tags := experimentTags(t, c, exp)
	if tags["mlflow.note.content"] != "by hand" || tags["own"] != "1" || tags["link"] != "#/experiments/"+e.ID+"/runs" || tags["mlflow.experimentKind"] != "genai_development" {
		t.Errorf("tags %v", tags)
	}
	for key, value := range tags {
		if _, isView := strings.CutPrefix(key, "mlflow.sharedViewState."); isView && key != "mlflow.sharedViewState.jobs" && value != "" {
			t.Errorf("view %s beside those that were given", key)
		}
		if !strings.HasPrefix(key, "mlflow.") && key != "own" && key != "link" {
			t.Errorf("the list of experiments shows tag %s", key)
		}
	}
	if tags["mlflow.sharedViewState.jobs"] == "" {
		t.Error("the view is missing")
	}
	// A user edits one tag and makes another one empty; a new process changes
	// neither, adds what its newer version brings, and then asks no more.
	if err := c.SetExperimentTag(t.Context(), e.ID, "own", "edited"); err != nil {
		t.Fatal(err)
	}
	deliver(2, WithExperimentTags(map[string]string{"new": "1"}))
	tags = experimentTags(t, c, exp)
	if tags["own"] != "edited" || tags["new"] != "1" {
		t.Errorf("tags %v", tags)
	}
	p.Reset()
	deliver(3, WithExperimentTags(map[string]string{"new": "1"}))
	if n := calls(p)["experiments/set-experiment-tag"]; n != 0 {
		t.Errorf("%d tags set again", n)
	}
}

func TestADeletedViewStaysDeleted(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	_, _, err := c.EnsureExperiment(t.Context(), exp, []mlflow.Tag{{Key: formerSetUp, Value: "mlflow.sharedViewState.runs,other"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(c, WithExperiment(exp), withFixture()).Deliver(t.Context(), smallTrace(1), Origin{}); err != nil {
		t.Fatal(err)
	}
	tags := experimentTags(t, c, exp)
	if tags["mlflow.sharedViewState.runs"] != "" || tags["mlflow.sharedViewState.run-charts"] == "" {
		t.Errorf("tags %v", tags)
	}
	if !strings.Contains(tags[tagSetUp], "other") {
		t.Errorf("forgotten: %s", tags[tagSetUp])
	}
}

func TestViewsAreWhatTheUIReads(t *testing.T) {
	created := time.UnixMilli(7)
	decode := func(v View) (string, map[string]any, map[string]any) {
		tag, err := v.tag(created)
		if err != nil {
			t.Fatal(err)
		}
		var outer, state map[string]any
		if err := json.Unmarshal([]byte(tag.Value), &outer); err != nil {
			t.Fatal(err)
		}
		if s, ok := outer["state"].(string); ok {
			if err := json.Unmarshal([]byte(s), &state); err != nil {
				t.Fatal(err)
			}
		}
		return tag.Key, outer, state
	}
	key, outer, state := decode(RunsView{ID: "charts", Name: "Charts", Filter: "f", Charts: []Chart{
		{Kind: "SCATTER", X: "latency_seconds", Y: "cost/total_usd"}, {Kind: "BAR", Y: "gate_failures"},
		{Kind: "PARALLEL", Params: []string{"model"}},
	}})
	if key != "mlflow.sharedViewState.charts" || outer["name"] != "Charts" || outer["createdAt"] != 7.0 ||
		state["searchFilter"] != "f" || state["groupBy"] != nil {
		t.Errorf("%s %v %v", key, outer, state)
	}
	_, _, ordered := decode(RunsView{ID: "o", Name: "O", Columns: []string{"tags.`b`", "params.`a`"}, Widths: map[string]int{"tags.`b`": 200}})
	if fmt.Sprint(ordered["columnOrder"]) != "[attributes.`Run Name` attributes.`Created` tags.`b` params.`a`]" ||
		fmt.Sprint(ordered["columnWidths"]) != "map[tags.`b`:200]" {
		t.Errorf("columns %v %v", ordered["columnOrder"], ordered["columnWidths"])
	}
	_, _, grouped := decode(RunsView{ID: "g", Name: "G", GroupByTag: "outcome", GroupByParams: []string{"model", "prompt"}})
	if by := grouped["groupBy"].(map[string]any); by["aggregateFunction"] != "average" || fmt.Sprint(by["groupByKeys"]) !=
		"[map[groupByData:outcome mode:tag] map[groupByData:model mode:param] map[groupByData:prompt mode:param]]" {
		t.Errorf("groups %v", by)
	}
	charts := state["compareRunCharts"].([]any)
	if c := charts[0].(map[string]any); c["xaxis"].(map[string]any)["key"] != "latency_seconds" ||
		c["yaxis"].(map[string]any)["type"] != "METRIC" || c["metricSectionId"] != "s" {
		t.Errorf("scatter %v", c)
	}
	if c := charts[2].(map[string]any); len(c["selectedMetrics"].([]any)) != 0 {
		t.Errorf("parallel %v", c)
	}
	key, _, state = decode(TracesView{ID: "jobs", Name: "Jobs", Columns: "start_time,input", Tags: []string{"outcome=gate_failed"}})
	if key != "mlflow.tracesV4ViewState.jobs" || state["single"].(map[string]any)["cols"] != "start_time,input" ||
		state["multi"].(map[string]any)["tag"].([]any)[0] != "outcome=gate_failed" {
		t.Errorf("%s %v", key, state)
	}
	key, outer, _ = decode(TraceView{ID: "c", Name: "C", Components: json.RawMessage(`[{"id":"root","component":"Column","children":[]}]`)})
	if key != "mlflow.customView.view.v1.c" || outer["template"].([]any)[0].(map[string]any)["version"] != "v0.9" {
		t.Errorf("%s %v", key, outer)
	}
	if _, err := (TraceView{ID: "c", Components: json.RawMessage(`{`)}).tag(created); err == nil {
		t.Error("broken components were accepted")
	}
	if _, err := (RunsView{ID: "c", Filter: strings.Repeat("x", maxExperimentTag)}).tag(created); err == nil {
		t.Error("a view longer than MLflow allows was accepted")
	}
}

// TestARunOfAnotherDatabaseIsMadeAnew: a name may be pointed at another server while
// a delivery is under way, so that no connection breaks.
func TestARunOfAnotherDatabaseIsMadeAnew(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := newClient(t, p.URL)
	exp := mlflowtest.Experiment(t)
	d := New(c, WithExperiment(exp), withFixture(), WithoutExperimentSetup())
	unknown := mlflowtest.Fault{Status: 404, Body: `{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Run with id=1 not found"}`}
	times := 0
	p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		if times < 1 && strings.HasSuffix(r.Path, "runs/update") {
			times++
			return unknown
		}
		return mlflowtest.Fault{}
	})
	td := smallTrace(1)
	if _, err := d.Deliver(t.Context(), td, Origin{}); err != nil || times != 1 {
		t.Fatal(err)
	}
	checkSmall(t, c, exp, td, "after the change")
	p.SetFault(on("runs/update", unknown))
	if _, err := d.Deliver(t.Context(), smallTrace(2), Origin{}); !mlflow.IsRunGone(err) || IsPermanent(err) || IsOutage(err) {
		t.Errorf("error %v", err)
	}
	p.SetFault(nil)
	if _, err := d.Deliver(t.Context(), smallTrace(2), Origin{SearchFirst: true}); err != nil {
		t.Fatal(err)
	}
	checkSmall(t, c, exp, smallTrace(2), "after it was back")
}

// TestAnExperimentThatIsDeletedTwiceMakesNoDeadLetter: people who want a fresh one rename theirs, delete it, and make another
// of that name. The delivery begins anew once; it must not give up when that happens to it again.
func TestAnExperimentThatIsDeletedTwiceMakesNoDeadLetter(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	exp := mlflowtest.Experiment(t)
	d := New(newClient(t, p.URL), WithExperiment(exp), withFixture(), fast())
	p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		if !strings.HasSuffix(r.Path, "/runs/create") {
			return mlflowtest.Fault{}
		}
		return mlflowtest.Fault{Status: 400, Body: `{"error_code":"INVALID_PARAMETER_VALUE",` +
			`"message":"The experiment 7 must be in the 'active' state. Current state is deleted."}`}
	})
	_, err := d.Deliver(t.Context(), smallTrace(1), Origin{})
	if !mlflow.IsExperimentGone(err) || IsPermanent(err) {
		t.Fatalf("permanent %v: %v", IsPermanent(err), err)
	}
	p.SetFault(nil)
	if _, err := d.Deliver(t.Context(), smallTrace(1), Origin{}); err != nil {
		t.Error(err)
	}
}
