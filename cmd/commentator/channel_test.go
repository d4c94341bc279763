package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// TestTheChannelInABrowser shares a link, lets the worker answer, and looks at
// the channel's page in Chromium.
func TestTheChannelInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("needs Chromium")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("Chromium is missing: apt-get install chromium")
		}
		t.Skip("Chromium is missing: apt-get install chromium")
	}
	slack := fakeslack.New(fakeslack.WithChannel(fakeslack.Channel{ID: "C01RESEARCH", Name: "research"}))
	if err := slack.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slack.Close() })

	b := newBench(t)
	b.set("MLFLOW_ENABLE_TRACKING", "false")
	b.set("MLFLOW_ENABLE_TRACING", "false")
	b.set("SLACK_API_URL", slack.APIURL())
	b.set("SLACK_APP_TOKEN", "xapp-test")
	b.set("SLACK_BOT_TOKEN", "xoxb-test")
	b.set("TECHNOSHARE_CHANNEL_ID", "C01RESEARCH")
	b.set("COMMENTATOR_HTTP_ADDR", "")

	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() {
		ended <- execute(ctx, []string{"worker"}, streams{out: io.Discard, err: io.Discard, in: strings.NewReader("")})
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			t.Errorf("the worker ended with code %d", code)
		}
	})

	wait, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := slack.WaitSockets(wait, 1); err != nil {
		t.Fatalf("the worker does not connect: %v", err)
	}
	if _, err := slack.Say(fakeslack.Typed{Channel: "C01RESEARCH", User: "U0ALICE01",
		Text: "Worth a read? " + b.page("fetch-api.html")}); err != nil {
		t.Fatal(err)
	}
	if err := slack.WaitFor(wait, func(s *fakeslack.Server) bool {
		for _, m := range s.Messages("C01RESEARCH") {
			if m["bot_id"] != nil && m["thread_ts"] != nil {
				return true
			}
		}
		return false
	}); err != nil {
		t.Fatalf("no answer in the thread: %v", err)
	}

	page, err := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(),
		"--virtual-time-budget=3000", "--dump-dom", slack.URL()+"/").Output()
	if err != nil {
		t.Fatalf("look at the page: %v", err)
	}
	for _, want := range []string{"Worth a read?", "This API is so Fetching!", "TL;DR", "Summary"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not show %q", want)
		}
	}
}
