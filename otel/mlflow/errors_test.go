package mlflow_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

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
		{"a tag deleted while it was set", 400, `{"error_code":"BAD_REQUEST","message":"UPDATE statement on table 'tags' expected to update 1 row(s); 0 were matched."}`, is{retryable: true}, "0 were matched"},
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
		body                     string
		experiment, run, missing bool
	}{
		"experiment removed":          {`{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No Experiment with id=7 exists"}`, true, false, false},
		"experiment deleted":          {`{"error_code":"INVALID_PARAMETER_VALUE","message":"The experiment 7 must be in the 'active' state. Current state is deleted."}`, true, false, false},
		"run deleted":                 {`{"error_code":"INVALID_PARAMETER_VALUE","message":"The run a1 must be in the 'active' state. Current state is deleted."}`, false, true, false},
		"run removed":                 {`{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Run with id=a1 not found"}`, false, false, true},
		"run of a file store removed": {`{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Run 'a1' not found"}`, false, false, true},
		"other refusal":               {`{"error_code":"INVALID_PARAMETER_VALUE","message":"no such run name in this experiment"}`, false, false, false},
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
			if got := mlflow.IsRunGone(err); got != c.missing {
				t.Errorf("run gone: %v", got)
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
	if testing.Short() {
		t.Skip("takes seconds")
	}
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

func TestHTTPToAPortForTLSSaysNothingAboutTheRequest(t *testing.T) {
	a := answering(t, 400, "Client sent an HTTP request to an HTTPS server.\n")
	_, err := client(t, a.URL).GetRun(t.Context(), "r")
	var foreign *mlflow.NotMLflowError
	if !errors.As(err, &foreign) || !mlflow.IsRetryable(err) || !strings.Contains(err.Error(), "speaks https") {
		t.Errorf("error %v", err)
	}
}
