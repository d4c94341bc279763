package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// checkOnce holds a job to exactly one run tree.
func (b *bench) checkOnce(rep jobReport) {
	b.t.Helper()
	c := b.mlflow(server.URI(b.t))
	runs := b.tree(c, rep.JobID) // reports doubles itself
	if len(runs) != 6 {
		b.t.Fatalf("job %s has %d runs", rep.JobID, len(runs)-1)
	}
	checkTrace(b.t, c, rep, runs)
}

func TestOutagesOfMLflowCostTheJobNothingAndLoseNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	uri, all := server.URI(t), newOwnBench(t)
	answer := func(status int, header map[string]string) func(mlflowtest.Request) mlflowtest.Fault {
		return func(mlflowtest.Request) mlflowtest.Fault {
			return mlflowtest.Fault{Status: status, Body: `{"error_code":"X","message":"no"}`, Header: header}
		}
	}
	for name, c := range map[string]struct {
		fault func(mlflowtest.Request) mlflowtest.Fault // nil: nobody listens
		say   string
	}{
		"down":                 {nil, "nothing listens there"},
		"hanging":              {func(mlflowtest.Request) mlflowtest.Fault { return mlflowtest.Fault{Hang: true} }, "does not answer in time"},
		"500":                  {answer(500, nil), "500"},
		"503":                  {answer(503, nil), "503"},
		"429 with Retry-After": {answer(429, map[string]string{"Retry-After": "1"}), "429"},
		"401":                  {answer(401, nil), "401"},
	} {
		t.Run(name, func(t *testing.T) {
			b := all.beside(t)
			b.unset("MLFLOW_HTTP_REQUEST_TIMEOUT")
			// Where nobody listens, nobody ever will: the address was wrong.
			mend, retry := func() { b.set("MLFLOW_TRACKING_URI", uri) }, []string{"outbox", "retry", "--here"}
			b.set("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
			if c.fault != nil {
				p := mlflowtest.NewProxy(t, uri, "", false)
				p.SetFault(c.fault)
				mend, retry = func() { p.SetFault(nil) }, retry[:2]
				b.set("MLFLOW_TRACKING_URI", p.URL)
			}
			const wait = 20 * time.Minute
			began := time.Now()
			code, out, errs := b.run("run", "--json", "--wait="+wait.String(), b.page("fetch-api.html"))
			if took := time.Since(began); took > wait/4 {
				t.Errorf("the command took %s, as if it waited for a server that is away", took)
			}
			rep := decode(t, out)[0]
			if code != exitWaiting || rep.Outcome != "success" || rep.Delivered || !strings.Contains(rep.DeliveryError, c.say) {
				t.Fatalf("exit code %d, report %+v\n%s", code, rep, errs)
			}
			code, plain, _ := b.run("outbox", "list")
			if code != exitOK || !strings.Contains(plain, rep.TraceID) || !strings.Contains(plain, c.say) {
				t.Errorf("outbox list: exit code %d\n%s", code, plain)
			}
			var wide bytes.Buffer
			execute(t.Context(), b.flags([]string{"outbox", "list"}), streams{out: &wide, err: io.Discard, in: strings.NewReader(""), width: 80})
			for line := range strings.Lines(wide.String()) {
				if line = strings.TrimSpace(line); len(line) > 80 && strings.Contains(line, " ") || !strings.Contains(wide.String(), rep.TraceID) {
					t.Errorf("outbox list in 80 columns:\n%s", &wide)
				}
			}
			b.checkReasons(1)
			if code, _, errs := b.run("outbox", "retry", "--wait=1s"); code != exitWaiting {
				t.Errorf("outbox retry while the server is away: exit code %d\n%s", code, errs)
			}
			_, plain, _ = b.run("outbox", "list")
			if strings.Contains(plain, "not tried yet") || c.fault == nil && !strings.Contains(plain, c.say) {
				t.Errorf("outbox list after a retry\n%s", plain)
			}
			mend()
			if code, out, errs := b.run(retry...); code != exitOK {
				t.Fatalf("outbox retry: exit code %d\n%s%s", code, out, errs)
			}
			b.checkOnce(rep)
			if _, out, _ := b.run("outbox", "list"); !strings.Contains(out, "empty") {
				t.Errorf("outbox after delivery:\n%s", out)
			}
		})
	}
}

// checkReasons holds the outbox to entries that all have a reason.
func (b *bench) checkReasons(entries int) (list []outboxEntry) {
	b.t.Helper()
	_, out, _ := b.run("outbox", "list", "--json")
	for dec := json.NewDecoder(strings.NewReader(out)); dec.More(); {
		var e outboxEntry
		if err := dec.Decode(&e); err != nil {
			b.t.Fatal(err)
		}
		if e.Reason == "" {
			b.t.Errorf("%s has no reason", e.ID)
		}
		list = append(list, e)
	}
	if len(list) != entries {
		b.t.Errorf("%d entries in the outbox, want %d\n%s", len(list), entries, out)
	}
	return list
}

func TestWhyATraceWaitsIsSaidInASentence(t *testing.T) {
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	serve := func(h http.HandlerFunc, secure bool) string {
		s := httptest.NewUnstartedServer(h)
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that fail
		if secure {
			s.StartTLS()
		} else {
			s.Start()
		}
		t.Cleanup(s.Close)
		return s.URL
	}
	all := newOwnBench(t)
	plain, secure := serve(answer(200, "OK"), false), serve(answer(200, "OK"), true)
	for name, c := range map[string]struct {
		uri  string
		want []string
	}{
		"unknown authority": {secure, []string{"authority that is not known", "MLFLOW_TRACKING_SERVER_CERT_PATH"}},
		"https to http":     {strings.Replace(plain, "http:", "https:", 1), []string{"speaks http, not https"}},
		"http to https":     {strings.Replace(secure, "https:", "http:", 1), []string{"it speaks https, and the address says http"}},
		"login page":        {serve(answer(200, "<html><title>Sign in</title></html>"), false), []string{"Sign in", "login"}},
		"no such host":      {"http://mlflow.invalid:5000", []string{"host mlflow.invalid"}},
		"nobody":            {"http://127.0.0.1:1", []string{"nothing listens"}},
		"proxy's own page":  {serve(answer(400, "<html><title>400 No required SSL certificate was sent</title></html>"), false), []string{"MLFLOW_TRACKING_CLIENT_CERT_PATH"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := all.beside(t)
			b.set("MLFLOW_TRACKING_URI", c.uri)
			code, out, errs := b.run("run", "--json", b.page("fetch-api.html"))
			rep := decode(t, out)[0]
			if code != exitWaiting || rep.Delivered {
				t.Errorf("exit code %d, delivered %v\n%s", code, rep.Delivered, errs)
			}
			list := b.checkReasons(1)
			for _, w := range c.want {
				if !strings.Contains(rep.DeliveryError, w) {
					t.Errorf("no %q in %q", w, rep.DeliveryError)
				}
				if len(list) == 1 && (list[0].State != "pending" || !strings.Contains(list[0].Reason, w)) {
					t.Errorf("no %q in the outbox's %s %q", w, list[0].State, list[0].Reason)
				}
			}
		})
	}
}

func TestSwitches(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	uri, all := server.URI(t), newOwnBench(t)
	for name, c := range map[string]struct {
		tracking, tracing string
		runs, traces      bool
	}{
		"both on":      {"true", "true", true, true},
		"tracking off": {"false", "true", false, true},
		"tracing off":  {"true", "false", true, false},
		"both off":     {"false", "false", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := all.beside(t)
			p := mlflowtest.NewProxy(t, uri, "", false)
			b.set("MLFLOW_TRACKING_URI", p.URL)
			b.set("MLFLOW_ENABLE_TRACKING", c.tracking)
			b.set("MLFLOW_ENABLE_TRACING", c.tracing)
			rep := b.jobs(exitOK, b.page("fetch-api.html"))[0]
			var runs, traces int
			for _, r := range p.Requests() {
				if strings.HasSuffix(r.Path, "/runs/create") {
					runs++
				}
				if strings.HasSuffix(r.Path, "v1/traces") && !asksServer(r) {
					traces++
				}
			}
			if (runs == 5) != c.runs || (runs != 0 && !c.runs) || (traces == 1) != c.traces {
				t.Errorf("%d runs made, %d traces sent", runs, traces)
			}
			if !c.runs && !c.traces && len(p.Requests()) != 0 {
				t.Errorf("%d requests though all is off", len(p.Requests()))
			}
			if rep.Delivered != (c.runs || c.traces) {
				t.Errorf("delivered %v", rep.Delivered)
			}
		})
	}
}

func TestSecondBackendGetsTheSameTrace(t *testing.T) {
	b := newBench(t)
	var got atomic.Int64
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/traces" {
			got.Add(1)
		}
	}))
	t.Cleanup(backend.Close)
	b.set("MLFLOW_ENABLE_TRACKING", "false")
	b.set("MLFLOW_ENABLE_TRACING", "false")
	b.set("OTEL_EXPORTER_OTLP_ENDPOINT", backend.URL)
	b.jobs(exitOK, b.page("fetch-api.html"))
	if got.Load() == 0 {
		t.Error("the backend got nothing")
	}
}

// asksServer reports whether a request asks what the server is and can, spans without
// any span in them included.
func asksServer(r mlflowtest.Request) bool {
	switch r.Path {
	case "health", "version", "api/3.0/mlflow/server-info":
		return true
	}
	return r.Path == "v1/traces" && len(r.Body) < 100
}

func TestCallsToMLflowPerJob(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	b.set("MLFLOW_TRACKING_URI", p.URL)
	b.jobs(exitOK, b.page("fetch-api.html")) // sets the experiment up
	p.Reset()
	b.jobs(exitOK, b.page("fetch-api.html"))
	calls, once := 0, 0
	for _, r := range p.Requests() {
		switch {
		case r.Method == http.MethodPut: // artifacts
		case strings.Contains(r.Path, "experiments/"), strings.Contains(r.Path, "logged-models"), strings.HasSuffix(r.Path, "/runs/search"),
			asksServer(r):
			once++ // at the start of a process: what is there, and what it can do
		default:
			calls++
		}
	}
	if calls > 24 {
		t.Errorf("%d calls for one job, at most 24 wanted", calls)
	}
	t.Logf("%d calls a job, %d once a process", calls, once)
}
