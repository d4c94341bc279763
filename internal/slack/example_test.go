package slack_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/slack"
	"github.com/technoshare/commentator/internal/store"
)

// A bot listens, its worker answers: both halves share the stores only.
func ExampleNew() {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	fake := fakeslack.New()
	if err := fake.Start("127.0.0.1:0"); err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = fake.Close() }()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	kept, err := store.Open(ctx, filepath.Join(dir, "queue.sqlite"), store.Defaults())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = kept.Close() }()
	bot, err := slack.New(slack.Config{AppToken: "xapp-1", BotToken: "xoxb-1", MaxLinks: 3, APIURL: fake.APIURL()}, slack.Stores{
		Queue: kept.Queue, Posts: kept.Posts, People: kept.People, Marks: kept.Members, Database: kept.DB,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range bot.Check(ctx, true) {
		fmt.Println(f.Name, f.OK)
	}
	// Output:
	// Slack bot token true
	// Slack scopes true
	// Slack app token true
	// Slack channels true
}
