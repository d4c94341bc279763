package mlflow_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
)

func TestConfigShowsNoSecrets(t *testing.T) {
	c := mlflow.Config{URI: "https://user:s3cr3t-uri@mlflow.example/base", Username: "ann", Password: "s3cr3t-password", Token: "s3cr3t-token",
		Headers: "x-key=s3cr3t", OAuth2: mlflow.OAuth2{TokenURL: "https://u:s3cr3t@idp", ClientSecret: "s3cr3t", Params: "client_assertion=s3cr3t"}}
	within := struct{ Config mlflow.Config }{c}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("set up", "config", c)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("set up", "config", c)
	encoded, err := json.Marshal(within)
	if err != nil {
		t.Fatal(err)
	}
	for form, text := range map[string]string{
		"%v": fmt.Sprintf("%v", c), "%+v": fmt.Sprintf("%+v", c), "%#v": fmt.Sprintf("%#v", c), "%s": fmt.Sprintf("%s", c),
		"%q": fmt.Sprintf("%q", c), "pointer": fmt.Sprintf("%+v", &c), "field": fmt.Sprintf("%+v", within),
		"log": log.String(), "JSON": string(encoded),
	} {
		if strings.Contains(text, "s3cr3t") {
			t.Errorf("%s shows a secret: %s", form, text)
		}
		if !strings.Contains(text, "mlflow.example/base") || !strings.Contains(text, "ann") {
			t.Errorf("%s does not show the rest: %s", form, text)
		}
	}
	if bad := (mlflow.Config{URI: "http://user:s3cr3t@[::1"}); strings.Contains(fmt.Sprint(bad), "s3cr3t") {
		t.Errorf("an address that is none shows a secret: %v", bad)
	}
	if bad := (mlflow.Config{URI: "http://user:a@s3cr3t/s3cr3t@h"}); strings.Contains(fmt.Sprint(bad), "s3cr3t") {
		t.Errorf("a password with a slash shows: %v", bad)
	}
	if empty := fmt.Sprintf("%+v", mlflow.Config{}); strings.Contains(empty, "***") {
		t.Errorf("a mark where no secret is set: %s", empty)
	}
}
