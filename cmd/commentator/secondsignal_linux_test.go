package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// insist asks a process to end again and again until it has, and gives its exit code; -1 for one that died of it.
func insist(t *testing.T, p *process) int {
	t.Helper()
	limit := time.After(30 * time.Second)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		_ = p.cmd.Process.Signal(os.Interrupt)
		select {
		case <-p.done:
			return p.wait(t)
		case <-again.C:
		case <-limit:
			t.Fatal("it does not end")
		}
	}
}

// The first signal was taken by a command that did not ask for it, and all after it too.
func TestASecondSignalEndsACommandThatReads(t *testing.T) {
	b := newOwnBench(t)
	pipe := filepath.Join(b.dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	p := b.start("project", pipe)
	t.Cleanup(p.kill)
	writer, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits for the command
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writer.Close() }()
	if code := insist(t, p); code != -1 {
		t.Errorf("ended with %d", code)
	}
}

// A worker ends in its own time, whatever else it is asked.
func TestASecondSignalCutsNoWorker(t *testing.T) {
	slack, b := startSlack(t), newOwnBench(t)
	asked := make(chan struct{}, 1)
	b.pages.Config.Handler.(*http.ServeMux).HandleFunc("/hangs", func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	})
	for name, value := range map[string]string{
		"SLACK_API_URL": slack.APIURL(), "SLACK_APP_TOKEN": "xapp-test", "SLACK_BOT_TOKEN": "xoxb-test", "COMMENTATOR_HTTP_ADDR": "",
		"TECHNOSHARE_CHANNEL_ID": fakeslack.DefaultChannel, "MODEL": "offline", "COMMENTATOR_GRACE": "2s",
	} {
		b.own[name] = value
	}
	p := b.start("worker")
	t.Cleanup(p.kill)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := slack.WaitSockets(ctx, 1); err != nil {
		t.Fatal("the worker does not connect: ", err)
	}
	if _, err := slack.Say(fakeslack.Typed{Channel: fakeslack.DefaultChannel, User: "U0ALICE01", Text: b.page("hangs")}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-asked:
	case <-ctx.Done():
		t.Fatal("the page is not asked for")
	}
	if code := insist(t, p); code != exitOK {
		t.Errorf("ended with %d: %s", code, &p.err)
	}
}
