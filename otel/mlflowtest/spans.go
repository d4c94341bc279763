package mlflowtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/mlflow"
)

// noSpans is how MLflow says that it has a trace and no spans of it.
const noSpans = "Trace data not stored in tracking store"

// Spans reads the spans of a trace back, as MLflow gives them
// (GET /api/3.0/mlflow/traces/get). traceID is the OpenTelemetry id in 32
// hexadecimal digits. A trace that is there without any span, for which MLflow answers 500, has none; any
// other answer but 200 fails the test.
func Spans(t testing.TB, uri, traceID string) []json.RawMessage {
	t.Helper()
	id, err := trace.TraceIDFromHex(traceID)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(uri + "/api/3.0/mlflow/traces/get?allow_partial=true&trace_id=" + mlflow.TraceID(id))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode == http.StatusInternalServerError && bytes.Contains(body, []byte(noSpans)) {
		return nil
	}
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %.300s %v", resp.Status, body, err)
	}
	var out struct {
		Trace struct {
			Spans []json.RawMessage `json:"spans"`
		} `json:"trace"`
	}
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatal(err)
	}
	return out.Trace.Spans
}
