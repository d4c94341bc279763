package slack

import (
	"context"
	"sync"
	"time"

	"github.com/technoshare/commentator/internal/text"
)

// In Slack a person is written <@U…>, of which Slack makes the name; what is read elsewhere has the
// name itself, as far as it can be had.

const (
	// maxNames bounds the people whose names are remembered.
	maxNames = 2000
	// nameHolds is how long a name is used without a further question; nameFails how long
	// nobody is asked for once the question failed, as it does without the scope users:read.
	nameHolds = 12 * time.Hour
	nameFails = 10 * time.Minute
	// nameWait bounds a question. A name is worth no more.
	nameWait = 2 * time.Second
	// maxName is the longest name, in characters.
	maxName = 80
)

// names remembers what people are called. It is asked by tasks, and at the end of a job. The zero
// value with an api is ready for use.
type names struct {
	api API
	now func() time.Time

	mu    sync.Mutex // never held during a question
	known map[string]named
	order []string // of known, as they came
	until time.Time
}

// Name is what a person is called; empty where that can't be had within two seconds. It asks Slack
// once in a while, and is safe for concurrent use.
func (b *Bot) Name(ctx context.Context, user string) string { return b.names.of(ctx, user) }

type named struct {
	name string
	at   time.Time
}

// of is the name of a person; empty where it can't be had now.
func (n *names) of(ctx context.Context, user string) string {
	now := n.now()
	n.mu.Lock()
	known, there := n.known[user]
	silent := now.Before(n.until)
	n.mu.Unlock()
	if there && now.Sub(known.at) < nameHolds || silent {
		return known.name
	}
	asking, cancel := context.WithTimeout(ctx, nameWait)
	defer cancel()
	person, err := n.api.Person(asking, user)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil {
		// That one person is unknown says nothing of the others.
		if !IsCode(err, "user_not_found", "user_not_visible") {
			n.until = now.Add(nameFails)
		}
		return known.name
	}
	name := text.Shorten(text.OneLine(text.Strip(person.Name)), maxName)
	if n.known == nil {
		n.known = map[string]named{}
	}
	if _, there := n.known[user]; !there {
		if len(n.order) == maxNames {
			delete(n.known, n.order[0])
			n.order = n.order[1:]
		}
		n.order = append(n.order, user)
	}
	n.known[user] = named{name, now}
	return name
}
