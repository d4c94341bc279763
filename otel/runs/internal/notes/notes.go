// Package notes collects sentences about what a projection changed or left out.
package notes

import (
	"fmt"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// most bounds the notes of one trace.
const most = 100

// Notes is a list of sentences, each once. The zero value is empty and ready. It is
// not safe for concurrent use.
type Notes struct {
	seen map[string]bool
	list []string
}

// Add adds a sentence, unless it is there already or the list is full, which the
// last sentence then says.
func (n *Notes) Add(format string, args ...any) { n.add(otlp.ValidText(fmt.Sprintf(format, args...))) }

func (n *Notes) add(s string) {
	if n.seen[s] || len(n.list) > most {
		return
	}
	if n.seen == nil {
		n.seen = map[string]bool{}
	}
	if len(n.list) == most {
		s = "further notes left out"
	}
	n.seen[s] = true
	n.list = append(n.list, s)
}

// AddAll adds the sentences of other notes in their order.
func (n *Notes) AddAll(o *Notes) {
	for _, s := range o.list {
		n.add(s)
	}
}

// List returns the sentences in the order they were added, nil when there are none.
func (n *Notes) List() []string { return n.list }
