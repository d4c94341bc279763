package fakeslack_test

import (
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// BenchmarkEventAckReply is one event out, its acknowledgement, and one reply in the
// thread, over real sockets with slack-go: what a load test spends in the stand-in.
func BenchmarkEventAckReply(b *testing.B) {
	s := fakeslack.New()
	if err := s.Start("127.0.0.1:0"); err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	api := slack.New(botToken, slack.OptionAPIURL(s.APIURL()), slack.OptionAppLevelToken(appToken))
	client := socketmode.New(api)
	go func() { _ = client.RunContext(b.Context()) }()
	if err := s.WaitSockets(b.Context(), 1); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p, err := s.PostEvent(map[string]any{"type": "message", "text": "<https://example.com/>"})
		if err != nil {
			b.Fatal(err)
		}
		for m := (*slackevents.MessageEvent)(nil); m == nil || m.TimeStamp != p.TS; {
			e := <-client.Events
			if e.Type != socketmode.EventTypeEventsAPI {
				continue
			}
			if err := client.Ack(*e.Request); err != nil {
				b.Fatal(err)
			}
			outer, _ := e.Data.(slackevents.EventsAPIEvent)
			m, _ = outer.InnerEvent.Data.(*slackevents.MessageEvent)
		}
		if _, _, err := api.PostMessage(p.Channel, slack.MsgOptionTS(p.TS), slack.MsgOptionText("reply", false)); err != nil {
			b.Fatal(err)
		}
	}
}
