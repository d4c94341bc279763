package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// monitoring is the folder with dashboards and alerts.
func monitoring(parts ...string) string {
	return filepath.Join(append([]string{sourceDir, "..", "..", "scripts"}, parts...)...)
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ UID string }
	GridPos                  struct{ X, Y, W, H int }
	FieldConfig              struct {
		Defaults struct {
			Unit   string
			Custom struct{ Stacking struct{ Mode string } }
		}
	}
	Targets []struct {
		Expr       string
		Datasource struct{ UID string }
	}
}

type dashboard struct {
	UID, Title, Description string
	Panels                  []panel
	Templating              struct {
		List []struct{ Name, Type, Definition string }
	}
}

func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob(monitoring("grafana", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no dashboards", err)
	}
	out := map[string]dashboard{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out[filepath.Base(file)] = d
	}
	return out
}

// alert is a rule: one that alerts, or one that records a series.
type alert struct {
	Alert, Record, Expr string
	Labels, Annotations map[string]string
}

func alerts(t *testing.T) []alert {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []alert }
	}
	text, err := os.ReadFile(monitoring("prometheus", "rules.yaml"))
	if err == nil {
		err = yaml.Unmarshal(text, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	var out []alert
	for _, g := range file.Groups {
		out = append(out, g.Rules...)
	}
	return out
}

// knownMetrics are all that exist, by name: type and labels of the worker's and the library's, which are gathered, and
// those of the Collector, which its parts document.
func knownMetrics(t *testing.T) map[string]string {
	t.Helper()
	known := allMetrics(t)
	known["up"] = "gauge" // Prometheus' own
	list := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "go.opentelemetry.io/collector/exporter/exporterhelper",
		"go.opentelemetry.io/collector/receiver/receiverhelper", "go.opentelemetry.io/collector/service")
	list.Dir = filepath.Join(sourceDir, "..", "..", "collector")
	dirs, err := list.Output()
	if err != nil {
		t.Fatalf("find the Collector's modules: %v", err)
	}
	for _, dir := range append(strings.Fields(string(dirs)), filepath.Join(list.Dir, "mlflowexporter"), filepath.Join(list.Dir, "genaimetrics")) {
		text, err := os.ReadFile(filepath.Join(dir, "documentation.md"))
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(known, documented(string(text)))
	}
	maps.Copy(known, seenByPrometheus(t, filepath.Join(list.Dir, "genaimetrics", "testdata", "prometheus.txt")))
	for _, a := range alerts(t) {
		if a.Record != "" {
			known[a.Record] = "gauge"
		}
	}
	return known
}

// seenByPrometheus reads the metrics of models as a test of the connector found them in a real Prometheus: name, type and labels,
// which have any value.
func seenByPrometheus(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		kind := words[1]
		for _, label := range words[2:] {
			kind += " " + label + "="
		}
		out[words[0]] = kind
	}
	return out
}

var (
	metricHeading = regexp.MustCompile(`(?m)^### (otelcol_\w+)\n`)
	metricType    = regexp.MustCompile(`\n\| [^|\n]+ \| (Sum|Gauge|Histogram) \| [^|\n]+ \|(?: (true|false) \|)?`)
	metricLabel   = regexp.MustCompile(`(?m)^\| (\w+) \| [^|]* \| (?:Any Str|Str: ([^|]*)) \|`)
	quotedValue   = regexp.MustCompile("``([^`]+)``")
)

// documented reads a documentation.md of mdatagen. Labels of the Collector's own metrics are not in it, and so are not
// known.
func documented(text string) map[string]string {
	out := map[string]string{}
	places := metricHeading.FindAllStringSubmatchIndex(text, -1)
	for i, at := range places {
		section := text[at[1]:]
		if i+1 < len(places) {
			section = text[at[1]:places[i+1][0]]
		}
		kind := "gauge"
		switch m := metricType.FindStringSubmatch(section); {
		case m == nil:
			continue
		case m[1] == "Histogram":
			kind = "histogram"
		case m[1] == "Sum" && m[2] == "true":
			kind = "counter"
		}
		for _, label := range metricLabel.FindAllStringSubmatch(section, -1) {
			var values []string
			for _, v := range quotedValue.FindAllStringSubmatch(label[2], -1) {
				values = append(values, v[1])
			}
			kind += " " + label[1] + "=" + strings.Join(values, "|")
		}
		out[text[at[2]:at[3]]] = kind
	}
	return out
}

var (
	series  = regexp.MustCompile(`\b([a-zA-Z_][\w:]*)(\{[^}]*\})?(\[[^\]]*\])?( offset \w+)?`)
	matcher = regexp.MustCompile(`(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"`)
	grouped = regexp.MustCompile(`\b(?:by|without) \(([^)]*)\)`)
)

// faults says what a PromQL expression names that is not there, or takes for what it is not. always are labels
// that every selector has to name.
func faults(known map[string]string, expr string, always ...string) (out []string) {
	labels := map[string]bool{"le": true, "job": true, "instance": true}
	plain := grouped.ReplaceAllString(expr, "")
	for _, m := range series.FindAllStringSubmatchIndex(plain, -1) {
		name := plain[m[2]:m[3]]
		if strings.HasPrefix(strings.TrimSpace(plain[m[1]:]), "(") || slices.Contains([]string{"or", "and", "unless", "offset"}, name) ||
			strings.Count(plain[:m[0]], `"`)%2 == 1 {
			continue // a function, a word of the language, or within a text
		}
		base, part := name, ""
		if known[base] == "" {
			for _, suffix := range []string{"_bucket", "_count", "_sum"} {
				if short, ok := strings.CutSuffix(name, suffix); ok && strings.HasPrefix(known[short], "histogram") {
					base, part = short, suffix
				}
			}
		}
		kind := known[base]
		if kind == "" {
			out = append(out, name+" does not exist")
			continue
		}
		values := map[string][]string{}
		for _, l := range strings.Fields(kind)[1:] {
			label, list, _ := strings.Cut(l, "=")
			values[label], labels[label] = strings.Split(list, "|"), true
		}
		selector := ""
		if m[4] >= 0 {
			selector = plain[m[4]:m[5]]
		}
		named := map[string]bool{}
		for _, c := range matcher.FindAllStringSubmatch(selector, -1) {
			named[c[1]] = true
			list, ok := values[c[1]]
			if undocumented := strings.HasPrefix(name, "otelcol_") && len(values) == 0; !ok && !undocumented && c[1] != "job" && c[1] != "instance" {
				out = append(out, name+" has no label "+c[1])
			}
			for _, v := range strings.Split(c[3], "|") {
				if ok && list[0] != "" && v != "" && !strings.ContainsAny(v, ".*$") && !slices.Contains(list, v) {
					out = append(out, fmt.Sprintf("%s has no %s=%q, but %q", name, c[1], v, list))
				}
			}
		}
		for _, l := range always {
			if !named[l] {
				out = append(out, name+" is not narrowed by "+l)
			}
		}
		if counts := strings.HasPrefix(kind, "counter") || part != ""; counts != (m[6] >= 0) && !strings.Contains(plain, "offset") {
			out = append(out, name+": a rate is for counters, and counters are for rates")
		}
	}
	for _, g := range grouped.FindAllStringSubmatch(expr, -1) {
		for _, l := range strings.Split(g[1], ", ") {
			if !labels[l] && l != "exporter" && l != "receiver" && l != "transport" {
				out = append(out, "nothing here has the label "+l)
			}
		}
	}
	return out
}

func TestDashboardsNameMetricsThatExist(t *testing.T) {
	known := knownMetrics(t)
	for file, d := range dashboards(t) {
		for _, v := range d.Templating.List {
			if v.Type != "query" {
				continue
			}
			if name := askedFor(v.Definition); known[name] == "" && !strings.HasPrefix(known[strings.TrimSuffix(name, "_count")], "histogram") {
				t.Errorf("%s: the variable %s asks for %s, which does not exist", file, v.Name, name)
			}
		}
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				always := []string{"job", "instance"}
				if strings.Contains(target.Expr, "$collector") {
					always = always[1:]
				}
				for _, fault := range faults(known, target.Expr, always...) {
					t.Errorf("%s: %s: %s", file, p.Title, fault)
				}
				for _, fault := range elsewhere(d, target.Expr) {
					t.Errorf("%s: %s: %s", file, p.Title, fault)
				}
			}
		}
	}
}

// askedFor is the metric whose labels a variable has.
func askedFor(definition string) string {
	expr := strings.TrimSuffix(strings.TrimPrefix(definition, "label_values("), ")")
	name, _, _ := strings.Cut(strings.SplitN(expr, ",", 2)[0], "{")
	return name
}

// elsewhere says which series are narrowed by a variable that names another address: the Collector's own metrics are not where
// those are that its pipelines make. Such a panel is empty as soon as somebody chooses a value.
func elsewhere(d dashboard, expr string) (out []string) {
	own := func(name string) bool { return strings.HasPrefix(name, "otelcol_") }
	for _, m := range series.FindAllStringSubmatch(expr, -1) {
		for _, c := range matcher.FindAllStringSubmatch(m[2], -1) {
			for _, v := range d.Templating.List {
				if c[3] == "$"+v.Name && own(askedFor(v.Definition)) != own(m[1]) {
					out = append(out, m[1]+" is not where "+c[3]+" is")
				}
			}
		}
	}
	return out
}

func TestAVariableOfAnotherAddressIsFound(t *testing.T) {
	var d dashboard
	text := `{"Templating": {"List": [{"Name": "instance", "Definition": "label_values(a{job=~\"$job\"}, instance)"},
		{"Name": "collector", "Definition": "label_values(otelcol_b, instance)"}]}}`
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	for expr, want := range map[string][]string{
		`sum(a{instance=~"$instance"}) / sum(otelcol_b{instance=~"$collector"})`: nil,
		`sum(otelcol_b{job=~"x", instance=~"$instance"})`:                        {"otelcol_b is not where $instance is"},
		`sum(rate(a{instance=~"$collector"}[5m]))`:                               {"a is not where $collector is"},
	} {
		if got := elsewhere(d, expr); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}

func TestAlertsNameMetricsThatExistAndSayWhatToDo(t *testing.T) {
	known := knownMetrics(t)
	var tested string
	for _, file := range []string{"rules_test.yaml", "rules_days_test.yaml"} {
		text, err := os.ReadFile(monitoring("prometheus", file))
		if err != nil {
			t.Fatal(err)
		}
		tested += string(text)
	}
	for _, a := range alerts(t) {
		for _, fault := range faults(known, a.Expr) {
			t.Errorf("%s%s: %s", a.Alert, a.Record, fault)
		}
		if a.Record != "" {
			continue
		}
		if a.Labels["severity"] == "" || a.Annotations["summary"] == "" || a.Annotations["description"] == "" {
			t.Errorf("%s lacks severity, summary or description", a.Alert)
		}
		if !strings.Contains(tested, fmt.Sprintf("{alertname=%q,", a.Alert)) {
			t.Errorf("%s is seen to fire in no test of rules", a.Alert)
		}
	}
}

func TestNamesThatAreNotThereAreFound(t *testing.T) {
	known := map[string]string{"a_total": "counter reason=full|error", "b": "gauge state=on|off", "h": "histogram"}
	for expr, want := range map[string]string{
		`sum by (reason) (rate(a_total{reason="full"}[5m])) / on () b`: "",
		`histogram_quantile(0.5, sum by (le) (rate(h_bucket[5m])))`:    "",
		`b{state=~"on|off"} > 1 or (b unless b offset 5m)`:             "",
		`rate(c_total[5m])`:          "c_total does not exist",
		`rate(a_total{why="x"}[5m])`: "a_total has no label why",
		`b{state="half"}`:            `b has no state="half", but ["on" "off"]`,
		`sum by (color) (b)`:         "nothing here has the label color",
		`sum(a_total)`:               "a_total: a rate is for counters, and counters are for rates",
		`rate(b[5m])`:                "b: a rate is for counters, and counters are for rates",
		`sum(h)`:                     "",
	} {
		if got := strings.Join(faults(known, expr), "; "); got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
	if got := faults(known, `b{job="x"}`, "job", "instance"); !slices.Equal(got, []string{"b is not narrowed by instance"}) {
		t.Errorf("%q", got)
	}
}

func TestDashboardsAreWhatGrafanaShowsWell(t *testing.T) {
	uids := map[string]bool{}
	for file, d := range dashboards(t) {
		if d.UID == "" || uids[d.UID] || d.Title == "" || d.Description == "" {
			t.Errorf("%s: uid %q, title %q, description %q", file, d.UID, d.Title, d.Description)
		}
		uids[d.UID] = true
		var variables []string
		for _, v := range d.Templating.List {
			variables = append(variables, v.Name)
		}
		want := []string{"datasource", "job", "instance"}
		if file == "genai.json" {
			want = append(want, "collector")
		}
		if !slices.Equal(variables, want) {
			t.Errorf("%s: variables %q", file, variables)
		}
		ids, cells := map[int]bool{}, map[[2]int]string{}
		for _, p := range d.Panels {
			if ids[p.ID] || p.Title == "" {
				t.Errorf("%s: id %d, title %q", file, p.ID, p.Title)
			}
			ids[p.ID] = true
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other := cells[[2]int{x, y}]; other != "" || x >= 24 {
						t.Fatalf("%s: %s lies over %q, or out of the page", file, p.Title, other)
					}
					cells[[2]int{x, y}] = p.Title
				}
			}
			if p.Type == "row" {
				continue
			}
			if p.Description == "" || p.FieldConfig.Defaults.Unit == "" || p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
				t.Errorf("%s: %s lacks a description, a unit, the data source or queries", file, p.Title)
			}
			stacked := p.FieldConfig.Defaults.Custom.Stacking.Mode == "normal"
			if stacked && len(p.Targets) > 1 {
				t.Errorf("%s: %s stacks what are no parts of one sum", file, p.Title)
			}
			for _, target := range p.Targets {
				if target.Datasource.UID != "${datasource}" {
					t.Errorf("%s: %s asks %q", file, p.Title, target.Datasource.UID)
				}
				if stacked && strings.Contains(target.Expr, "quantile(") {
					t.Errorf("%s: %s stacks quantiles", file, p.Title)
				}
			}
		}
	}
}

// TestPromtoolAcceptsDashboardsAndAlerts runs the alerts' own tests too.
func TestPromtoolAcceptsDashboardsAndAlerts(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian: the package prometheus)")
	}
	type rule struct {
		Record string `yaml:"record"`
		Expr   string `yaml:"expr"`
	}
	var queries []rule
	for _, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				expr := strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")
				queries = append(queries, rule{fmt.Sprintf("query_%d", len(queries)), expr})
			}
		}
	}
	all, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboards", "rules": queries}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dashboards.yaml")
	if err := os.WriteFile(file, all, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"check", "rules", file},
		{"check", "config", monitoring("prometheus", "prometheus.yaml")},
		{"test", "rules", monitoring("prometheus", "rules_test.yaml")},
		{"test", "rules", monitoring("prometheus", "rules_days_test.yaml")},
	} {
		if out, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, bytes.TrimSpace(out))
		}
	}
}
