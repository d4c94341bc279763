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

// OutboxStatus is what lies in the outbox, in traces.
type OutboxStatus struct {
	Waiting    int
	Elsewhere  int // made for another server
	Refused    int // or unreadable
	Incomplete int // delivered but for what the server does not take
}

// Outbox checks how many traces wait for delivery, and that none was refused.
// Traces that wait are no fault: they do so whenever the server is away.
// Those for another server are noted.
func Outbox(count func() (OutboxStatus, error)) Check {
	const name, hint = "outbox", "; commentator outbox list says why"
	return func(context.Context) []Finding {
		st, err := count()
		if err == nil && st.Refused > 0 {
			err = fmt.Errorf("%d traces were refused", st.Refused)
		}
		detail := fmt.Sprintf("%d traces wait", st.Waiting)
		more := ""
		if st.Elsewhere > 0 {
			more += fmt.Sprintf(", %d were made for another server (commentator outbox retry --here delivers them to this one)", st.Elsewhere)
		}
		if st.Incomplete > 0 {
			more += fmt.Sprintf(", %d are delivered but for parts that the server does not take", st.Incomplete)
		}
		if err == nil && more != "" {
			return []Finding{Noted(name, detail+more+hint)}
		}
		return outcome(name, detail, err, hint)
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
	Clock                    string // what is wrong with the database's clock; empty for nothing
}

// Queue checks that the queue's database can be opened and read.
func Queue(status func(context.Context) (QueueStatus, error)) Check {
	return func(ctx context.Context) []Finding {
		st, err := status(ctx)
		found := outcome("queue", fmt.Sprintf("%s: %d queued, %d running, %d waiting", st.Name, st.Queued, st.Running, st.Waiting), err, "")
		if st.Clock != "" {
			found = append(found, Noted("clock", st.Clock))
		}
		return found
	}
}
