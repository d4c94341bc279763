package runs

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// toldManifest is what is known of the traces of Python and Java programs beside the
// numbers, from the model server's log and from what the programs were asked.
type toldManifest struct {
	Cases []struct {
		Name   string
		Files  []string
		Traces []struct {
			TraceID     string `json:"trace_id"`
			Name        string
			State       string // of the root, where a failed call is no failure of it
			Content     string // where the messages are
			Question    string
			Answer      string
			SessionUser struct{ Session, User string } `json:"session_user"`
			// What the spans say where it is not the truth; nil where it is.
			SaidAsked     []string `json:"said_models"`
			SaidAnswering []string `json:"said_response_models"`
			Truth         struct {
				Failed         int     `json:"llm_calls_failed"`
				Written        float64 `json:"cache_creation_input_tokens"`
				Models         []string
				ResponseModels []string `json:"response_models"`
				EmbeddingCalls int      `json:"embedding_calls"`
			}
		}
	}
}

// TestCapturedTracesTellWhatWasAskedAndAnswered: name, session, user, question, answer,
// failure and models of each trace of testdata/traces/manifest-python-java.json.
func TestCapturedTracesTellWhatWasAskedAndAnswered(t *testing.T) {
	b, err := os.ReadFile("testdata/traces/manifest-python-java.json")
	if err != nil {
		t.Fatal(err)
	}
	var m toldManifest
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Cases {
		byID := map[string]Projection{}
		for _, p := range project(loadCase(t, c.Files), Rules{}) {
			byID[p.TraceID.String()] = p
		}
		for _, tr := range c.Traces {
			p := byID[tr.TraceID]
			same := func(what, got, want string) {
				if got != want {
					t.Errorf("%s %s: %s %q, want %q", c.Name, tr.TraceID[:8], what, got, want)
				}
			}
			same("name", p.Trace.Name, tr.Name)
			same("session", p.Trace.SessionID, tr.SessionUser.Session)
			same("user", p.Trace.UserID, tr.SessionUser.User)
			failed := tr.Truth.Failed > 0
			state := map[bool]string{true: "ERROR", false: "OK"}[failed]
			if tr.State != "" {
				state = tr.State
			}
			same("state", p.Trace.State, state)
			if tr.Content == "attributes" || tr.Content == "span_events" {
				same("question", p.Trace.RequestPreview, tr.Question)
				if !failed && tr.Answer != "" { // else it was a call of a tool
					same("answer", p.Trace.ResponsePreview, tr.Answer)
				}
			}
			if state == "ERROR" && !strings.Contains(p.Runs[0].Tags["error"], "400") && !strings.Contains(p.Runs[0].Tags["error"], "500") {
				t.Errorf("%s %s: error %q does not say what the model server said", c.Name, tr.TraceID[:8], p.Runs[0].Tags["error"])
			}
			if got := metrics(p.Runs[0])["cache_creation_input_tokens"]; got != tr.Truth.Written {
				t.Errorf("%s %s: written to the cache %v, want %v", c.Name, tr.TraceID[:8], got, tr.Truth.Written)
			}
			asked := tr.Truth.Models
			if tr.SaidAsked != nil {
				asked = tr.SaidAsked
			}
			if tr.Truth.EmbeddingCalls == 0 {
				same("models", sorted(p.Runs[0].Params["model"]), strings.Join(asked, ", "))
			}
			answering := slices.DeleteFunc(slices.Clone(tr.Truth.ResponseModels), func(name string) bool {
				return slices.Contains(tr.Truth.Models, name)
			})
			if tr.SaidAnswering != nil {
				answering = tr.SaidAnswering
			}
			same("answering models", sorted(p.Runs[0].Params["response_model"]), strings.Join(answering, ", "))
		}
	}
}

// sorted puts the values of a setting in the order of the alphabet.
func sorted(list string) string {
	values := strings.Split(list, ", ")
	slices.Sort(values)
	return strings.Join(values, ", ")
}
