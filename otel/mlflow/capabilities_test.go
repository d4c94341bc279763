package mlflow

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// missingOf lists what a server lacks.
func missingOf(c Capabilities) []Feature {
	return slices.DeleteFunc(Features(), c.Has)
}

func TestTheTableSaysWhatEachReleaseHas(t *testing.T) {
	all := func(but ...Feature) []Feature {
		return slices.DeleteFunc(Features(), func(f Feature) bool { return slices.Contains(but, f) })
	}
	tests := map[string][]Feature{
		"3.17.2":      nil,
		"4.0.0":       nil,
		"3.18.0.dev0": nil,
		"3.12.0":      {FeatureTokensOnce},
		"3.11.1":      {FeatureTokensOnce, FeatureAttachments},
		"3.8.1":       {FeatureInfoUpdate, FeatureTokensOnce, FeatureLinkPrompts, FeatureAttachments},
		"3.6.0":       {FeatureOTLPGzip, FeatureInfoUpdate, FeatureTokensOnce, FeatureLinkPrompts, FeatureAttachments},
		"3.4.0rc1":    {FeatureOTLP, FeatureOTLPGzip, FeatureInfoUpdate, FeatureTokensOnce, FeatureLinkPrompts, FeatureAttachments},
		"3.1.4":       all(FeatureTraces, FeatureTraceRequests, FeatureLoggedModels, FeaturePrompts),
		"2.22.5":      all(FeatureTraceRequests, FeaturePrompts),
		"2.9.2":       Features(),
		"":            nil, // hidden: the newest is assumed
		"nightly":     nil,
	}
	for version, want := range tests {
		if got := missingOf(capabilitiesOf(version)); !slices.Equal(got, want) {
			t.Errorf("%q lacks %v, want %v", version, got, want)
		}
	}
	if why := capabilitiesOf("3.1.4").Missing(FeatureOTLP); !strings.Contains(why, "3.6") || !strings.Contains(why, "3.1.4") {
		t.Errorf("reason %q", why)
	}
}

// server is a stand-in for what stands in front of MLflow, or for a release.
type standIn struct {
	version, store, traces func(http.ResponseWriter, *http.Request)
	asked                  atomic.Int64
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	switch r.URL.Path {
	case "/version":
		s.version(w, r)
	case "/api/3.0/mlflow/server-info":
		s.store(w, r)
	case "/v1/traces":
		s.traces(w, r)
	default:
		http.NotFound(w, r)
	}
}

func answers(status int, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/v1/traces" && body == "":
			w.Header().Set("Content-Type", "application/x-protobuf")
		case strings.HasPrefix(body, "{"):
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

const (
	notFoundPage = "<!doctype html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>"
	loginPage    = "<html><head><title>Sign in</title></head><body>who are you</body></html>"
)

func TestAServerIsAskedWhatItCanDo(t *testing.T) {
	modern := standIn{version: answers(200, "3.17.2"), store: answers(200, `{"store_type":"SqlStore"}`), traces: answers(200, "")}
	with := func(change func(*standIn)) *standIn {
		s := &standIn{version: modern.version, store: modern.store, traces: modern.traces}
		change(s)
		return s
	}
	tests := []struct {
		name    string
		server  *standIn
		version string
		missing []Feature
		why     string
	}{
		{"the newest", with(func(*standIn) {}), "3.17.2", nil, ""},
		{"under Gunicorn", with(func(s *standIn) { s.traces = answers(404, notFoundPage) }), "3.17.2", []Feature{FeatureOTLP}, "404"},
		{"with a file store", with(func(s *standIn) { s.store = answers(200, `{"store_type":"FileStore"}`) }), "3.17.2",
			[]Feature{FeatureOTLP, FeatureDatasets}, "database"},
		{"behind a proxy that passes only the API", with(func(s *standIn) {
			s.version, s.traces = answers(404, notFoundPage), answers(302, "")
		}), "", []Feature{FeatureOTLP}, "302"},
		{"behind a login that spares the API", with(func(s *standIn) { s.version, s.traces = answers(200, loginPage), answers(200, loginPage) }),
			"", []Feature{FeatureOTLP}, "Sign in"},
		{"without compression", with(func(s *standIn) {
			s.traces = func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Content-Encoding") != "" {
					answers(400, `{"detail":"Invalid OpenTelemetry protobuf format"}`)(w, r)
					return
				}
				answers(200, "")(w, r)
			}
		}), "3.17.2", []Feature{FeatureOTLPGzip}, "Invalid OpenTelemetry"},
		{"where the user may not write to experiment 0", with(func(s *standIn) { s.traces = answers(403, "Permission denied") }), "3.17.2", nil, ""},
		{"of the year before", with(func(s *standIn) { s.version, s.store = answers(200, "2.22.5"), answers(404, notFoundPage) }), "2.22.5",
			missingOf(capabilitiesOf("2.22.5")), "MLflow"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(tt.server)
			defer srv.Close()
			c, err := NewClient(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer c.CloseIdle()
			got, err := c.Capabilities(t.Context())
			if err != nil || got.Version != tt.version || !slices.Equal(missingOf(got), tt.missing) {
				t.Fatalf("%q lacks %v, %v; want %q and %v", got.Version, missingOf(got), err, tt.version, tt.missing)
			}
			if len(tt.missing) > 0 && !strings.Contains(got.Missing(tt.missing[0]), tt.why) {
				t.Errorf("reason %q, want %q in it", got.Missing(tt.missing[0]), tt.why)
			}
			asked := tt.server.asked.Load()
			if again, err := c.Capabilities(t.Context()); err != nil || !slices.Equal(missingOf(again), tt.missing) ||
				tt.server.asked.Load() != asked || asked > 4 {
				t.Errorf("asked %d times, then %d: %v", asked, tt.server.asked.Load(), err)
			}
		})
	}
}

func TestAServerThatIsAwayIsNoOldServer(t *testing.T) {
	for name, traces := range map[string]func(http.ResponseWriter, *http.Request){
		"overloaded": answers(503, "busy"), "a broken gateway": answers(502, notFoundPage), "too many requests": answers(429, ""),
	} {
		srv := httptest.NewServer(&standIn{version: answers(200, "3.17.2"), store: answers(404, notFoundPage), traces: traces})
		c, err := NewClient(srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Capabilities(t.Context()); !IsRetryable(err) {
			t.Errorf("%s: error %v", name, err)
		}
		c.CloseIdle()
		srv.Close()
	}
}

func TestWhatWasFoundIsLookedAtAgain(t *testing.T) {
	s := &standIn{version: answers(200, "3.17.2"), store: answers(404, notFoundPage), traces: answers(200, "")}
	srv := httptest.NewServer(s)
	defer srv.Close()
	c, err := NewClient(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	lacks := func(want ...Feature) {
		t.Helper()
		got, err := c.Capabilities(t.Context())
		if err != nil || !slices.Equal(missingOf(got), want) {
			t.Fatalf("lacks %v, %v; want %v", missingOf(got), err, want)
		}
	}
	lacks()
	// Real spans are refused: that counts although the look finds the route again.
	c.Contradict(FeatureOTLP, errors.New("501 for real spans"))
	asked := s.asked.Load()
	lacks(FeatureOTLP)
	if s.asked.Load() == asked {
		t.Error("an answer that contradicts is no reason to look again")
	}
	lacks(FeatureOTLP)
	// What refused them may have been put right without anybody noticing.
	c.probe.at, c.probe.taught = c.probe.at.Add(-probeAge), c.probe.taught.Add(-probeAge)
	lacks()
	c.Contradict(FeatureOTLP, errors.New("501 for real spans"))
	lacks(FeatureOTLP)
	// Another release is there after requests failed: nothing of the old one counts.
	s.version = answers(200, "3.8.1")
	c.breaks.Add(1)
	lacks(FeatureOTLP) // not at once: it may be the same server, overloaded
	c.probe.at = c.probe.at.Add(-probePause)
	lacks(missingOf(capabilitiesOf("3.8.1"))...)
	// And one that was replaced while nobody asked is found in the end.
	s.version = answers(200, "3.17.2")
	c.probe.at = c.probe.at.Add(-probeAge + time.Minute)
	lacks(missingOf(capabilitiesOf("3.8.1"))...)
	c.probe.at = c.probe.at.Add(-time.Minute)
	lacks()
}

// TestCallersThatWaitForALookShareItsFailure: a server that takes connections and
// answers nothing must not keep them waiting one after the other.
func TestCallersThatWaitForALookShareItsFailure(t *testing.T) {
	s := &standIn{version: answers(503, "busy")}
	srv := httptest.NewServer(s)
	defer srv.Close()
	c, err := NewClient(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	before := time.Now()
	for range 3 {
		if _, err := c.capabilities(t.Context(), before); !IsRetryable(err) {
			t.Errorf("error %v", err)
		}
	}
	if n := s.asked.Load(); n != 1 {
		t.Errorf("asked %d times for those who waited", n)
	}
	if _, err := c.Capabilities(t.Context()); err == nil || s.asked.Load() != 2 {
		t.Errorf("asked %d times, though the last caller came after the look: %v", s.asked.Load(), err)
	}
}

func TestRequestsWithoutAnAnswerAreCounted(t *testing.T) {
	status := 200
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	c, err := NewClient(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	for _, step := range []struct {
		status int
		want   uint64
	}{{200, 0}, {404, 0}, {500, 0}, {502, 1}, {503, 2}} {
		status = step.status
		_, _ = c.Version(t.Context())
		if got := c.Interruptions(); got != step.want {
			t.Errorf("after %d: %d interruptions, want %d", step.status, got, step.want)
		}
	}
	srv.Close()
	_, _ = c.Version(t.Context())
	if got := c.Interruptions(); got != 3 {
		t.Errorf("%d interruptions after the server went", got)
	}
}

func TestPagesAreToldFromMLflowsAnswers(t *testing.T) {
	tests := []struct {
		name, method string
		status       int
		body         string
		retryable    bool
		text         string
	}{
		{"a login instead of the API", http.MethodPost, 200, loginPage, true, `"Sign in"`},
		{"a client certificate is missing", http.MethodPost, 400, "<html><head><title>400 No required SSL certificate was sent</title>", true,
			"MLFLOW_TRACKING_CLIENT_CERT_PATH"},
		{"http to an https port", http.MethodPost, 400, "<html><title>400 The plain HTTP request was sent to HTTPS port</title>", true, "http or https"},
		{"a body that is too large", http.MethodPost, 413, "<html><title>413 Request Entity Too Large</title>", false, "client_max_body_size"},
		{"MLflow's own refusal", http.MethodPost, 400, `{"error_code":"INVALID_PARAMETER_VALUE","message":"no"}`, false, "INVALID_PARAMETER_VALUE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(answersHandler(tt.status, tt.body))
			defer srv.Close()
			c, err := NewClient(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer c.CloseIdle()
			_, err = c.CreateExperiment(t.Context(), "x", nil)
			if err == nil || IsRetryable(err) != tt.retryable || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("retryable %v: %v", IsRetryable(err), err)
			}
		})
	}
}

func answersHandler(status int, body string) http.Handler {
	return http.HandlerFunc(answers(status, body))
}
