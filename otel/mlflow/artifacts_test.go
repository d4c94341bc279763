package mlflow_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
)

func TestArtifactStoresOutOfReachAreNamed(t *testing.T) {
	older := answering(t, 404, "<!doctype html>")
	serving := answering(t, 501, `{"error_code":"NOT_IMPLEMENTED","message":"Presigned upload is not supported for the current artifact repository"}`)
	for _, tt := range []struct {
		name   string
		root   mlflow.ArtifactRoot
		server *answer
		asks   bool
	}{
		{"S3, a server without presigned uploads", mlflow.ArtifactRoot{RunID: "r", URI: "s3://key:s3cret@bucket/1/r/artifacts?token=s3cret"}, older, true},
		{"a storage that the server does not presign for", mlflow.ArtifactRoot{RunID: "r", URI: "gs://bucket/1/r/artifacts"}, serving, true},
		{"a trace's", mlflow.ArtifactRoot{URI: "s3://bucket/1/traces/tr-1/artifacts"}, serving, false},
		{"a path", mlflow.ArtifactRoot{RunID: "r", URI: "/srv/mlruns/1/r/artifacts"}, older, false},
		{"a Windows path", mlflow.ArtifactRoot{RunID: "r", URI: `C:\mlruns\1`}, older, false},
		{"a file", mlflow.ArtifactRoot{RunID: "r", URI: "file:///srv/x"}, older, false},
		{"a file on a host", mlflow.ArtifactRoot{RunID: "r", URI: "file://host/srv/x"}, older, false},
		{"nothing", mlflow.ArtifactRoot{RunID: "r"}, older, false},
		{"no URI", mlflow.ArtifactRoot{RunID: "r", URI: "s3://s3cret\x00"}, older, false},
		{"the whole proxy", mlflow.ArtifactRoot{RunID: "r", URI: "mlflow-artifacts:/"}, older, false},
		{"a web server", mlflow.ArtifactRoot{RunID: "r", URI: "http://host/dav/1"}, older, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.server.requests = nil
			c := client(t, tt.server.URL)
			_, getErr := c.GetArtifact(t.Context(), tt.root, "a.txt")
			for _, err := range []error{c.PutArtifact(t.Context(), tt.root, "a.txt", nil), getErr} {
				if !mlflow.IsArtifactsUnavailable(err) || mlflow.IsRetryable(err) || mlflow.IsUnsupported(err) || mlflow.IsArtifactStorageFailure(err) {
					t.Errorf("error %v", err)
					continue
				}
				text := err.Error()
				if !strings.Contains(text, "--serve-artifacts") || !strings.Contains(text, "MLFLOW_ENABLE_ARTIFACTS=false") || strings.Contains(text, "s3cret") {
					t.Errorf("text %q", text)
				}
			}
			if asked := len(tt.server.requests) > 0; asked != tt.asks {
				t.Errorf("the server was asked: %v", asked)
			}
		})
	}
}

func TestArtifactPathsAreWhatMLflowKeeps(t *testing.T) {
	a := answering(t, 200, "{}")
	c := client(t, a.URL+"/prefix")
	root := mlflow.ArtifactRoot{RunID: "r", URI: "mlflow-artifacts:/1/r/artifacts"}
	outside := []string{"", ".", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a"}
	changed := []string{
		"a#b.txt", `a\b`, "a\nb", "a\tb", "\x7f", "\xff", "a:b", "C:/x", "file:a", " a", "a%41", "a%2fb", "a%2525",
		strings.Repeat("x", 256), "a/" + strings.Repeat("ü", 128) + ".txt",
	}
	for _, file := range slices.Concat(outside, changed) {
		if err := c.PutArtifact(t.Context(), root, file, nil); err == nil || mlflow.IsRetryable(err) || len(err.Error()) > 500 {
			t.Errorf("%.20q: %v", file, err)
		}
	}
	for _, file := range outside {
		if _, err := c.GetArtifact(t.Context(), root, file); err == nil || mlflow.IsRetryable(err) {
			t.Errorf("%q was read: %v", file, err)
		}
	}
	if len(a.requests) > 0 {
		t.Errorf("%d requests for what is refused here", len(a.requests))
	}
	if _, err := c.GetArtifact(t.Context(), root, "a:b"); err != nil {
		t.Errorf("what others wrote is read: %v", err)
	}
	for _, file := range []string{"a", "..a/b..c", "50%.txt", "100%z", ".hidden", "a b", strings.Repeat("y", 255)} {
		if err := mlflow.CheckArtifactPath(file); err != nil {
			t.Error(err)
		}
	}
}

func TestProxiedLocationsLeadToTheServerItself(t *testing.T) {
	a := answering(t, 200, "{}")
	c := client(t, a.URL+"/prefix")
	for uri, want := range map[string]string{
		"mlflow-artifacts:/1/r/artifacts":                                      "1/r/artifacts",
		"mlflow-artifacts://elsewhere:5000/1/r/artifacts":                      "1/r/artifacts",
		"mlflow-artifacts:/a%20b/r/artifacts/":                                 "a%20b/r/artifacts",
		"https://elsewhere/p/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts": "1/r/artifacts",
	} {
		a.requests = nil
		if err := c.PutArtifact(t.Context(), mlflow.ArtifactRoot{URI: uri}, "a b/c?d&é.json", []byte("x")); err != nil {
			t.Errorf("%s: %v", uri, err)
			continue
		}
		if got, want := a.requests[0].RequestURI, "/prefix/api/2.0/mlflow-artifacts/artifacts/"+want+"/a%20b/c%3Fd&%C3%A9.json"; got != want {
			t.Errorf("%s: path %s, want %s", uri, got, want)
		}
	}
}

func TestContentTypesAreThoseOfTheName(t *testing.T) {
	a := answering(t, 200, "{}")
	c := client(t, a.URL)
	for file, want := range map[string]string{
		"input.json": "application/json", "commentary.md": "text/markdown; charset=utf-8", "gate_failures.txt": "text/plain; charset=utf-8",
		"message.HTML": "text/html; charset=utf-8", "values/x.cut.txt": "text/plain; charset=utf-8", "spans.jsonl": "application/x-ndjson",
		"plot.png": "image/png", "weights": "application/octet-stream", "x.unknown-kind": "application/octet-stream",
	} {
		a.requests = nil
		if err := c.PutArtifact(t.Context(), mlflow.ArtifactRoot{URI: "mlflow-artifacts:/1"}, file, nil); err != nil {
			t.Fatal(err)
		}
		if got := a.requests[0].Header.Get("Content-Type"); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

func TestRefusalsOfArtifactsAreTyped(t *testing.T) {
	type is struct{ unavailable, storage, tooLarge, retryable bool }
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   is
		text   string
	}{
		{"storage away, before 3.17", 500, "<!doctype html>\n<title>500 Internal Server Error</title>", is{storage: true, retryable: true}, "500"},
		{"storage away", 500, "Internal Server Error", is{storage: true, retryable: true}, "Internal Server Error"},
		{"gateway tired of waiting", 504, "<html>", is{storage: true, retryable: true}, "504"},
		{"server away behind a gateway", 502, "<html>", is{retryable: true}, "502"},
		{"overloaded", 503, "<html>", is{retryable: true}, "503"},
		{"not served", 503, "Endpoint: /x disabled due to the mlflow server running with `--no-serve-artifacts`. To enable artifacts server functionality, " +
			"run `mlflow server` with `--serve-artifacts`", is{unavailable: true}, "--no-serve-artifacts"},
		{"not served, newer", 503, "{\"detail\":\"Artifact serving is disabled. Run `mlflow server` with `--serve-artifacts` to enable.\"}",
			is{unavailable: true}, "--no-serve-artifacts"},
		{"too large", 413, "<html>", is{tooLarge: true}, "5 bytes"},
		{"weak user", 403, `{"error_code":"PERMISSION_DENIED","message":"Permission denied"}`, is{retryable: true}, "Permission denied"},
		{"bad path", 400, `{"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid path"}`, is{}, "Invalid path"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := client(t, answering(t, tt.status, tt.body).URL)
			err := c.PutArtifact(t.Context(), mlflow.ArtifactRoot{RunID: "r", URI: "mlflow-artifacts:/1/r/artifacts"}, "a.txt", []byte("hello"))
			got := is{mlflow.IsArtifactsUnavailable(err), mlflow.IsArtifactStorageFailure(err), mlflow.IsTooLarge(err), mlflow.IsRetryable(err)}
			if got != tt.want || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("is %+v, want %+v: %v", got, tt.want, err)
			}
		})
	}
	// The same status of a route that uses the database says nothing about artifacts.
	_, err := client(t, answering(t, 500, "Internal Server Error").URL).GetRun(t.Context(), "r")
	if mlflow.IsArtifactStorageFailure(err) {
		t.Errorf("a run: %v", err)
	}
}
