package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHeadersThatAreNoCredentialsStayInContent(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS",
		"authorization=Basic c2VjcmV0LWtleQ,content-type=application/json,x-honeycomb-dataset=technoshare-commentator")
	e, err := LoadEnvironment("", false)
	if err != nil {
		t.Fatal(err)
	}
	m := new(Settings).Masker(e)
	for _, text := range []string{"The API answers with application/json.", "project technoshare-commentator"} {
		if got := m.Long().Mask(text); got != text {
			t.Errorf("content %q became %q", text, got)
		}
		if got := m.Mask(text); got == text {
			t.Errorf("an error or log shows the header %q", text)
		}
	}
	for _, m := range []*Masker{m, m.Long()} {
		if got := m.Mask("sent Basic c2VjcmV0LWtleQ"); strings.Contains(got, "c2Vj") {
			t.Errorf("a credential stays in %q", got)
		}
	}
}

func TestAnAddressWithoutItsSchemeShowsNoPassword(t *testing.T) {
	s := Settings{MLflow: MLflow{TrackingURI: "admin:hunter2hunter2@mlflow:5000", EnableTracking: true}}
	e, err := LoadEnvironment("", false)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Check()
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "mlflow:5000") {
		t.Errorf("check says %v", err)
	}
	if got := s.Masker(e).Mask("dial hunter2hunter2"); strings.Contains(got, "hunter2") {
		t.Errorf("masked: %q", got)
	}
}

func TestArgumentsThatCannotBeReadShowNoPassword(t *testing.T) {
	m := new(Masker).WithAddresses("--github-host=https://u:hunter2hunter2@ghe", "plain")
	if got := m.Mask(`--github-host: expected "<key>=<value>" but got "https://u:hunter2hunter2@ghe"`); strings.Contains(got, "hunter2") {
		t.Errorf("masked: %q", got)
	}
}

func TestADatabaseGivenByKeywordsIsRefused(t *testing.T) {
	s := Settings{Storage: Storage{DataDir: t.TempDir(), DatabaseURL: "host=db user=u password=hunter2hunter2"}}
	if err := s.Check(); err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "postgres://") {
		t.Errorf("check says %v", err)
	}
}

func TestSecretFilesAreReadWithoutBlanksAround(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	for content, want := range map[string]string{" token \n": "token", "a b\r\n": "a b", "\n": "", "": ""} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := readSecret(file); got != want || err != nil {
			t.Errorf("%q: %q, %v", content, got, err)
		}
	}
}
