package comment

import (
	"encoding/json"
	"fmt"

	"github.com/slack-go/slack"

	"github.com/technoshare/commentator/internal/job"
)

// Comment is what a reply says.
type Comment struct {
	URL, Title string
	Result     *job.Comment
	// Adapter and Coverage say how the page was read; CoverageNote why not
	// all of it.
	Adapter, Coverage, CoverageNote string
	// Offline says that no model was asked.
	Offline          bool
	RunURL, TraceURL string // pages in MLflow; empty for none
}

// Problem is why there is no comment.
type Problem struct {
	URL, Title string
	Outcome    string   // gate_failed, error, no_urls
	Reasons    []string // failed gates as "name: detail", or the error
	RunURL     string
	TraceURL   string
}

// Message is one message for Slack's chat.postMessage. Text is what
// notifications and screen readers use.
type Message struct {
	Text   string        `json:"text"`
	Blocks []slack.Block `json:"blocks"`
}

// UnmarshalJSON reads a message that was stored as JSON.
func (m *Message) UnmarshalJSON(b []byte) error {
	var raw struct {
		Text   string       `json:"text"`
		Blocks slack.Blocks `json:"blocks"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return fmt.Errorf("read a Slack message: %w", err)
	}
	m.Text, m.Blocks = raw.Text, raw.Blocks.BlockSet
	return nil
}
