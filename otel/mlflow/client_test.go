package mlflow_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
		if strings.HasPrefix(body, "{") && w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", "application/json") // as MLflow does
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

func TestModelNamesAreMadeOfWhatMLflowTakes(t *testing.T) {
	if got, want := mlflow.ModelName("my svc", `1.4.2+a/b:c%"'`), "my-svc-1-4-2+a-b-c---"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestRequestsAreCounted(t *testing.T) {
	a := answering(t, 200, `{"run":{"info":{"run_id":"r"}}}`)
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
