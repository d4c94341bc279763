package mlflow_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
)

func TestEnvironmentUnderMLflowsNames(t *testing.T) {
	unset := []string{"URI", "USERNAME", "PASSWORD", "PASSWORD_FILE", "TOKEN", "TOKEN_FILE", "INSECURE_TLS", "SERVER_CERT_PATH", "CLIENT_CERT_PATH"}
	for _, k := range unset {
		t.Setenv("MLFLOW_TRACKING_"+k, "")
	}
	for _, k := range []string{"MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID", "MLFLOW_ENABLE_TRACKING", "MLFLOW_ENABLE_TRACING"} {
		t.Setenv(k, "")
	}
	c, err := mlflow.FromEnv()
	if want := (mlflow.Config{URI: "http://127.0.0.1:5000", EnableTracking: true, EnableTracing: true}); err != nil || c != want {
		t.Fatalf("defaults %+v, %v", c, err)
	}
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MLFLOW_TRACKING_URI", "http://mlflow:5000/x")
	t.Setenv("MLFLOW_TRACKING_USERNAME", "ann")
	t.Setenv("MLFLOW_TRACKING_PASSWORD", "pw")
	t.Setenv("MLFLOW_TRACKING_TOKEN_FILE", file)
	t.Setenv("MLFLOW_TRACKING_INSECURE_TLS", "True")
	t.Setenv("MLFLOW_ENABLE_TRACING", "off")
	t.Setenv("MLFLOW_EXPERIMENT_NAME", "exp")
	t.Setenv("MLFLOW_EXPERIMENT_ID", " 7 ")
	c, err = mlflow.FromEnv()
	want := mlflow.Config{
		URI: "http://mlflow:5000/x", ExperimentName: "exp", ExperimentID: "7", EnableTracking: true,
		Username: "ann", Password: "pw", Token: "from-file", InsecureTLS: true,
	}
	if err != nil || c != want {
		t.Fatalf("%+v, %v", c, err)
	}
	t.Setenv("MLFLOW_ENABLE_TRACKING", "perhaps")
	t.Setenv("MLFLOW_TRACKING_TOKEN_FILE", file+"-missing")
	if _, err := mlflow.FromEnv(); err == nil || !strings.Contains(err.Error(), "MLFLOW_ENABLE_TRACKING") || !strings.Contains(err.Error(), "MLFLOW_TRACKING_TOKEN_FILE") {
		t.Errorf("both mistakes should be told: %v", err)
	}
}

func TestCertificateFilesAreChecked(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bad, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []mlflow.Option{mlflow.WithCAFile(bad), mlflow.WithCAFile(bad + "x"), mlflow.WithClientCertFile(bad)} {
		if _, err := mlflow.NewClient("https://h", o); err == nil {
			t.Error("a bad certificate file was accepted")
		}
	}
}
