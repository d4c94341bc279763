package mlflow_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

func Example() {
	// A stand-in, so that the example runs without a server.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/2.0/mlflow/experiments/get-by-name":
			fmt.Fprint(w, `{"experiment":{"experiment_id":"1","name":"demo","lifecycle_stage":"active"}}`)
		case "/api/2.0/mlflow/runs/create":
			fmt.Fprint(w, `{"run":{"info":{"run_id":"abc"}}}`)
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
	fmt.Println(run.Info.RunID, client.UpdateRun(ctx, run.Info.RunID, "FINISHED", time.Now(), ""))
	// Output: abc <nil>
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
