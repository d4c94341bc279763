package slack

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// directory answers who is called how, and counts the questions.
type directory struct {
	API
	asked int
	err   error
	slow  bool
}

func (d *directory) Person(ctx context.Context, user string) (Person, error) {
	d.asked++
	if d.slow {
		<-ctx.Done()
		return Person{}, ctx.Err()
	}
	return Person{Name: "name of\n" + user + fmt.Sprint(" ", d.asked)}, d.err
}

func TestNamesAreAskedForOnceInAWhile(t *testing.T) {
	d, now := &directory{}, time.Unix(1e9, 0)
	n := names{api: d, now: func() time.Time { return now }}
	for _, step := range []struct {
		after time.Duration
		user  string
		err   error
		want  string
		asked int
	}{
		{0, "U1", nil, "name of U1 1", 1},
		{nameHolds - time.Second, "U1", nil, "name of U1 1", 1},
		{2 * time.Second, "U1", nil, "name of U1 2", 2},
		{nameHolds, "U1", errors.New("away"), "name of U1 2", 3}, // as it was known
		{time.Second, "U2", nil, "", 3},                          // nobody is asked for
		{nameFails, "U3", &Error{Code: "user_not_found"}, "", 4},
		{0, "U2", nil, "name of U2 5", 5},
	} {
		now, d.err = now.Add(step.after), step.err
		if got := n.of(t.Context(), step.user); got != step.want || d.asked != step.asked {
			t.Errorf("%+v: %q after %d questions", step, got, d.asked)
		}
	}
}

func TestNamesAreBounded(t *testing.T) {
	d := &directory{}
	n := names{api: d, now: time.Now}
	for i := range maxNames + 10 {
		n.of(t.Context(), fmt.Sprint("U", i))
	}
	if len(n.known) != maxNames || len(n.order) != maxNames {
		t.Errorf("%d names, %d in order", len(n.known), len(n.order))
	}
	before := d.asked
	n.of(t.Context(), fmt.Sprint("U", maxNames+9))
	if d.asked != before {
		t.Error("the newest is not remembered")
	}
}

func TestANameIsNotWaitedFor(t *testing.T) {
	d := &directory{slow: true}
	n := names{api: d, now: time.Now}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if got := n.of(ctx, "U1"); got != "" || ctx.Err() != nil {
		t.Errorf("got %q, %v", got, ctx.Err())
	}
}
