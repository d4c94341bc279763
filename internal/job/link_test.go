package job_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/job"
)

// Links wait in the database as payloads of tasks, also while the program is
// replaced by another version.
func TestALinkKeepsItsStoredForm(t *testing.T) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	l := job.Link{
		ID: "i", Team: "T", Channel: "C", MessageTS: "1", ThreadTS: "2", User: "U", URL: "u", Canonical: "c", Domain: "d", Position: 1, Revision: 2,
		Source: job.FromMessage, Origin: "o", State: job.LinkDone, Outcome: "success", Error: "e", Attempt: 3, TraceID: "t",
		Created: at, Started: at, Ended: at, Failures: 4,
	}
	const stored = `{"ID":"i","Team":"T","Channel":"C","MessageTS":"1","ThreadTS":"2","User":"U","URL":"u","Canonical":"c","Domain":"d",` +
		`"Position":1,"Revision":2,"Source":"message","Origin":"o","State":"done","Outcome":"success","Error":"e","Attempt":3,"TraceID":"t",` +
		`"Created":"2026-11-28T12:00:00Z","Started":"2026-11-28T12:00:00Z","Ended":"2026-11-28T12:00:00Z","Failures":4}`
	got, err := json.Marshal(l)
	if err != nil || string(got) != stored {
		t.Errorf("stored as %s, %v", got, err)
	}
	var read job.Link
	if err := json.Unmarshal([]byte(stored), &read); err != nil || read != l {
		t.Errorf("read as %+v, %v", read, err)
	}
}

func TestRepliesGoUnderTheMessageOrIntoItsThread(t *testing.T) {
	if got := (job.Link{MessageTS: "1"}).Thread(); got != "1" {
		t.Errorf("under %s", got)
	}
	if got := (job.Link{MessageTS: "1", ThreadTS: "0.5"}).Thread(); got != "0.5" {
		t.Errorf("under %s", got)
	}
}
