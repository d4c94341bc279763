package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// variables is an environment.
func variables(kv map[string]string) func(string) string {
	return func(name string) string { return kv[name] }
}

func TestSamplerIsTheOneThatTheSpecificationNames(t *testing.T) {
	for _, c := range []struct{ name, arg, want, refused string }{
		{"", "", sdktrace.ParentBased(sdktrace.AlwaysSample()).Description(), ""},
		{"parentbased_always_on", "", sdktrace.ParentBased(sdktrace.AlwaysSample()).Description(), ""},
		{"always_on", "", "AlwaysOnSampler", ""},
		{" ALWAYS_OFF ", "", "AlwaysOffSampler", ""},
		{"parentbased_always_off", "", sdktrace.ParentBased(sdktrace.NeverSample()).Description(), ""},
		{"traceidratio", "0.25", sdktrace.TraceIDRatioBased(0.25).Description(), ""},
		{"traceidratio", "", sdktrace.TraceIDRatioBased(1).Description(), ""},
		{"parentbased_traceidratio", " 0.5 ", sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.5)).Description(), ""},
		{"always_on", "not read", "AlwaysOnSampler", ""},
		{"traceidratio", "half", "", "OTEL_TRACES_SAMPLER_ARG"},
		{"traceidratio", "1.5", "", "OTEL_TRACES_SAMPLER_ARG"},
		{"parentbased_traceidratio", "-1", "", "OTEL_TRACES_SAMPLER_ARG"},
		{"sometimes", "", "", "OTEL_TRACES_SAMPLER"},
	} {
		got, err := samplerFromEnv(variables(map[string]string{"OTEL_TRACES_SAMPLER": c.name, "OTEL_TRACES_SAMPLER_ARG": c.arg}))
		switch {
		case c.refused != "":
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%q %q: %v, want a word on %s", c.name, c.arg, err, c.refused)
			}
		case err != nil || got.Description() != c.want:
			t.Errorf("%q %q: %v, %v, want %s", c.name, c.arg, got, err, c.want)
		}
	}
}

func TestSecondBackendIsWhereTheVariablesNameOne(t *testing.T) {
	const endpoint, traces = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	for name, c := range map[string]struct {
		env            map[string]string
		endpoint, path string
	}{
		"none":                    {nil, "", ""},
		"endpoint":                {map[string]string{endpoint: "http://a:4318"}, "http://a:4318", "/v1/traces"},
		"traces only":             {map[string]string{traces: "http://b/t"}, "http://b/t", ""},
		"traces win":              {map[string]string{endpoint: "http://a:4318", traces: "http://b/t"}, "http://b/t", ""},
		"SDK disabled":            {map[string]string{endpoint: "http://a:4318", "OTEL_SDK_DISABLED": "TRUE"}, "", ""},
		"SDK not disabled":        {map[string]string{endpoint: "http://a:4318", "OTEL_SDK_DISABLED": "false"}, "http://a:4318", "/v1/traces"},
		"traces exporter is none": {map[string]string{endpoint: "http://a:4318", "OTEL_TRACES_EXPORTER": "none"}, "", ""},
	} {
		if e, p := secondBackend(variables(c.env)); e != c.endpoint || p != c.path {
			t.Errorf("%s: %q %q", name, e, p)
		}
	}
}

func TestOtherProtocolsAreRefused(t *testing.T) {
	newBench(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	for protocol, refused := range map[string]bool{"": false, "http/protobuf": false, "grpc": true, "http/json": true} {
		t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
		tel, err := newTelemetry(t.Context(), config.Settings{}, discardLogger(), nil)
		if refused != (err != nil) || (refused && !strings.Contains(err.Error(), "4318")) {
			t.Errorf("%q: %v", protocol, err)
		}
		if err == nil {
			if err := tel.close(shutdownTime); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestResourceSaysWhoSpeaks(t *testing.T) {
	attributes := func(s config.Settings) map[string]string {
		t.Helper()
		res, err := newResource(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, a := range res.Attributes() {
			out[string(a.Key)] = a.Value.String()
		}
		return out
	}
	newBench(t)
	v, _ := buildVersion()
	plain := attributes(config.Settings{})
	if len(plain) != 2 || plain["service.name"] != "commentator" || plain["service.version"] != v {
		t.Errorf("by default: %v", plain)
	}
	full := attributes(config.Settings{Telemetry: config.Telemetry{Environment: "staging"}, MLflow: config.MLflow{EnableTracking: true}})
	if full["deployment.environment.name"] != "staging" || full[string(mlflowattr.ProjectedKey)] != "true" {
		t.Errorf("with an environment and tracking: %v", full)
	}
	t.Setenv("OTEL_SERVICE_NAME", "mine")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "team=research,service.version=9")
	if got := attributes(config.Settings{}); got["service.name"] != "mine" || got["team"] != "research" || got["service.version"] != "9" {
		t.Errorf("with OTel's variables: %v", got)
	}
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "no value")
	if _, err := newResource(t.Context(), config.Settings{}); err == nil || !strings.Contains(err.Error(), "key=value") {
		t.Errorf("malformed attributes: %v", err)
	}
}

// Every job becomes a run, also where the trace is not sampled.
func TestUnsampledSpansAreRecordedAllTheSame(t *testing.T) {
	newBench(t)
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	tel, err := newTelemetry(t.Context(), config.Settings{}, discardLogger(), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, span := tel.provider.Tracer("t").Start(t.Context(), "job")
	span.SetAttributes(attribute.String("k", "v"))
	if !span.IsRecording() || span.SpanContext().IsSampled() {
		t.Errorf("recording %v, sampled %v", span.IsRecording(), span.SpanContext().IsSampled())
	}
	span.End()
	if tel.runs != nil {
		t.Error("a run processor though MLflow is off")
	}
	if err := tel.flush(t.Context(), span.SpanContext().TraceID()); err != nil {
		t.Error(err)
	}
	if err := tel.close(shutdownTime); err != nil {
		t.Error(err)
	}
}

// MLflow hears of a command when nothing of its settings is refused any more.
func TestSettingsThatAreRefusedReachNoMLflow(t *testing.T) {
	asked := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		http.Error(w, "{}", http.StatusNotFound)
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"COMMENTATOR_PROMPT": "a b", "COMMENTATOR_PROMPT_FILE": "/nowhere", "COMMENTATOR_CONTEXT_FILE": "/nowhere", "COMMENTATOR_DOMAIN_RULES": "/nowhere",
		"COMMENTATOR_PRICES_FILE": "/nowhere",
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.set("MLFLOW_TRACKING_URI", server.URL)
			b.set("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
			b.set(name, value)
			if code, out, errs := b.run("run", b.pages.URL+"/x"); code != exitUsage || !strings.Contains(errs, value) {
				t.Errorf("exit code %d\n%s%s", code, out, errs)
			}
		})
	}
	server.Close() // waits for what is under way
	if len(asked) > 0 {
		t.Errorf("the first of %d requests to MLflow was for %s", len(asked), <-asked)
	}
}
