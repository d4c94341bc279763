package fakeslack_test

import (
	"context"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// A test starts the server, lets somebody share a link, and looks at what the app
// posted.
func Example() {
	s := fakeslack.New()
	if err := s.Start("127.0.0.1:0"); err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	shared, err := s.Say(fakeslack.Typed{Text: "worth reading: https://arxiv.org/abs/1706.03762"})
	if err != nil {
		fmt.Println(err)
		return
	}

	// Here the app would get the event by its socket. It posts with Slack's API.
	api := slack.New("xoxb-any", slack.OptionAPIURL(s.APIURL()))
	_, _, err = api.PostMessage(shared.Channel, slack.MsgOptionTS(shared.TS), slack.MsgOptionText("A paper about attention.", false))
	if err != nil {
		fmt.Println(err)
		return
	}

	for _, m := range s.Messages(shared.Channel) {
		fmt.Println(m["user"], m["text"])
	}
	// Output:
	// U0ALICE01 worth reading: <https://arxiv.org/abs/1706.03762>
	// U0COMMENT A paper about attention.
}

// A response that is dropped after the post took effect is the case in which a
// careless app posts twice.
func ExampleServer_Inject() {
	s := fakeslack.New()
	if err := s.Start("127.0.0.1:0"); err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if err := s.Inject(fakeslack.Fault{Method: "chat.postMessage", DropResponse: true}); err != nil {
		fmt.Println(err)
		return
	}
	api := slack.New("xoxb-any", slack.OptionAPIURL(s.APIURL()))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, _, err := api.PostMessageContext(ctx, fakeslack.DefaultChannel, slack.MsgOptionText("hello", false))
	fmt.Println("failed:", err != nil, "posted:", len(s.Messages("")))
	// Output:
	// failed: true posted: 1
}
