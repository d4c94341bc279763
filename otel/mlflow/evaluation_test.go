package mlflow_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
)

// TestRunsThatNameOneNewDatasetTogether: MLflow 3.17.2 on SQLite refuses the second of two that met.
func TestRunsThatNameOneNewDatasetTogether(t *testing.T) {
	const met = `{"error_code":"BAD_REQUEST","message":"(sqlite3.IntegrityError) UNIQUE constraint failed: datasets.experiment_id, datasets.name, datasets.digest"}`
	for _, c := range []struct {
		name              string
		status, refused   int
		answer            string
		requests          int
		succeeds, mistake bool
	}{
		{name: "alone", requests: 1, succeeds: true},
		{name: "one before it", status: 400, answer: met, refused: 1, requests: 2, succeeds: true},
		{name: "three before it", status: 400, answer: met, refused: 3, requests: 4, succeeds: true},
		{name: "for ever", status: 400, answer: met, refused: 100, requests: 4, mistake: true},
		{name: "another error", status: 500, answer: `{}`, refused: 100, requests: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if n++; n <= c.refused {
					w.WriteHeader(c.status)
					_, _ = io.WriteString(w, c.answer)
					return
				}
				_, _ = io.WriteString(w, `{}`)
			}))
			defer server.Close()
			err := client(t, server.URL).LogInputs(t.Context(), "r", mlflow.Dataset{Name: "links", Digest: "d"})
			if (err == nil) != c.succeeds || n != c.requests || mlflow.IsUniqueViolation(err) != c.mistake {
				t.Errorf("%d requests, %v", n, err)
			}
		})
	}
}
