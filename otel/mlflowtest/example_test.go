package mlflowtest_test

import (
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// In a test package, server.Stop() stands in TestMain, and t is a test's.
func Example() {
	server := mlflowtest.New(mlflowtest.WithWorkers(2))
	defer server.Stop()

	test := func(t *testing.T) {
		proxy := mlflowtest.NewProxy(t, server.URI(t), "", false)
		client, err := mlflow.NewClient(proxy.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.CloseIdle)
		e, _, err := client.EnsureExperiment(t.Context(), mlflowtest.Experiment(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		proxy.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
			return mlflowtest.Fault{CutAfter: r.Path == "api/2.0/mlflow/runs/create"}
		})
		_, err = client.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: e.ID, Start: time.Now()})
		if !mlflow.IsAmbiguous(err) {
			t.Errorf("a create without an answer: %v", err)
		}
	}
	_ = test
}

// A server that is replaced by a newer release while a program uses it. In a test
// package, t is a test's.
func ExampleServer_Restart() {
	server := mlflowtest.New(mlflowtest.WithVersion("3.12.0"), mlflowtest.WithServerArgs("--gunicorn-opts", "--timeout 60"))
	defer server.Stop()

	test := func(t *testing.T) {
		uri := server.URI(t)
		server.Down()
		// The program sees that nobody answers.
		server.Restart(t, mlflowtest.WithVersion("3.17.2"))
		if again := server.URI(t); again != uri {
			t.Errorf("the address is %s, not %s any more", again, uri)
		}
	}
	_ = test
}

func ExampleReservePort() {
	port, release, err := mlflowtest.ReservePort()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer release()
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))) // as a server does that a test starts
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = l.Close() }()
	fmt.Println("listening")
	// Output: listening
}
