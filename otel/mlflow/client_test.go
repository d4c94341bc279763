package mlflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// answer is a server that always says the same, and keeps the requests.
type answer struct {
	*httptest.Server
	requests []*http.Request
	bodies   []string
}

func answering(t *testing.T, status int, body string, header ...string) *answer {
	a := &answer{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		a.requests, a.bodies = append(a.requests, r), append(a.bodies, string(b))
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(a.Close)
	return a
}

func client(t *testing.T, uri string, opts ...mlflow.Option) *mlflow.Client {
	t.Helper()
	c, err := mlflow.NewClient(uri, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	return c
}

func TestNewClientRefusesWhatIsNoTrackingServerAndKeepsSecrets(t *testing.T) {
	for _, uri := range []string{"", "databricks", "sqlite:///mlflow.db", "file:///tmp/mlruns", "ftp://me:s3cret@host", "http://", "http://me:s3cret@ho st/"} {
		_, err := mlflow.NewClient(uri)
		if err == nil {
			t.Errorf("%q was accepted", uri)
			continue
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: the error shows the password: %v", uri, err)
		}
	}
}

func TestCredentialsTravelInTheHeaderAndNowhereElse(t *testing.T) {
	basic := func(user, password string) string {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth(user, password)
		return r.Header.Get("Authorization")
	}
	tests := []struct {
		name     string
		userinfo string
		opts     []mlflow.Option
		want     string
	}{
		{"none", "", nil, ""},
		{"from the URI", "ann:s3cret@", nil, basic("ann", "s3cret")},
		{"user and password win over the URI", "ann:s3cret@", []mlflow.Option{mlflow.WithBasicAuth("bob", "pw")}, basic("bob", "pw")},
		{"token wins over all", "ann:s3cret@", []mlflow.Option{mlflow.WithBasicAuth("bob", "pw"), mlflow.WithToken("t0ken")}, "Bearer t0ken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := answering(t, 500, `{"error_code":"INTERNAL_ERROR","message":"no"}`)
			c := client(t, strings.Replace(a.URL, "://", "://"+tt.userinfo, 1)+"/", tt.opts...)
			_, err := c.GetRun(t.Context(), "r")
			if got := a.requests[0].Header.Get("Authorization"); got != tt.want {
				t.Errorf("Authorization %q, want %q", got, tt.want)
			}
			for _, text := range []string{err.Error(), c.URI(), c.OTLPEndpoint()} {
				for _, secret := range []string{"s3cret", "pw", "t0ken", "ann"} {
					if strings.Contains(text, secret) {
						t.Errorf("%q shows %q", text, secret)
					}
				}
			}
		})
	}
}

func TestNetworkErrorsDoNotShowThePassword(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, err = client(t, "http://ann:s3cret@"+addr).Version(t.Context())
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Fatalf("error %v", err)
	}
	if !mlflow.IsRetryable(err) || mlflow.IsAmbiguous(err) {
		t.Errorf("a refused connection is unreachable, retryable and not ambiguous: %v", err)
	}
}

func TestAnswersAreTyped(t *testing.T) {
	type is struct{ retryable, ambiguous, notFound, unauthorized, unsupported bool }
	tests := []struct {
		name   string
		status int
		body   string
		want   is
		text   string // in the error
	}{
		{"no such run", 404, `{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Run with id=x not found"}`, is{notFound: true}, "Run with id=x not found"},
		{"another server", 404, `<html>nginx</html>`, is{retryable: true, notFound: true, unsupported: true}, "check host and path"},
		{"redirect", 308, ``, is{retryable: true}, "redirects to https://elsewhere/x"},
		{"bad token", 401, `no`, is{retryable: true, unauthorized: true}, "MLFLOW_TRACKING_TOKEN"},
		{"weak user", 403, `{"error_code":"PERMISSION_DENIED","message":"Permission denied"}`, is{retryable: true, unauthorized: true}, "may not do this"},
		{"host check", 403, `Invalid Host header - possible DNS rebinding attack detected`, is{retryable: true, unauthorized: true}, "--allowed-hosts"},
		{"request timeout", 408, ``, is{retryable: true}, "408"},
		{"too many", 429, ``, is{retryable: true}, "429"},
		{"broken", 500, `{"error_code":"INTERNAL_ERROR","message":"boom"}`, is{retryable: true, ambiguous: true}, "boom"},
		{"gateway", 502, `<html>bad gateway</html>`, is{retryable: true, ambiguous: true}, "an HTML page"},
		{"locked", 503, `{"error_code":"TEMPORARILY_UNAVAILABLE","message":"database is locked\n[SQL: INSERT secret content]"}`, is{retryable: true, ambiguous: true}, "database is locked"},
		{"file store", 501, `{"detail":"REST OTLP span logging is not supported by FileStore"}`, is{unsupported: true}, "FileStore"},
		{"malformed", 422, `{"detail":"Invalid span"}`, is{}, "Invalid span"},
		{"changed param", 400, `{"error_code":"INVALID_PARAMETER_VALUE","message":"Changing param values is not allowed."}`, is{}, "Changing param"},
		{"equal writes, SQLite", 400, `{"error_code":"BAD_REQUEST","message":"(sqlite3.IntegrityError) UNIQUE constraint failed: metrics.key"}`, is{retryable: true}, "UNIQUE"},
		{"equal writes, Postgres", 400, `{"error_code":"BAD_REQUEST","message":"(psycopg2.errors.UniqueViolation) duplicate key"}`, is{retryable: true}, "UniqueViolation"},
		{"other bad request", 400, `{"error_code":"BAD_REQUEST","message":"no"}`, is{}, "BAD_REQUEST"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := answering(t, tt.status, tt.body, "Location", "https://user:pw@elsewhere/x?token=1")
			_, err := client(t, a.URL).GetRun(t.Context(), "r")
			var api *mlflow.APIError
			if !errors.As(err, &api) || api.Status != tt.status || api.Method != "GET" || api.Path != "api/2.0/mlflow/runs/get" {
				t.Fatalf("error %#v", err)
			}
			got := is{mlflow.IsRetryable(err), mlflow.IsAmbiguous(err), mlflow.IsNotFound(err), mlflow.IsUnauthorized(err), mlflow.IsUnsupported(err)}
			if got != tt.want {
				t.Errorf("is %+v, want %+v", got, tt.want)
			}
			if !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "secret content") || strings.Contains(err.Error(), "pw@") {
				t.Errorf("text %q", err)
			}
		})
	}
}

func TestRetryAfterIsReadInBothFormsAndBounded(t *testing.T) {
	date := time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat)
	for value, want := range map[string]time.Duration{"7": 7 * time.Second, "-3": 0, "999999": time.Hour, "soon": 0, "": 0, date: 90 * time.Second} {
		a := answering(t, 503, "", "Retry-After", value)
		_, err := client(t, a.URL).GetRun(t.Context(), "r")
		if got := mlflow.RetryAfter(err); got > want || got < want-3*time.Second {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestWhatIsGoneIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		body            string
		experiment, run bool
	}{
		"experiment removed": {`{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No Experiment with id=7 exists"}`, true, false},
		"experiment deleted": {`{"error_code":"INVALID_PARAMETER_VALUE","message":"The experiment 7 must be in the 'active' state. Current state is deleted."}`, true, false},
		"run deleted":        {`{"error_code":"INVALID_PARAMETER_VALUE","message":"The run a1 must be in the 'active' state. Current state is deleted."}`, false, true},
		"run removed":        {`{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Run with id=a1 not found"}`, false, false},
		"other refusal":      {`{"error_code":"INVALID_PARAMETER_VALUE","message":"no such run name in this experiment"}`, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			status := http.StatusBadRequest
			if strings.Contains(c.body, "NOT_EXIST") {
				status = http.StatusNotFound
			}
			_, err := client(t, answering(t, status, c.body).URL).GetRun(t.Context(), "a1")
			if got := mlflow.IsExperimentGone(err); got != c.experiment {
				t.Errorf("experiment gone: %v", got)
			}
			if got := mlflow.IsRunDeleted(err); got != c.run {
				t.Errorf("run deleted: %v", got)
			}
		})
	}
}

func TestOtherServersAreRecognised(t *testing.T) {
	a := answering(t, 200, "<html>hello</html>")
	c := client(t, a.URL)
	_, err := c.GetRun(t.Context(), "r")
	var foreign *mlflow.NotMLflowError
	if !errors.As(err, &foreign) || !mlflow.IsRetryable(err) {
		t.Errorf("error %v", err)
	}
	if err := c.Health(t.Context()); !errors.As(err, &foreign) {
		t.Errorf("health: %v", err)
	}
	c = client(t, answering(t, 200, `{"status":"fine"}`).URL) // JSON, but not MLflow's
	if _, err := c.CreateRun(t.Context(), mlflow.RunSpec{}); !errors.As(err, &foreign) {
		t.Errorf("create run: %v", err)
	}
	if _, _, err := c.EnsureExperiment(t.Context(), "e", nil); !errors.As(err, &foreign) {
		t.Errorf("experiment: %v", err)
	}
}

func TestATimeoutAfterSendingIsAmbiguous(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-release }))
	defer s.Close()
	defer close(release)
	_, err := client(t, s.URL, mlflow.WithTimeout(2*time.Second)).CreateRun(t.Context(), mlflow.RunSpec{})
	if !mlflow.IsAmbiguous(err) || !mlflow.IsRetryable(err) {
		t.Errorf("error %v", err)
	}
}

func TestACutConnectionIsAmbiguous(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer s.Close()
	_, err := client(t, s.URL).CreateRun(t.Context(), mlflow.RunSpec{})
	if !mlflow.IsAmbiguous(err) || !mlflow.IsRetryable(err) {
		t.Errorf("error %v", err)
	}
}

func TestTheCallersCancelIsNotRetryable(t *testing.T) {
	a := answering(t, 200, "{}")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client(t, a.URL).GetRun(ctx, "r")
	if !errors.Is(err, context.Canceled) || mlflow.IsRetryable(err) {
		t.Errorf("error %v", err)
	}
}

func TestLogBatchKeepsTheServersLimits(t *testing.T) {
	a := answering(t, 200, "{}")
	var b mlflow.Batch
	for i := range 2500 {
		b.Metrics = append(b.Metrics, mlflow.Metric{Key: fmt.Sprint("m", i)})
	}
	for i := range 150 {
		b.Params = append(b.Params, mlflow.Tag{Key: fmt.Sprint("p", i)})
		b.Tags = append(b.Tags, mlflow.Tag{Key: fmt.Sprint("t", i)})
	}
	if err := client(t, a.URL).LogBatch(t.Context(), "r", b); err != nil {
		t.Fatal(err)
	}
	var got [][3]int
	for _, body := range a.bodies {
		var j struct{ Metrics, Params, Tags []json.RawMessage }
		if err := json.Unmarshal([]byte(body), &j); err != nil {
			t.Fatal(err)
		}
		got = append(got, [3]int{len(j.Metrics), len(j.Params), len(j.Tags)})
	}
	if want := "[[800 100 100] [900 50 50] [800 0 0]]"; fmt.Sprint(got) != want {
		t.Errorf("batches %v, want %s", got, want)
	}
	if err := client(t, a.URL).LogBatch(t.Context(), "r", mlflow.Batch{}); err != nil || len(a.bodies) != 3 {
		t.Errorf("an empty batch was sent (%v)", err)
	}
}

func TestMetricValuesSurviveJSON(t *testing.T) {
	for _, v := range []float64{0, -1.5, 1e300, math.NaN(), math.Inf(1), math.Inf(-1)} {
		b, err := json.Marshal(mlflow.Metric{Key: "k", Value: v, Timestamp: 5, Step: 2})
		if err != nil {
			t.Fatal(err)
		}
		var m mlflow.Metric
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		if m.Value != v && !(math.IsNaN(v) && math.IsNaN(m.Value)) || m.Key != "k" || m.Timestamp != 5 || m.Step != 2 {
			t.Errorf("%v became %+v by %s", v, m, b)
		}
	}
}

func TestArtifactStoresOutOfReachAreNamed(t *testing.T) {
	c := client(t, "http://127.0.0.1:1")
	for _, uri := range []string{"s3://key:s3cret@bucket/1/r/artifacts", "/srv/mlruns/1/r/artifacts", "file:///srv/x", ""} {
		err := c.PutArtifact(t.Context(), uri, "a.txt", nil)
		var store *mlflow.ArtifactStoreError
		if !errors.As(err, &store) || !strings.Contains(err.Error(), "--serve-artifacts") || strings.Contains(err.Error(), "s3cret") || mlflow.IsRetryable(err) {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

func TestArtifactPathsStayInsideTheRun(t *testing.T) {
	a := answering(t, 200, "{}")
	c := client(t, a.URL+"/prefix")
	for _, file := range []string{"", "/etc/passwd", "../x", "a/../../x", "a//b", "a/"} {
		if err := c.PutArtifact(t.Context(), "mlflow-artifacts:/1/r/artifacts", file, nil); err == nil {
			t.Errorf("%q was accepted", file)
		}
	}
	if err := c.PutArtifact(t.Context(), "mlflow-artifacts://host:5000/1/r/artifacts", "a b/c?d#é.json", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if got, want := a.requests[0].RequestURI, "/prefix/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/a%20b/c%3Fd%23%C3%A9.json"; got != want {
		t.Errorf("path %s, want %s", got, want)
	}
	if got := a.requests[0].Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %s", got)
	}
}

func TestModelNamesAreMadeOfWhatMLflowTakes(t *testing.T) {
	if got, want := mlflow.ModelName("my svc", `1.4.2+a/b:c%"'`), "my-svc-1-4-2+a-b-c---"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestRequestsAreCounted(t *testing.T) {
	a := answering(t, 200, "{}")
	c := client(t, a.URL)
	ctx, n := mlflow.CountRequests(t.Context())
	for range 3 {
		if _, err := c.GetRun(ctx, "r"); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = c.GetRun(t.Context(), "r")
	if n.Load() != 3 {
		t.Errorf("%d requests, want 3", n.Load())
	}
}

func TestTransportAddsHeadersAndTypesAnswers(t *testing.T) {
	a := answering(t, 422, `{"detail":"bad span"}`)
	c := client(t, a.URL+"/prefix", mlflow.WithToken("t"))
	ctx := mlflow.WithHeader(mlflow.WithHeader(t.Context(), "X-One", "1"), "X-Two", "2")
	req, _ := http.NewRequestWithContext(ctx, "POST", c.OTLPEndpoint(), strings.NewReader("x"))
	resp, err := (&http.Client{Transport: c.Transport()}).Do(req)
	if err == nil {
		resp.Body.Close()
	}
	var api *mlflow.APIError
	if !errors.As(err, &api) || api.Status != 422 || api.Path != "v1/traces" || api.Message != "bad span" {
		t.Fatalf("error %#v", err)
	}
	h := a.requests[0].Header
	if h.Get("X-One") != "1" || h.Get("X-Two") != "2" || h.Get("Authorization") != "Bearer t" || a.requests[0].URL.Path != "/prefix/v1/traces" {
		t.Errorf("path %s, headers %v", a.requests[0].URL.Path, h)
	}
}

func TestEnvironmentUnderMLflowsNames(t *testing.T) {
	clear := []string{"URI", "USERNAME", "PASSWORD", "PASSWORD_FILE", "TOKEN", "TOKEN_FILE", "INSECURE_TLS", "SERVER_CERT_PATH", "CLIENT_CERT_PATH"}
	for _, k := range clear {
		t.Setenv("MLFLOW_TRACKING_"+k, "")
	}
	for _, k := range []string{"MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID", "MLFLOW_ENABLE_TRACKING", "MLFLOW_ENABLE_TRACING"} {
		t.Setenv(k, "")
	}
	c, err := mlflow.FromEnv()
	if want := (mlflow.Config{URI: "http://127.0.0.1:5000", EnableTracking: true, EnableTracing: true}); err != nil || c != want {
		t.Fatalf("defaults %+v, %v", c, err)
	}
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MLFLOW_TRACKING_URI", "http://mlflow:5000/x")
	t.Setenv("MLFLOW_TRACKING_USERNAME", "ann")
	t.Setenv("MLFLOW_TRACKING_PASSWORD", "pw")
	t.Setenv("MLFLOW_TRACKING_TOKEN_FILE", file)
	t.Setenv("MLFLOW_TRACKING_INSECURE_TLS", "True")
	t.Setenv("MLFLOW_ENABLE_TRACING", "off")
	t.Setenv("MLFLOW_EXPERIMENT_NAME", "exp")
	t.Setenv("MLFLOW_EXPERIMENT_ID", " 7 ")
	c, err = mlflow.FromEnv()
	want := mlflow.Config{
		URI: "http://mlflow:5000/x", ExperimentName: "exp", ExperimentID: "7", EnableTracking: true,
		Username: "ann", Password: "pw", Token: "from-file", InsecureTLS: true,
	}
	if err != nil || c != want {
		t.Fatalf("%+v, %v", c, err)
	}
	t.Setenv("MLFLOW_ENABLE_TRACKING", "perhaps")
	t.Setenv("MLFLOW_TRACKING_TOKEN_FILE", file+"-missing")
	if _, err := mlflow.FromEnv(); err == nil || !strings.Contains(err.Error(), "MLFLOW_ENABLE_TRACKING") || !strings.Contains(err.Error(), "MLFLOW_TRACKING_TOKEN_FILE") {
		t.Errorf("both mistakes should be told: %v", err)
	}
}

func TestCertificateFilesAreChecked(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bad, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []mlflow.Option{mlflow.WithCAFile(bad), mlflow.WithCAFile(bad + "x"), mlflow.WithClientCertFile(bad)} {
		if _, err := mlflow.NewClient("https://h", o); err == nil {
			t.Error("a bad certificate file was accepted")
		}
	}
}
