package mlflow_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflow"
)

func Example() {
	// A stand-in, so that the example runs without a server.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/api/2.0/mlflow/experiments/get-by-name":
			fmt.Fprint(w, `{"experiment":{"experiment_id":"1","name":"demo","lifecycle_stage":"active"}}`)
		case "/api/2.0/mlflow/runs/create":
			fmt.Fprint(w, `{"run":{"info":{"run_id":"abc"}}}`)
		case "/api/2.0/mlflow/runs/update":
			fmt.Fprint(w, `{"run_info":{"run_id":"abc","status":"FINISHED","end_time":1790000001000}}`)
		default:
			fmt.Fprint(w, `{}`)
		}
	}))
	defer server.Close()

	client, err := mlflow.NewClient(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdle()
	ctx := context.Background()
	experiment, _, err := client.EnsureExperiment(ctx, "demo", nil)
	if err != nil {
		log.Fatal(err)
	}
	run, err := client.CreateRun(ctx, mlflow.RunSpec{ExperimentID: experiment.ID, Name: "job_1", Start: time.Now()})
	if err != nil {
		log.Fatal(err)
	}
	err = client.LogBatch(ctx, run.Info.RunID, mlflow.Batch{Params: []mlflow.Tag{{Key: "model", Value: "small"}}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Info.RunID, client.UpdateRun(ctx, run.Info.RunID, "FINISHED", time.UnixMilli(1_790_000_001_000), ""))
	// Output: abc <nil>
}

// What a server refuses is classified by functions; whoever keeps its data comes
// back when the server is likely to take it.
func ExampleIsRetryable() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	client, err := mlflow.NewClient(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdle()

	_, err = client.GetRun(context.Background(), "abc")
	fmt.Println(err)
	fmt.Println(mlflow.IsRetryable(err), mlflow.RetryAfter(err), mlflow.IsNotFound(err))
	// Output:
	// MLflow answered 503 to GET api/2.0/mlflow/runs/get
	// true 30s false
}

// Artifacts travel through the server; a run says where its own are.
func ExampleClient_PutArtifact() {
	stored := map[string][]byte{} // the stand-in's
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Method == http.MethodPut:
			stored[r.URL.Path], _ = io.ReadAll(r.Body)
		case r.URL.Path == "/api/2.0/mlflow/artifacts/list":
			fmt.Fprint(w, `{"files":[{"path":"report.md","is_dir":false,"file_size":9}]}`)
		default:
			_, _ = w.Write(stored[r.URL.Path])
		}
	}))
	defer server.Close()
	client, err := mlflow.NewClient(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdle()

	ctx := context.Background()
	run := mlflow.RunInfo{RunID: "abc", ArtifactURI: "mlflow-artifacts:/1/abc/artifacts"}
	if err := client.PutArtifact(ctx, run.ArtifactRoot(), "report.md", []byte("# 2 pages")); err != nil {
		log.Fatal(err)
	}
	files, err := client.ListArtifacts(ctx, run.RunID, "")
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		body, err := client.GetArtifact(ctx, run.ArtifactRoot(), f.Path)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(f.Path, f.Size, string(body))
	}
	// Output: report.md 9 # 2 pages
}

func ExampleClient_SearchTraces() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"traces":[{"trace_id":"tr-00000000000000000000000000000001","state":"ERROR","execution_duration":"4.765s"}]}`)
	}))
	defer server.Close()
	client, err := mlflow.NewClient(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdle()

	traces, err := client.SearchTraces(context.Background(), "1", "attributes.status = 'ERROR'", 10)
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range traces {
		fmt.Println(t.TraceID, t.State, t.Duration)
	}
	// Output: tr-00000000000000000000000000000001 ERROR 4.765s
}

// Pages of the web interface, for a log line or a chat message.
func ExampleUI() {
	ui := mlflow.NewUI("https://mlflow.example")
	fmt.Println(ui.Run("1", "abc"))
	fmt.Println(ui.Runs("1", "tags.outcome = 'error'"))
	// Output:
	// https://mlflow.example/#/experiments/1/runs/abc
	// https://mlflow.example/#/experiments/1/runs?searchFilter=tags.outcome+%3D+%27error%27
}

// A server behind a gateway that takes OAuth2 access tokens.
func ExampleWithOAuth2() {
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/token" {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"access_token":"abc","token_type":"Bearer","expires_in":300}`)
			return
		}
		fmt.Fprint(w, r.Header.Get("Authorization"), " ", r.Header.Get("X-Team"))
	}))
	defer gateway.Close()
	client, err := mlflow.NewClient(gateway.URL,
		mlflow.WithOAuth2(mlflow.OAuth2{TokenURL: gateway.URL + "/token", ClientID: "agents", ClientSecret: "secret", Scopes: "mlflow"}),
		mlflow.WithHeaders(map[string]string{"X-Team": "research"}))
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdle()

	fmt.Println(client.Version(context.Background())) // which this gateway answers with what it was sent
	// Output: Bearer abc research <nil>
}

func ExampleParseHeaders() {
	fmt.Println(mlflow.ParseHeaders("x-team=research,x-note=a%2C%20b"))
	// Output: map[x-note:a, b x-team:research] <nil>
}

func ExampleFromEnv() {
	cfg, err := mlflow.FromEnv() // MLFLOW_TRACKING_URI and the others
	if err != nil {
		log.Fatal(err)
	}
	client, err := cfg.Client(mlflow.WithTimeout(45 * time.Second))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(client.Timeout())
	// Output: 45s
}

// A server without a route for OTLP gets a trace as MLflow's own exporter stores it.
func ExampleClient_PutTraceFile() {
	var file []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Method == http.MethodGet && r.URL.Path != "/api/2.0/mlflow-artifacts/artifacts":
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error_code":"RESOURCE_DOES_NOT_EXIST"}`)
		case r.Method == http.MethodPost:
			fmt.Fprint(w, `{"trace":{"trace_info":{"trace_id":"tr-00000000000000000000000000000001","tags":{"mlflow.artifactLocation":"mlflow-artifacts:/1/traces/t/artifacts"}}}}`)
		case r.Method == http.MethodPut:
			file, _ = io.ReadAll(r.Body)
			fmt.Fprint(w, `{}`)
		default:
			fmt.Fprint(w, `{}`)
		}
	}))
	defer server.Close()

	client, err := mlflow.NewClient(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdle()
	id := trace.TraceID{15: 1}
	span := &tracepb.Span{TraceId: id[:], SpanId: []byte{7: 1}, Name: "job", StartTimeUnixNano: 1, EndTimeUnixNano: 2}
	stored, err := client.PutTraceFile(context.Background(), mlflow.TraceInfo{
		TraceID: mlflow.TraceID(id), Location: mlflow.InExperiment("1"), RequestTime: mlflow.FormatTime(time.Unix(0, 1)), State: "OK",
	}, &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{span}}}}}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stored.Spans, "span in", len(file) > 0)
	// Output: 1 span in true
}
