package mlflow_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
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

const signed = "/bucket/a.txt?X-Amz-Signature=s3cret"

// presigning is a tracking server that hands out one address for everything.
func presigning(t *testing.T, address string) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var ask map[string]string
		if !strings.HasPrefix(r.URL.Path, "/api/2.0/mlflow/artifacts/presigned-") || json.Unmarshal(body, &ask) != nil ||
			ask["run_id"] != "r" || ask["path"] != "a.txt" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"presigned_url": address, "headers": map[string]string{"Content-Type": "text/plain", "x-amz-server-side-encryption": "AES256"},
		})
	}))
	t.Cleanup(server.Close)
	return server
}

var direct = mlflow.ArtifactRoot{RunID: "r", URI: "s3://bucket/1/r/artifacts"}

func TestAStorageGetsNothingThatBelongsToTheServer(t *testing.T) {
	storage := answering(t, 200, "stored", "Set-Cookie", "a=b", "ETag", `"1"`)
	c := client(t, presigning(t, storage.URL+signed).URL, mlflow.WithToken("t0ken"))
	ctx, n := mlflow.CountRequests(mlflow.WithHeader(t.Context(), "X-MLFLOW-WORKSPACE", "team"))
	for range 2 {
		if err := c.PutArtifact(ctx, direct, "a.txt", []byte("hello")); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := c.GetArtifact(ctx, direct, "a.txt"); err != nil || string(b) != "stored" {
		t.Errorf("read %q, %v", b, err)
	}
	if n.Load() != 6 {
		t.Errorf("%d requests were counted, want 6", n.Load())
	}
	if storage.bodies[0] != "hello" || storage.requests[0].RequestURI != signed || storage.requests[0].Method != http.MethodPut {
		t.Errorf("%s %s %q", storage.requests[0].Method, storage.requests[0].RequestURI, storage.bodies[0])
	}
	for _, r := range storage.requests {
		for name := range r.Header {
			switch name {
			case "Content-Type", "X-Amz-Server-Side-Encryption", "Content-Length", "User-Agent":
			default:
				t.Errorf("%s carries %s", r.Method, name)
			}
		}
	}
}

func TestWhatAStorageRefusesIsSaidWithoutTheAddress(t *testing.T) {
	type is struct{ storage, tooLarge, retryable bool }
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   is
		code   string
		text   string
	}{
		{"wrong keys", 403, "<?xml version=\"1.0\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message><StringToSign>s3cret</StringToSign></Error>",
			is{storage: true, retryable: true}, "SignatureDoesNotMatch", "keys"},
		{"no bucket", 404, "<Error><Code>NoSuchBucket</Code></Error>", is{storage: true, retryable: true}, "NoSuchBucket", "bucket"},
		{"expired credentials", 400, "<Error><Code>ExpiredToken</Code></Error>", is{storage: true, retryable: true}, "ExpiredToken", "keys"},
		{"another region", 307, "", is{storage: true, retryable: true}, "", "region"},
		{"slow down", 503, "<Error><Code>SlowDown</Code></Error>", is{storage: true, retryable: true}, "SlowDown", "503"},
		{"too large for S3", 400, "<Error><Code>EntityTooLarge</Code></Error>", is{tooLarge: true}, "EntityTooLarge", "5 bytes"},
		{"too large for a proxy", 413, "<html>s3cret</html>", is{tooLarge: true}, "", "raise the limit"},
		{"a code that is none", 403, "<Error><Code>s3cret s3cret</Code></Error>", is{storage: true, retryable: true}, "", "403"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			storage := answering(t, tt.status, tt.body, "Location", "http://elsewhere/?s3cret", "Retry-After", "7")
			err := client(t, presigning(t, storage.URL+signed).URL).PutArtifact(t.Context(), direct, "a.txt", []byte("hello"))
			got := is{mlflow.IsArtifactStorageFailure(err), mlflow.IsTooLarge(err), mlflow.IsRetryable(err)}
			if got != tt.want || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("is %+v, want %+v: %v", got, tt.want, err)
			}
			var e *mlflow.StorageError
			if !errors.As(err, &e) || e.Status != tt.status || e.Code != tt.code || e.RetryAfter() != 7*time.Second {
				t.Errorf("error %#v", e)
			}
		})
	}
}

func TestAStorageOutOfReachIsSaidWithoutTheAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := l.Addr().String()
	l.Close()
	c := client(t, presigning(t, "http://"+gone+signed).URL)
	err = c.PutArtifact(t.Context(), direct, "a.txt", nil)
	if !mlflow.IsArtifactStorageFailure(err) || !mlflow.IsRetryable(err) || !strings.Contains(err.Error(), gone) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("refused connection: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer hanging.Close()
	_, err = client(t, presigning(t, hanging.URL+signed).URL).GetArtifact(ctx, direct, "a.txt")
	if !errors.Is(err, context.Canceled) || mlflow.IsRetryable(err) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("canceled: %v", err)
	}
	for _, address := range []string{"", "ftp://h/" + signed, "http://h\x00" + signed, signed} {
		err := client(t, presigning(t, address).URL).PutArtifact(t.Context(), direct, "a.txt", nil)
		var foreign *mlflow.NotMLflowError
		if !errors.As(err, &foreign) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestAStorageIsTrustedByItsOwnOrTheServersCertificates(t *testing.T) {
	storage := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("ETag", "1") }))
	defer storage.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: storage.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	server := presigning(t, storage.URL+signed)
	for name, c := range map[string]struct {
		opts []mlflow.Option
		ok   bool
	}{
		"unknown":                    {nil, false},
		"the server's is insecure":   {[]mlflow.Option{mlflow.WithInsecureTLS(true)}, false},
		"certificates of WithCAFile": {[]mlflow.Option{mlflow.WithCAFile(ca)}, true},
		"the storage's is insecure":  {[]mlflow.Option{mlflow.WithInsecureStorageTLS(true)}, true},
	} {
		err := client(t, server.URL, c.opts...).PutArtifact(t.Context(), direct, "a.txt", nil)
		if (err == nil) != c.ok || err != nil && (!mlflow.IsArtifactStorageFailure(err) || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := mlflow.NewClient(server.URL, mlflow.WithTransport(http.DefaultTransport), mlflow.WithCAFile("/nowhere")); err == nil {
		t.Error("a file that is missing was accepted")
	}
}

func TestAProxyThatAnswersNothingInTimeIsAStorageFailure(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	c := client(t, server.URL, mlflow.WithTimeout(100*time.Millisecond))
	err := c.PutArtifact(t.Context(), mlflow.ArtifactRoot{URI: "mlflow-artifacts:/1"}, "a.txt", nil)
	if !mlflow.IsArtifactStorageFailure(err) || !mlflow.IsRetryable(err) {
		t.Errorf("an artifact: %v", err)
	}
	if _, err := c.GetRun(t.Context(), "r"); mlflow.IsArtifactStorageFailure(err) {
		t.Errorf("a run: %v", err)
	}
}

// ExampleIsArtifactsUnavailable shows how a caller goes on without artifacts.
func ExampleIsArtifactsUnavailable() {
	server := httptest.NewServer(http.NotFoundHandler()) // an older MLflow
	defer server.Close()
	client, err := mlflow.NewClient(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdle()
	run := mlflow.RunInfo{RunID: "abc", ArtifactURI: "s3://bucket/1/abc/artifacts"}
	err = client.PutArtifact(context.Background(), run.ArtifactRoot(), "report.md", []byte("# 2 pages"))
	fmt.Println(mlflow.IsArtifactsUnavailable(err), mlflow.IsRetryable(err))
	// Output: true false
}
