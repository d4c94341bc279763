package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// Config is how MLflow is reached, for every client that the program makes. It
// carries the credentials.
func (m MLflow) Config() mlflow.Config {
	name := m.ExperimentName
	if m.ExperimentID != "" {
		name = "" // which has a default, and would contradict the id
	}
	tokenFile, secretFile := m.TokenFile, m.OAuth2SecretFile
	if m.Token.IsSet() {
		tokenFile = "" // the secret itself wins over its file
	}
	if m.OAuth2Secret.IsSet() {
		secretFile = ""
	}
	return mlflow.Config{
		URI: m.TrackingURI.Reveal(), ExperimentName: name, ExperimentID: m.ExperimentID, ParentRunID: m.ParentRunID, UIURL: m.UIURL,
		EnableTracking: m.EnableTracking, EnableTracing: m.EnableTracing, DisableArtifacts: !m.EnableArtifacts,
		Timeout: time.Duration(m.RequestTimeout * float64(time.Second)), MaxRetries: m.MaxRetries,
		Username: m.Username, Password: m.Password.Reveal(), Token: m.Token.Reveal(), TokenFile: tokenFile,
		OAuth2: mlflow.OAuth2{
			TokenURL: m.OAuth2TokenURL, ClientID: m.OAuth2ClientID, ClientSecret: m.OAuth2Secret.Reveal(), ClientSecretFile: secretFile,
			Scopes: m.OAuth2Scopes, Audience: m.OAuth2Audience, Params: m.OAuth2Params.Reveal(),
		},
		Auth: m.Auth, Headers: m.Headers.Reveal(), Workspace: m.Workspace,
		InsecureTLS: m.InsecureTLS, CAFile: m.CAFile, ClientCertFile: m.ClientCertFile, InsecureStorageTLS: m.InsecureStorage,
	}.WithSystemDefaults()
}

// check refuses what is no server's address, in the words of package mlflow, and
// puts the address right that somebody pasted out of a browser.
func (m *MLflow) check() error {
	if !m.EnableTracking && !m.EnableTracing {
		return nil
	}
	u, err := mlflow.ParseURI(m.TrackingURI.Reveal())
	if err != nil {
		return fmt.Errorf("MLFLOW_TRACKING_URI: %w", err)
	}
	m.TrackingURI = Address(u.String())
	if m.RequestTimeout < 0 || m.RequestTimeout > maxTimeout {
		return fmt.Errorf("MLFLOW_HTTP_REQUEST_TIMEOUT is %g: write a number of seconds, such as 120", m.RequestTimeout)
	}
	if m.MaxRetries < 0 {
		return errors.New("MLFLOW_HTTP_REQUEST_MAX_RETRIES is negative: write a number, such as 7")
	}
	return nil
}

// maxTimeout bounds what is taken for a wait, in seconds: beyond it a duration
// overflows.
const maxTimeout = 1e9

// mlflowValue is a variable's value as package mlflow reads it, in kong's form;
// "" is unset. Variables of other names stay as they are.
func (f field) mlflowValue(value string) string {
	if !strings.HasPrefix(f.Name, "MLFLOW_") {
		return value
	}
	value = strings.TrimSpace(value)
	if f.value.Kind() == reflect.Bool {
		if on, err := mlflow.ParseBool(value); err == nil {
			return strconv.FormatBool(on)
		}
	}
	return value
}

// readAsMLflow puts the MLFLOW_* variables of the process into the form in which
// kong reads them as package mlflow would: empty ones, which a compose file with
// ${NAME:-} leaves, are unset.
func readAsMLflow(fields map[string]field) error {
	for name, f := range fields {
		value, set := os.LookupEnv(name)
		if !set || !strings.HasPrefix(name, "MLFLOW_") {
			continue
		}
		var err error
		switch read := f.mlflowValue(value); read {
		case "":
			err = os.Unsetenv(name)
		case value:
		default:
			err = os.Setenv(name, read)
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	return nil
}
