package mlflow_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// bare removes everything from the environment that a client would honour.
func bare(t *testing.T) {
	for _, k := range mlflow.HonouredEnv() {
		t.Setenv(k, "")
	}
	t.Setenv("HOME", t.TempDir())
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestEnvironmentUnderMLflowsNames(t *testing.T) {
	bare(t)
	c, err := mlflow.FromEnv()
	defaults := mlflow.Config{URI: "http://127.0.0.1:5000", EnableTracking: true, EnableTracing: true}
	if err != nil || c != defaults {
		t.Fatalf("defaults %+v, %v", c, err)
	}
	token, password := write(t, "token", "of-the-file\n"), write(t, "password", "pw\n")
	for k, v := range map[string]string{
		"MLFLOW_TRACKING_URI": " http://mlflow:5000/x ", "MLFLOW_TRACKING_USERNAME": "ann", "MLFLOW_TRACKING_PASSWORD_FILE": password,
		"MLFLOW_TRACKING_TOKEN_FILE": token, "MLFLOW_TRACKING_INSECURE_TLS": "True", "MLFLOW_ENABLE_TRACING": "off",
		"MLFLOW_ENABLE_ARTIFACTS": "0", "MLFLOW_EXPERIMENT_NAME": "exp", "MLFLOW_EXPERIMENT_ID": " 7 ", "MLFLOW_RUN_ID": "r1",
		"MLFLOW_UI_URL": "https://ui", "MLFLOW_HTTP_REQUEST_TIMEOUT": "90", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
		"MLFLOW_TRACKING_AUTH": "kubernetes", "MLFLOW_TRACKING_HEADERS": "x-team=a%20b", "MLFLOW_WORKSPACE": "team-a",
		"MLFLOW_TRACKING_OAUTH2_TOKEN_URL": "https://idp", "MLFLOW_TRACKING_OAUTH2_CLIENT_ID": "id",
		"MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET": "s", "MLFLOW_TRACKING_OAUTH2_SCOPES": "a b", "MLFLOW_TRACKING_OAUTH2_AUDIENCE": "aud",
		"MLFLOW_S3_IGNORE_TLS": "true", "MLFLOW_TRACKING_OAUTH2_PARAMS": "resource=r", "MLFLOW_TRACKING_SERVER_CERT_PATH": "ca", "MLFLOW_TRACKING_CLIENT_CERT_PATH": "cert",
	} {
		t.Setenv(k, v)
	}
	c, err = mlflow.FromEnv()
	want := mlflow.Config{
		URI: "http://mlflow:5000/x", ExperimentName: "exp", ExperimentID: "7", ParentRunID: "r1", UIURL: "https://ui",
		EnableTracking: true, DisableArtifacts: true,
		Timeout: 90 * time.Second, MaxRetries: 3, Username: "ann", Password: "pw", TokenFile: token, Auth: "kubernetes",
		OAuth2:  mlflow.OAuth2{TokenURL: "https://idp", ClientID: "id", ClientSecret: "s", Scopes: "a b", Audience: "aud", Params: "resource=r"},
		Headers: "x-team=a%20b", Workspace: "team-a", InsecureTLS: true, CAFile: "ca", ClientCertFile: "cert", InsecureStorageTLS: true,
	}
	if err != nil || c != want {
		t.Fatalf("%+v, %v", c, err)
	}
}

func TestEveryMistakeInTheEnvironmentIsTold(t *testing.T) {
	bare(t)
	for k, v := range map[string]string{
		"MLFLOW_ENABLE_TRACKING": "perhaps", "MLFLOW_TRACKING_TOKEN_FILE": "/nowhere/token", "MLFLOW_HTTP_REQUEST_TIMEOUT": "1m",
		"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "-1", "MLFLOW_TRACKING_PASSWORD_FILE": write(t, "empty", "\n"),
		"MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET_FILE": write(t, "large", strings.Repeat("s3cret", 20<<10)),
	} {
		t.Setenv(k, v)
		if _, err := mlflow.FromEnv(); err == nil || !strings.Contains(err.Error(), k) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s is not told: %v", k, err)
		}
	}
	_, err := mlflow.FromEnv()
	if n := len(strings.Split(err.Error(), "\n")); n != 6 {
		t.Errorf("%d of 6 mistakes are told: %v", n, err)
	}
	t.Setenv("MLFLOW_TRACKING_TOKEN", "wins")
	if _, err := mlflow.FromEnv(); strings.Contains(err.Error(), "TOKEN_FILE") {
		t.Errorf("the file beside a token is looked at: %v", err)
	}
}

func TestSettingsThatCannotWorkAreRefusedWithTheirVariable(t *testing.T) {
	for want, c := range map[string]mlflow.Config{
		"MLFLOW_TRACKING_AUTH":                      {Auth: "my-plugin"},
		"MLFLOW_TRACKING_HEADERS: an entry":         {Headers: "s3cret"},
		"is set by the client itself":               {Headers: "content-type=x"},
		"no name of an HTTP header":                 {Headers: "a b=s3cret"},
		"does not allow":                            {Headers: "x-a=s3cret%0A"},
		"percent encoding":                          {Headers: "x-a=s3cret%"},
		"MLFLOW_WORKSPACE":                          {Workspace: "Team A"},
		"MLFLOW_TRACKING_OAUTH2_TOKEN_URL":          {OAuth2: mlflow.OAuth2{ClientID: "x"}},
		"mend MLFLOW_TRACKING_OAUTH2_TOKEN_URL":     {OAuth2: mlflow.OAuth2{TokenURL: "https://u:s3cret@idp", ClientID: "x", ClientSecret: "s3cret"}},
		"MLFLOW_TRACKING_OAUTH2_CLIENT_ID":          {OAuth2: mlflow.OAuth2{TokenURL: "https://idp"}},
		"MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET,":     {OAuth2: mlflow.OAuth2{TokenURL: "https://idp", ClientID: "x"}},
		"MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET_FILE": {OAuth2: mlflow.OAuth2{TokenURL: "https://idp", ClientID: "x", ClientSecretFile: "/nowhere"}},
		"scope has a setting of its own":            {OAuth2: mlflow.OAuth2{TokenURL: "https://idp", ClientID: "x", ClientSecret: "s3cret", Params: "scope=a"}},
		"MLFLOW_TRACKING_TOKEN_FILE":                {TokenFile: "/nowhere/token"},
		"kubectl create token":                      {Auth: "kubernetes"},
	} {
		c.URI = "https://h"
		if _, err := c.Client(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("want a word on %q: %v", want, err)
		}
	}
}

func TestWhatMLflowTakesFromElsewhereIsTakenToo(t *testing.T) {
	bare(t)
	home := os.Getenv("HOME")
	if err := os.Mkdir(filepath.Join(home, ".mlflow"), 0o700); err != nil {
		t.Fatal(err)
	}
	ini := "# written by hand\n[other]\nmlflow_tracking_username = no\n[mlflow]\n; mlflow_tracking_username = no\nMLFLOW_tracking_username = ann\n" +
		"mlflow_tracking_password: p=%%w\n"
	if err := os.WriteFile(filepath.Join(home, ".mlflow", "credentials"), []byte(ini), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CURL_CA_BUNDLE", "/curl.pem")
	for name, tt := range map[string]struct {
		env                map[string]string
		user, password, ca string
	}{
		"credentials file":           {nil, "ann", "p=%w", ""},
		"the environment wins":       {map[string]string{"MLFLOW_TRACKING_USERNAME": "bob", "MLFLOW_TRACKING_PASSWORD": "b"}, "bob", "b", ""},
		"each of the two on its own": {map[string]string{"MLFLOW_TRACKING_USERNAME": "bob"}, "bob", "p=%w", ""},
		"a token wins":               {map[string]string{"MLFLOW_TRACKING_TOKEN": "t"}, "", "", ""},
		"the URI wins":               {map[string]string{"MLFLOW_TRACKING_URI": "http://u:p@h"}, "", "", ""},
		"curl's bundle":              {map[string]string{"MLFLOW_TRACKING_URI": "https://h"}, "ann", "p=%w", "/curl.pem"},
		"requests' bundle":           {map[string]string{"MLFLOW_TRACKING_URI": "https://h", "REQUESTS_CA_BUNDLE": "/r.pem"}, "ann", "p=%w", "/r.pem"},
		"MLflow's own": {map[string]string{"MLFLOW_TRACKING_URI": "https://h", "REQUESTS_CA_BUNDLE": "/r.pem",
			"MLFLOW_TRACKING_SERVER_CERT_PATH": "/m.pem"}, "ann", "p=%w", "/m.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			c, err := mlflow.FromEnv()
			if err != nil || c.Username != tt.user || c.Password != tt.password || c.CAFile != tt.ca {
				t.Errorf("user %q, password %q, certificates %q, %v", c.Username, c.Password, c.CAFile, err)
			}
		})
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
