package deliver

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// View is a saved view of an experiment. MLflow's UI keeps them as experiment
// tags; RunsView, TracesView and TraceView have the shapes of MLflow 3.17 (mlflow/demo/generators, and
// what the UI itself writes).
type View interface {
	tag(created time.Time) (mlflow.Tag, error)
}

// maxExperimentTag is MLflow's limit of one value.
const maxExperimentTag = 20_000

func viewTag(key string, value any) (mlflow.Tag, error) {
	b, err := json.Marshal(value)
	if err != nil {
		return mlflow.Tag{}, fmt.Errorf("encode view %s: %w", key, err)
	}
	if len(b) > maxExperimentTag {
		return mlflow.Tag{}, fmt.Errorf("view %s takes %d characters, MLflow allows %d", key, len(b), maxExperimentTag)
	}
	return mlflow.Tag{Key: key, Value: string(b)}, nil
}

// envelope wraps a state, itself JSON text, as the UI does.
func envelope(key, name string, created time.Time, state any) (mlflow.Tag, error) {
	b, err := json.Marshal(state)
	if err != nil {
		return mlflow.Tag{}, fmt.Errorf("encode view %s: %w", key, err)
	}
	return viewTag(key, map[string]any{"name": name, "createdAt": created.UnixMilli(), "state": string(b)})
}

// RunsView is a list of runs, opened by .../runs?viewStateShareKey=<ID>.
type RunsView struct {
	ID, Name string
	Filter   string // as typed in the search box
	// Columns such as tags.`outcome`, metrics.`latency_seconds`, params.`model`,
	// attributes.`User`, in the order in which they are shown, behind the name of the run
	// and when it was created.
	Columns []string
	// Widths of columns, in pixels. The others have MLflow's own.
	Widths map[string]int
	// GroupByTag and GroupByParams make a row of all runs that are alike in them, with the averages
	// of their metrics.
	GroupByTag    string
	GroupByParams []string
	Charts        []Chart
}

// Chart compares the newest 100 runs of a view. Kind SCATTER takes X and Y, BAR
// takes Y, PARALLEL takes Params and Metrics.
type Chart struct {
	Kind            string
	X, Y            string // metric names
	Params, Metrics []string
}

func (c Chart) state(i int) map[string]any {
	m := map[string]any{
		"uuid": fmt.Sprintf("c%d", i+1), "metricSectionId": "s", "runsCountToCompare": 100,
		"deleted": false, "isGenerated": false, "type": c.Kind,
	}
	switch c.Kind {
	case "SCATTER":
		m["xaxis"] = map[string]string{"key": c.X, "type": "METRIC"}
		m["yaxis"] = map[string]string{"key": c.Y, "type": "METRIC"}
	case "BAR":
		m["metricKey"] = c.Y
	case "PARALLEL":
		m["selectedParams"], m["selectedMetrics"], m["showAllRuns"] = notNil(c.Params), notNil(c.Metrics), true
	}
	return m
}

func notNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func (v RunsView) tag(created time.Time) (mlflow.Tag, error) {
	empty := map[string]any{}
	widths := map[string]int{}
	maps.Copy(widths, v.Widths)
	state := map[string]any{
		"searchFilter": v.Filter, "orderByKey": "attributes.start_time", "orderByAsc": false, "startTime": "ALL",
		"lifecycleFilter": "Active", "datasetsFilter": []string{}, "modelVersionFilter": "All Runs",
		"selectedColumns": notNil(v.Columns), "columnOrder": v.order(), "columnWidths": widths,
		"runsExpanded": empty, "runsPinned": []string{}, "runsHidden": []string{}, "runsVisibilityMap": empty,
		"runsHiddenMode": "SHOW_ALL", "viewMaximized": false, "runListHidden": false, "isAccordionReordered": false,
		"useGroupedValuesInCharts": true, "hideEmptyCharts": true, "groupBy": nil, "groupsExpanded": empty,
		"autoRefreshEnabled":    true,
		"globalLineChartConfig": map[string]any{"xAxisKey": "step", "lineSmoothness": 0, "selectedXAxisMetricKey": ""},
	}
	var groups []map[string]string
	if v.GroupByTag != "" {
		groups = append(groups, map[string]string{"mode": "tag", "groupByData": v.GroupByTag})
	}
	for _, p := range v.GroupByParams {
		groups = append(groups, map[string]string{"mode": "param", "groupByData": p})
	}
	if len(groups) > 0 {
		state["groupBy"] = map[string]any{"aggregateFunction": "average", "groupByKeys": groups}
	}
	if len(v.Charts) > 0 {
		charts := make([]map[string]any, len(v.Charts))
		for i, c := range v.Charts {
			charts[i] = c.state(i)
		}
		state["compareRunCharts"] = charts
		state["compareRunSections"] = []map[string]any{{
			"uuid": "s", "name": v.Name, "display": true, "isReordered": false, "deleted": false, "isGenerated": false,
		}}
	}
	return envelope("mlflow.sharedViewState."+v.ID, v.Name, created, state)
}

// order is that of the columns. MLflow sorts those that it does not name by their kind,
// and puts them behind.
func (v RunsView) order() []string {
	if len(v.Columns) == 0 {
		return []string{}
	}
	return append([]string{"attributes.`Run Name`", "attributes.`Created`"}, v.Columns...)
}

// TracesView is a list of traces, opened by .../traces?traceViewShareKey=<ID>.
type TracesView struct {
	ID, Name string
	Columns  string   // comma separated: start_time,input,output,user,duration,state,run_name,tokens,cost,tags
	Tags     []string // filters such as outcome=gate_failed
}

func (v TracesView) tag(created time.Time) (mlflow.Tag, error) {
	multi := map[string]any{}
	if len(v.Tags) > 0 {
		multi["tag"] = v.Tags
	}
	return envelope("mlflow.tracesV4ViewState."+v.ID, v.Name, created, map[string]any{
		"single": map[string]string{"pageSize": "50", "startTimeLabel": "ALL", "cols": v.Columns},
		"multi":  multi,
	})
}

// TraceView is a page for one trace. Components are A2UI v0.9 in JSON, the one
// with the id "root" at the top.
type TraceView struct {
	ID, Name, Label, Instruction string
	Components                   json.RawMessage
}

func (v TraceView) tag(time.Time) (mlflow.Tag, error) {
	return viewTag("mlflow.customView.view.v1."+v.ID, map[string]any{
		"id": v.ID, "name": v.Name, "label": v.Label, "instruction": v.Instruction, "createdAtMs": 1,
		"template": []map[string]any{{
			"version":          "v0.9",
			"updateComponents": map[string]any{"surfaceId": "main", "components": v.Components},
		}},
	})
}

// defaultViews show what every GenAI program's runs have. The list of traces needs none:
// MLflow's own shows all that there is.
func defaultViews() []View {
	widths := map[string]int{"metrics.`latency_seconds`": 140} // its name is longer than MLflow's own width
	return []View{
		RunsView{ID: "runs", Name: "Runs", Columns: []string{
			"attributes.`User`", "metrics.`latency_seconds`", "metrics.`total_tokens`", "metrics.`error_count`",
		}, Widths: widths},
		RunsView{ID: "run-charts", Name: "Charts", Columns: []string{"metrics.`latency_seconds`", "metrics.`total_tokens`"}, Charts: []Chart{
			{Kind: "SCATTER", X: "total_tokens", Y: "latency_seconds"},
			{Kind: "BAR", Y: "latency_seconds"},
			{Kind: "BAR", Y: "total_tokens"},
		}},
	}
}
