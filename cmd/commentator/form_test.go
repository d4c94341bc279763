package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// awaitForm has a person press what opens a form until one is open, and returns its id: the trigger of a press is good
// for three seconds, and a busy machine may need more.
func awaitForm(ctx context.Context, t *testing.T, slack *fakeslack.Server, user string, press func()) string {
	t.Helper()
	for {
		press()
		soon, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := slack.WaitFor(soon, func(s *fakeslack.Server) bool { return s.Modal(user) != nil })
		cancel()
		if err == nil {
			return fmt.Sprint(slack.Modal(user)["id"])
		}
		if ctx.Err() != nil {
			t.Fatalf("no form opens: %v", err)
		}
	}
}
