package mlflowexporter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"

	"github.com/technoshare/commentator/otel/genai/prices"
)

func TestBadConfigurationNamesTheKeyAndTheRemedy(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rules, []byte("runs:\n- span: a\n  nmae: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const ok = "endpoint: http://mlflow:5000\n"
	tests := map[string]struct{ text, want string }{
		"no endpoint":                 {"{}", "endpoint: missing; write the address"},
		"an endpoint without scheme":  {"endpoint: mlflow:5000", "endpoint: not the address"},
		"an unknown key":              {ok + "experimant: x", "experimant"},
		"an unknown key in a section": {ok + "assembly: {wait_after_rot: 1s}", "wait_after_rot"},
		"an unknown key of TLS":       {ok + "tls: {ca: x}", "tls: "},
		"a wait that is none":         {ok + "assembly: {wait_after_root: 0s}", "assembly: wait_after_root: must be more than zero"},
		"waits in the wrong order":    {ok + "assembly: {wait_after_root: 10s, max_wait: 5s}", "assembly: max_wait: 5s is less"},
		"a short wait for a root":     {ok + "assembly: {max_wait: 1m, max_open: 30s}", "assembly: max_open: 30s is less than max_wait (1m0s)"},
		"an interval that is none":    {ok + "delivery: {running_interval: 0s}", "delivery: running_interval: must be more than zero"},
		"a negative window":           {ok + "assembly: {late_window: -1s}", "assembly: late_window"},
		"no experiment":               {ok + `experiment: {name: ""}`, "experiment: name: missing"},
		"a bound that is none":        {ok + "limits: {max_bytes: 0}", "limits: max_bytes: must be more than zero"},
		"a workspace's name":          {ok + "workspace: {name: Team A}", "workspace: name: \"Team A\" is no name of an MLflow workspace"},
		"no workspaces":               {ok + "workspace: {max_workspaces: 0}", "workspace: max_workspaces: must be more than zero"},
		"an unknown key of workspace": {ok + "workspace: {nmae: x}", "nmae"},
		"nothing to deliver":          {ok + "delivery: {runs: false, traces: false}", "delivery: traces: false beside runs: false"},
		"only the trace, of none":     {ok + "delivery: {traces: false}\nnon_genai_traces: trace_only", "non_genai_traces: trace_only delivers"},
		"runs, of none":               {ok + "delivery: {runs: false}\nnon_genai_traces: project", "non_genai_traces: project makes runs"},
		"memory beyond all numbers":   {ok + "delivery: {memory_mib: 9223372036854775807}", "delivery: memory_mib: 9223372036854775807 MiB"},
		"a proxy's address":           {ok + `proxy_url: "http://user:secret@%zz"`, "proxy_url: not the address of a proxy; write it like http://proxy:3128"},
		"no concurrency":              {ok + "delivery: {concurrency: 0}", "delivery: concurrency"},
		"an unknown choice": {ok + "non_genai_traces: perhaps",
			"non_genai_traces: \"perhaps\" is none of drop, trace_only and project"},
		"rules with a slip":             {ok + "rules: {runs: [{span: a, nmae: x}]}", "rules: parse rules: runs[0].nmae: unknown key"},
		"rules of the wrong shape":      {ok + "rules: {runs: 3}", "rules: parse rules"},
		"a rules file with a slip":      {ok + "rules_file: " + rules, "rules.yaml: parse rules"},
		"a rules file that is absent":   {ok + "rules_file: /no/such/file", "rules_file: stat /no/such/file"},
		"a rules file that is a device": {ok + "rules_file: /dev/null", "rules_file: /dev/null is no file"},
		"rules twice":                   {ok + "rules_file: " + rules + "\nrules: {only_listed: true}", "rules_file: give either"},
		"token and username":            {ok + "token: a\nusername: b", "token: give either"},
		"password without username":     {ok + "password: b", "username: missing"},
		"auth and token":                {ok + "token: a\nauth: {authenticator: x}", "auth: give either"},
		"compression":                   {ok + "compression: gzip", "compression: MLflow takes"},
		"retries that never end well":   {ok + "retry_on_failure: {multiplier: -1}", "retry_on_failure"},
		"a queue without consumers":     {ok + "sending_queue: {num_consumers: 0}", "sending_queue"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := parse(t, tt.text)
			if err == nil {
				err = confmap.Validate(c)
			}
			text := ""
			if err != nil {
				text = strings.ReplaceAll(err.Error(), "::", ": ")
			}
			if !strings.Contains(text, tt.want) || strings.Contains(text, "secret@") {
				t.Errorf("error %q, want one with %q", text, tt.want)
			}
		})
	}
}

func TestAFullConfiguration(t *testing.T) {
	c, err := parse(t, `
endpoint: https://mlflow.example.com/prefix
timeout: 45s
headers: {x-tenant: a}
tls: {ca_file: /ca.pem}
auth: {authenticator: bearertokenauth}
keepalive: {idle_conn_timeout: 4s}
ui_endpoint: https://ui.example.com
workspace: {name: team-a, from_attribute: team, max_workspaces: 10}
experiment: {name: shared, from_attribute: service.name}
rules: {runs: [{span: "pipeline.*", name: "job_{job.id}", tags: {outcome: job.outcome}}], only_listed: true}
non_genai_traces: trace_only
storage: file_storage/queue
assembly: {wait_after_root: 1s, max_wait: 30s, max_open: 12h, late_window: 10m}
limits: {max_traces: 10, max_spans: 100, max_bytes: 1000, max_refused: 1}
delivery: {traces: true, artifacts: false, running: false, running_interval: 5m, concurrency: 2, refused_interval: 1m}
retry_on_failure: {initial_interval: 2s}
sending_queue: {storage: file_storage/queue, queue_size: 10}
`)
	if err == nil {
		err = confmap.Validate(c)
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.rules()
	if err != nil || len(r.Runs) != 1 || r.Runs[0].Tags["outcome"] != "job.outcome" || !r.OnlyListed {
		t.Errorf("rules %+v, %v", r, err)
	}
	if c.ClientConfig.DisableKeepAlives || //nolint:staticcheck // see createDefaultConfig
		c.ClientConfig.Timeout != 45*time.Second || c.Assembly.MaxTraceSpans != 20_000 ||
		c.Assembly.MaxOpen != 12*time.Hour || c.Delivery.refresh() != 0 ||
		c.Workspace != (WorkspaceConfig{"team-a", "team", 10}) || !c.Delivery.Runs || c.Delivery.Artifacts ||
		!c.QueueConfig.HasValue() || c.Storage.String() != "file_storage/queue" {
		t.Errorf("read as %+v", c)
	}
}

func TestDefaults(t *testing.T) {
	c := createDefaultConfig()
	if err := componenttest.CheckConfigStruct(c); err != nil {
		t.Error(err)
	}
	if c.(*Config).QueueConfig.HasValue() {
		t.Error("a queue in memory would answer before the spans are stored")
	}
	if err := confmap.Validate(c); err == nil || strings.Count(err.Error(), "\n") > 0 {
		t.Errorf("beside the endpoint the defaults must be valid: %v", err)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	c, err := parse(t, "endpoint: http://u:hunter2@host:x\npassword: hunter2\nusername: u")
	if err != nil {
		t.Fatal(err)
	}
	if err := confmap.Validate(c); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}

func TestPricesAreTheBuiltInOnesUnlessTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "prices.yaml")
	if err := os.WriteFile(file, []byte("models:\n  m: {input: 1000000, output: 0}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const builtIn = "gpt-4o"
	for section, known := range map[string][]bool{ // of the built-in model, and of one's own
		"":                             {true, false},
		"prices: {enabled: false}":     nil,
		"prices: {file: " + file + "}": {true, true},
	} {
		c, err := parse(t, "endpoint: http://127.0.0.1:1\n"+section)
		if err != nil {
			t.Fatal(err)
		}
		e, err := newExporter(c, settings(t))
		if err != nil {
			t.Fatal(err)
		}
		if known == nil {
			if e.rules.Prices != nil {
				t.Errorf("%q: there are prices", section)
			}
			continue
		}
		for i, model := range []string{builtIn, "m"} {
			if _, ok := e.rules.Prices.Cost(prices.Call{Answered: model}); ok != known[i] {
				t.Errorf("%q: the price of %s is known: %v", section, model, ok)
			}
		}
	}
	for text, want := range map[string]string{
		"prices: {file: none.yaml}": "prices: file: read prices: open none.yaml", "prices: {fiel: x}": "prices: ",
	} {
		c, err := parse(t, "endpoint: http://127.0.0.1:1\n"+text)
		if err == nil {
			err = confmap.Validate(c)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
