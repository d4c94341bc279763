package slack_test

import (
	"fmt"
	"testing"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/slack"
)

func TestDirectPosterPostsOnce(t *testing.T) {
	w := newWorld(t)
	p, err := slack.NewDirectPoster(slack.Config{BotToken: "xoxb-test", APIURL: w.slack.APIURL()}, channel)
	if err != nil {
		t.Fatal(err)
	}
	w.inject(fakeslack.Fault{Method: "chat.postMessage", DropResponse: true})
	j := job.Job{ID: "j1"}
	messages := []job.Message{{Text: "one"}, {Text: "two"}}
	posted, err := p.Post(t.Context(), j, messages)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.Post(t.Context(), j, messages); err != nil || again != posted {
		t.Errorf("second call: %+v, %v", again, err)
	}
	var got []string
	for _, m := range w.slack.Messages(channel) {
		got = append(got, fmt.Sprint(m["text"]))
	}
	if len(got) != 2 || got[0] != "one" || posted.Permalink == "" || len(replies(w.slack, posted.TS)) != 1 {
		t.Errorf("posted %q, %+v", got, posted)
	}
}
