package mlflow

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// ParseHeaders reads name=value,name=value with values in percent encoding: the
// form of OTEL_EXPORTER_OTLP_HEADERS (OpenTelemetry protocol exporter
// specification). Blanks around names and values do not count. The error shows no
// value.
func ParseHeaders(list string) (map[string]string, error) {
	out := map[string]string{}
	for pair := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, errors.New("an entry is not name=value; write name=value,name=value, and a comma in a value as %2C")
		}
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if err != nil {
			return nil, fmt.Errorf("the value of %s is not in percent encoding; write %% as %%25", name)
		}
		out[name] = value
	}
	return out, nil
}

// workspaceHeader names the workspace of a request (mlflow/utils/workspace_utils.py).
const workspaceHeader = "X-Mlflow-Workspace"

// workspaceName is the pattern of MLflow's WorkspaceNameValidator.
var workspaceName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

// ownHeaders are set by the client itself, or for each request.
var ownHeaders = []string{
	"Connection", "Content-Encoding", "Content-Length", "Content-Type", "Cookie", "Host", "Transfer-Encoding", "X-Mlflow-Experiment-Id",
}

// requestHeaders returns what every request carries.
func (c config) requestHeaders() (http.Header, error) {
	h := http.Header{}
	for name, value := range c.headers {
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return nil, fmt.Errorf("%q is no name of an HTTP header: mend MLFLOW_TRACKING_HEADERS", name)
		case !httpguts.ValidHeaderFieldValue(value):
			return nil, fmt.Errorf("the value of header %s has a character that HTTP does not allow: mend MLFLOW_TRACKING_HEADERS", name)
		case slices.Contains(ownHeaders, name):
			return nil, fmt.Errorf("header %s is set by the client itself: take it out of MLFLOW_TRACKING_HEADERS", name)
		}
		h.Set(name, value)
	}
	workspace := c.workspace
	if workspace == "" && c.kubernetes && c.namespaced {
		var err error
		if workspace, err = podNamespace(c.serviceAccount); err != nil {
			return nil, err
		}
	}
	if workspace != "" {
		if !workspaceName.MatchString(workspace) {
			return nil, fmt.Errorf("%q is no name of an MLflow workspace: write lowercase letters, digits and hyphens in MLFLOW_WORKSPACE",
				workspace)
		}
		h.Set(workspaceHeader, workspace)
	}
	return h, nil
}

// headerSecrets are the values of headers that may be credentials: all but the
// workspace's.
func (c config) headerSecrets() []string {
	var out []string
	for _, value := range c.headers {
		out = append(out, value)
		if _, credentials, ok := strings.Cut(value, " "); ok { // Bearer, Basic, ApiKey
			out = append(out, credentials)
		}
	}
	return out
}
