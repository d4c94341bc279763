package mlflow_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
)

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
