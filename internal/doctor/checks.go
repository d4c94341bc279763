package doctor

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/technoshare/commentator/internal/redact"
)

// Folder checks a folder, which is shown. ensure makes it where it is missing,
// and fails where it cannot be written.
func Folder(name, dir string, ensure func() error) Check {
	return func(context.Context) []Finding { return outcome(name, dir, ensure(), "") }
}

// Outbox checks how many traces wait for delivery, and that none was refused.
// Traces that wait are no fault: they do so whenever the server is away.
func Outbox(count func() (waiting, refused int, err error)) Check {
	return func(context.Context) []Finding {
		waiting, refused, err := count()
		if err == nil && refused > 0 {
			err = fmt.Errorf("%d traces were refused", refused)
		}
		return outcome("outbox", fmt.Sprintf("%d traces wait", waiting), err, "; commentator outbox list says why")
	}
}

// Tracking is a tracking server, as far as the check asks it.
type Tracking interface {
	// Version returns the server's name and version.
	Version(context.Context) (string, error)
	// Answers reports whether an error of Version came from a server that runs, such
	// as one that refuses the credentials.
	Answers(err error) bool
	// HasExperiment reports whether the experiment of the settings exists.
	HasExperiment(context.Context) (bool, error)
}

// MLflow checks the tracking server at an address, which is shown, and looks for
// its experiment. A nil server is one that is switched off.
func MLflow(server Tracking, shown, experiment string) Check {
	const name = "MLflow"
	return func(ctx context.Context) []Finding {
		if server == nil {
			return outcome(name, "switched off", nil, "")
		}
		version, err := server.Version(ctx)
		if err != nil {
			hint := ""
			if !server.Answers(err) {
				hint = "; start it with scripts/start_mlflow.sh, or set MLFLOW_TRACKING_URI"
			}
			return outcome(name, "", err, hint)
		}
		there, err := server.HasExperiment(ctx)
		detail := fmt.Sprintf("%s at %s, experiment %s", version, shown, experiment)
		if !there {
			detail += " will be made"
		}
		return outcome(name, detail, err, "")
	}
}

// openAI is the base address of the model server where none is set.
const openAI = "https://api.openai.com/v1"

// Model asks an OpenAI-compatible server at the base address for its models,
// which costs nothing. An empty base is OpenAI's, an empty key is not sent.
// Only a refused key is a fault: servers that are used for the call alone may
// have no list of models, and answer 404.
func Model(base, key, model string) Check {
	const name = "model"
	base = strings.TrimSuffix(base, "/")
	if base == "" {
		base = openAI
	}
	return func(ctx context.Context) []Finding {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/models", nil)
		if err != nil {
			return outcome(name, "", err, "")
		}
		if key != "" {
			req.Header.Set("Authorization", "Bearer "+key)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return outcome(name, "", err, "; check OPENAI_BASE_URL")
		}
		_ = resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden:
			return outcome(name, "", fmt.Errorf("%s does not accept the key (%d)", redact.URL(base), resp.StatusCode), "; set OPENAI_API_KEY")
		}
		return outcome(name, model+" at "+redact.URL(base), nil, "")
	}
}

// NoModel is the finding where no model is set.
func NoModel(context.Context) []Finding {
	return outcome("model", "none configured: the offline analyst answers", nil, "")
}

// Backend checks that an OTLP endpoint answers over HTTP at the path for traces. An
// empty endpoint is none, which is fine.
// The request is empty, which a backend may accept or refuse; any answer will
// do. path is added to the endpoint.
func Backend(endpoint, path string) Check {
	const name = "second backend"
	return func(ctx context.Context) []Finding {
		if endpoint == "" {
			return outcome(name, "none: OTEL_EXPORTER_OTLP_ENDPOINT is not set", nil, "")
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(endpoint, "/")+path, http.NoBody)
		if err != nil {
			return outcome(name, "", err, "; OTEL_EXPORTER_OTLP_ENDPOINT wants an address such as http://127.0.0.1:4318")
		}
		req.Header.Set("Content-Type", "application/x-protobuf")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return outcome(name, "", err, "; start it, or unset OTEL_EXPORTER_OTLP_ENDPOINT")
		}
		_ = resp.Body.Close()
		return outcome(name, redact.URL(endpoint)+" answers", nil, "")
	}
}

// QueueStatus is what a queue says of itself.
type QueueStatus struct {
	Name                     string // the database, without credentials
	Queued, Running, Waiting int    // links
}

// Queue checks that the queue's database can be opened and read.
func Queue(status func(context.Context) (QueueStatus, error)) Check {
	return func(ctx context.Context) []Finding {
		st, err := status(ctx)
		return outcome("queue", fmt.Sprintf("%s: %d queued, %d running, %d waiting", st.Name, st.Queued, st.Running, st.Waiting), err, "")
	}
}
