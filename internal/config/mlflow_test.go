package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/otel/mlflow"
)

// What the library honours must not be ignored by the program.
func TestEveryVariableOfTheLibraryIsASetting(t *testing.T) {
	var names []string
	for _, v := range config.Variables() {
		names = append(names, v.Name)
	}
	n := 0
	for _, name := range mlflow.HonouredEnv() {
		if !strings.HasPrefix(name, "MLFLOW_") {
			continue // read by Config.WithSystemDefaults and Go's own packages, for both
		}
		n++
		of, file := strings.CutSuffix(name, "_FILE")
		if !slices.Contains(names, name) && !(file && slices.Contains(config.Secrets(), of)) {
			t.Errorf("%s is no setting", name)
		}
	}
	if n < 25 {
		t.Errorf("only %d variables were looked at", n)
	}
}

// bare removes everything that reaches MLflow from the test's environment.
func bare(t *testing.T) {
	t.Helper()
	unset(t, mlflow.HonouredEnv()...)
	t.Setenv("HOME", t.TempDir())
}

// Program and library read the same environment alike.
func TestTheEnvironmentMeansTheSameToTheLibrary(t *testing.T) {
	file := write(t, "secret", "of-the-file\n")
	for name, env := range map[string]map[string]string{
		"nothing": {},
		"all": {
			"MLFLOW_TRACKING_URI": "https://h/x", "MLFLOW_EXPERIMENT_NAME": "e", "MLFLOW_RUN_ID": "r", "MLFLOW_UI_URL": "https://ui",
			"MLFLOW_WORKSPACE": "w", "MLFLOW_ENABLE_TRACKING": "false", "MLFLOW_ENABLE_TRACING": "0", "MLFLOW_ENABLE_ARTIFACTS": "no",
			"MLFLOW_HTTP_REQUEST_TIMEOUT": "90.5", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3", "MLFLOW_TRACKING_USERNAME": "u",
			"MLFLOW_TRACKING_PASSWORD": "p", "MLFLOW_TRACKING_TOKEN": "t", "MLFLOW_TRACKING_AUTH": "kubernetes",
			"MLFLOW_TRACKING_HEADERS": "a=b", "MLFLOW_TRACKING_OAUTH2_TOKEN_URL": "https://idp", "MLFLOW_TRACKING_OAUTH2_CLIENT_ID": "id",
			"MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET": "s", "MLFLOW_TRACKING_OAUTH2_SCOPES": "a b", "MLFLOW_TRACKING_OAUTH2_AUDIENCE": "aud",
			"MLFLOW_S3_IGNORE_TLS": "true", "MLFLOW_TRACKING_OAUTH2_PARAMS": "r=1", "MLFLOW_TRACKING_INSECURE_TLS": "true", "MLFLOW_TRACKING_SERVER_CERT_PATH": "/ca",
			"MLFLOW_TRACKING_CLIENT_CERT_PATH": "/cert",
		},
		"files": {
			"MLFLOW_TRACKING_PASSWORD_FILE": file, "MLFLOW_TRACKING_TOKEN_FILE": file, "MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET_FILE": file,
		},
		"files beside secrets": {
			"MLFLOW_TRACKING_TOKEN": "t", "MLFLOW_TRACKING_TOKEN_FILE": file,
			"MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET": "s", "MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET_FILE": file,
		},
		"empty, as compose leaves them": {
			"MLFLOW_TRACKING_URI": "", "MLFLOW_ENABLE_TRACKING": "", "MLFLOW_ENABLE_TRACING": " ", "MLFLOW_ENABLE_ARTIFACTS": "",
			"MLFLOW_HTTP_REQUEST_TIMEOUT": "", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "", "MLFLOW_TRACKING_TOKEN": "", "MLFLOW_TRACKING_TOKEN_FILE": file,
			"MLFLOW_TRACKING_INSECURE_TLS": "", "MLFLOW_EXPERIMENT_ID": " ", "MLFLOW_TRACKING_PASSWORD": " ",
		},
		"blanks and other words": {
			"MLFLOW_TRACKING_URI": " http://h ", "MLFLOW_ENABLE_TRACKING": "Off", "MLFLOW_ENABLE_TRACING": "YES ", "MLFLOW_EXPERIMENT_ID": " 7\n",
			"MLFLOW_TRACKING_TOKEN": " t ", "MLFLOW_HTTP_REQUEST_TIMEOUT": " 5 ", "MLFLOW_TRACKING_INSECURE_TLS": "on",
		},
		"bundle of requests": {"MLFLOW_TRACKING_URI": "https://h", "REQUESTS_CA_BUNDLE": " /r.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			bare(t)
			for k, v := range env {
				t.Setenv(k, v)
			}
			want, err := mlflow.FromEnv()
			if err != nil {
				t.Fatal(err)
			}
			s, err := parseFrom(load(t, ""))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Check(); err != nil {
				t.Fatal(err)
			}
			got := s.MLflow.Config()
			if want.ExperimentName == "" && want.ExperimentID == "" {
				want.ExperimentName = "technoshare_commentator" // the program's own default
			}
			if got != want {
				t.Errorf("the program has %+v\nthe library  %+v", got, want)
			}
		})
	}
}

func TestTheDotEnvIsReadAsTheEnvironmentIs(t *testing.T) {
	bare(t)
	t.Setenv("MLFLOW_EXPERIMENT_NAME", " ") // as good as none
	e := load(t, write(t, ".env", "MLFLOW_TRACKING_URI=\" http://h \"\nMLFLOW_ENABLE_TRACING=off\nMLFLOW_EXPERIMENT_NAME=e\n"))
	s, err := parseFrom(e)
	if err != nil {
		t.Fatal(err)
	}
	if s.MLflow.TrackingURI.Reveal() != "http://h" || s.MLflow.EnableTracing || s.MLflow.ExperimentName != "e" {
		t.Errorf("%+v", s.MLflow)
	}
}

func TestAnAddressOutOfABrowserIsPutRight(t *testing.T) {
	s := parse(t, "--tracking-uri=http://u:p@h:5000/x/?a=b#/experiments/1")
	if err := s.Check(); err != nil || s.MLflow.TrackingURI.Reveal() != "http://u:p@h:5000/x" {
		t.Errorf("%q, %v", s.MLflow.TrackingURI.Reveal(), err)
	}
}

func TestAPasswordThatWasNotEscapedIsNotShown(t *testing.T) {
	for _, uri := range []string{"http://user:p@walnut/cedar@h", "http://user:walnut/cedar@h", "http://user:walnut?cedar@h", "http://user:walnut#cedar@h"} {
		s := parse(t, "--tracking-uri="+uri)
		err := s.Check()
		if err == nil || !strings.Contains(err.Error(), "%2F") {
			t.Errorf("%s: %v", uri, err)
		}
		m := s.Masker(load(t, ""))
		for _, text := range []string{fmt.Sprint(err), s.MLflow.TrackingURI.String(), m.Mask(uri)} {
			if strings.Contains(text, "walnut") || strings.Contains(text, "cedar") {
				t.Errorf("%s is shown as %q", uri, text)
			}
		}
	}
}

func TestMaskerKnowsWhatMLflowIsReachedBy(t *testing.T) {
	bare(t)
	home := os.Getenv("HOME")
	if err := os.Mkdir(filepath.Join(home, ".mlflow"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".mlflow", "credentials"), []byte("[mlflow]\nmlflow_tracking_password = of-the-home\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MLFLOW_TRACKING_TOKEN_FILE", write(t, "token", "of-the-token-file"))
	t.Setenv("MLFLOW_TRACKING_HEADERS", "x-api-key=of%20the-header,authorization=Bearer of-authorization")
	e := load(t, "")
	s, err := parseFrom(e, "--oauth2-client-id=me", "--oauth2-client-secret=of+oauth", "--oauth2-params=client_assertion=of-assertion",
		"--token-file="+write(t, "other", "of-the-flag"))
	if err != nil {
		t.Fatal(err)
	}
	m := s.Masker(e)
	for _, secret := range []string{
		"of-the-home", "of-the-token-file", "of the-header", "of%20the-header", "Bearer of-authorization", "of+oauth", "of%2Boauth", "bWU6b2YlMkJvYXV0aA==",
		"of-assertion", "of-the-flag",
	} {
		if got := m.Mask("<" + secret + ">"); got != "<***>" {
			t.Errorf("%s is shown as %s", secret, got)
		}
	}
}
