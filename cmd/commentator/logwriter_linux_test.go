package main

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// A worker whose log nobody took any more did nothing more, and ended only by kill -9; one whose log had
// nobody at its other end died of SIGPIPE; a terminal that was closed ended it amid its jobs.
func TestWorkerWorksAndEndsWhateverBecomesOfItsLog(t *testing.T) {
	for name, log := range map[string]func() (*os.File, error){
		"nobody reads": func() (*os.File, error) {
			r, w, err := os.Pipe()
			if err != nil {
				return nil, err
			}
			t.Cleanup(func() { _ = r.Close() })
			size, err := unix.FcntlInt(w.Fd(), unix.F_GETPIPE_SZ, 0)
			if err == nil {
				_, err = w.Write(make([]byte, size))
			}
			return w, err
		},
		"nobody is there": func() (*os.File, error) {
			r, w, err := os.Pipe()
			if err != nil {
				return nil, err
			}
			return w, r.Close()
		},
		"its disk is full": func() (*os.File, error) { return os.OpenFile("/dev/full", os.O_WRONLY, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			slack, b := startSlack(t), newOwnBench(t)
			for name, value := range map[string]string{
				"SLACK_API_URL": slack.APIURL(), "SLACK_APP_TOKEN": "xapp-test", "SLACK_BOT_TOKEN": "xoxb-test", "COMMENTATOR_HTTP_ADDR": "",
				"TECHNOSHARE_CHANNEL_ID": fakeslack.DefaultChannel, "MODEL": "offline", "LOG_LEVEL": "INFO",
			} {
				b.own[name] = value
			}
			stderr, err := log()
			if err != nil {
				t.Fatal(err)
			}
			p := b.startWith(stderr, "worker")
			t.Cleanup(p.kill)
			_ = stderr.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			if err := slack.WaitSockets(ctx, 1); err != nil {
				t.Fatal("the worker does not connect: ", err)
			}
			_, err = slack.Say(fakeslack.Typed{Channel: fakeslack.DefaultChannel, User: "U0ALICE01", Text: b.page("fetch-api.html")})
			if err == nil {
				err = slack.WaitFor(ctx, func(s *fakeslack.Server) bool { return len(s.Messages(fakeslack.DefaultChannel)) > 1 })
			}
			if err != nil {
				t.Fatal("the link is not answered: ", err)
			}
			if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			if code := p.wait(t); code != exitOK {
				t.Errorf("ended with %d", code)
			}
		})
	}
}
