//go:build linux

package chaos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
)

// reply is a message of the bot in a thread.
type reply struct {
	link    int    // innocent; -1: none
	hostile int    // -1: none
	job     string // from the message's metadata
	thread  string
	text    string
}

// books are what is known of one run in the end.
type books struct {
	*table
	*World
	jobs map[string]*jobBook
	// links are the innocent ones that have a comment.
	answered int
}

// jobBook is what is known of one job, by all who know of it.
type jobBook struct {
	record  job.Link // by the queue
	link    int      // innocent; -1: hostile
	replies []reply
	mlflowBook
}

// Reconcile holds what went in against what Slack, the queue, MLflow and the model's
// ledger have. It logs the table, and fails the test for each count that is wrong.
func (w *World) Reconcile() {
	w.t.Helper()
	b := &books{table: new(table), World: w, jobs: map[string]*jobBook{}}
	w.mu.Lock()
	posted := w.posted
	w.mu.Unlock()
	innocent, hostile := 0, 0
	for _, p := range posted {
		innocent += len(p.innocent)
		hostile += len(p.hostile)
	}
	b.note("innocent links; hostile ones", fmt.Sprintf("%d; %d", innocent, hostile))
	b.readQueue()
	b.replyRows(posted)
	b.hostileRows(posted)
	b.mlflowRows()
	b.callRows()
	b.outboxRows()
	b.memoryRows()
	w.mu.Lock()
	for _, what := range slices.Sorted(maps.Keys(w.counts)) {
		b.note(what, w.counts[what])
	}
	w.mu.Unlock()
	for peer, p := range w.proxies {
		requests, failed := p.Counts()
		b.note("requests to "+peer+"; of them failed by a fault", fmt.Sprintf("%d; %d", requests, failed))
	}
	st := w.Slack.Stats()
	b.note("sockets opened; events delivered again", fmt.Sprintf("%d; %d", st.Opened, st.Retried))
	w.t.Logf("\n%s", b.table)
	for _, f := range b.fails {
		w.t.Error(f)
	}
}

// replies are the bot's, in the order of the channel.
func (w *World) replies() (out []reply) {
	for _, m := range w.Slack.Messages(fakeslack.DefaultChannel) {
		thread, _ := m["thread_ts"].(string)
		if thread == "" || thread == m["ts"] || m["bot_id"] == nil {
			continue
		}
		body, err := json.Marshal(m)
		if err != nil {
			w.t.Fatal(err)
		}
		var key struct {
			Metadata struct {
				Payload struct {
					Key string `json:"key"`
				} `json:"event_payload"`
			} `json:"metadata"`
		}
		_ = json.Unmarshal(body, &key)
		id, _, _ := strings.Cut(key.Metadata.Payload.Key, "/")
		r := reply{link: numberIn(string(body)), hostile: -1, job: id, thread: thread, text: fmt.Sprint(m["text"])}
		if _, n, ok := hostileIn(string(body)); ok && r.link < 0 {
			r.hostile = n
		}
		out = append(out, r)
	}
	return out
}

// Replies counts the bot's messages in threads.
func (w *World) Replies() int { return len(w.replies()) }

// Replied counts innocent links that have a reply.
func (w *World) Replied() int {
	have := map[int]bool{}
	for _, r := range w.replies() {
		if r.link >= 0 {
			have[r.link] = true
		}
	}
	return len(have)
}

func (b *books) readQueue() {
	b.t.Helper()
	links, err := b.links()
	if err != nil {
		b.t.Fatal(err)
	}
	for _, l := range links {
		b.jobs[l.ID] = &jobBook{record: l, link: numberIn(l.URL)}
	}
}

// replyRows counts the replies to innocent links.
func (b *books) replyRows(posted []post) {
	b.t.Helper()
	thread := map[int]string{}
	for _, p := range posted {
		for _, n := range p.innocent {
			thread[n] = p.ts
		}
	}
	perLink, comments := map[int]int{}, map[int]int{}
	for _, r := range b.replies() {
		if j := b.jobs[r.job]; j != nil {
			j.replies = append(j.replies, r)
		}
		if r.hostile >= 0 {
			continue
		}
		if r.link < 0 || thread[r.link] != r.thread {
			b.t.Errorf("a reply in the wrong thread, or about nothing: %+v", r)
			continue
		}
		perLink[r.link]++
		// An error's reply names the page too: what kind it is says the queue.
		if strings.Contains(r.text, "Notes on the") && b.succeeded(r.link) {
			comments[r.link]++
		} else if !b.Model.wasMisled(r.link) {
			b.t.Errorf("link %d was answered with %q; %s", r.link, r.text, b.history(r.link))
		}
	}
	lost, doubled, errors := 0, 0, 0
	for n := range thread {
		switch {
		case perLink[n] == 0:
			lost++
			b.t.Errorf("link %d has no reply; %s", n, b.history(n))
		case perLink[n] > 1:
			doubled++
			b.t.Errorf("link %d has %d replies; %s", n, perLink[n], b.history(n))
		case comments[n] == 0:
			errors++
		default:
			b.answered++
		}
	}
	excused := 0
	for n := range thread {
		if b.Model.wasMisled(n) && perLink[n] == 1 && comments[n] == 0 {
			excused++
		}
	}
	b.row("innocent links with exactly one reply", b.answered+errors, len(thread))
	b.row("  lost", lost, 0)
	b.row("  doubled", doubled, 0)
	b.row("  answered with an error", errors, excused)
	b.note("  of them after a wrong answer of the model's address", excused)
}

// history is what the queue says of an innocent link.
func (b *books) history(n int) string {
	for id, j := range b.jobs {
		if j.link == n {
			r := j.record
			return fmt.Sprintf("job %s: %v, outcome %q, %d attempts, error %q", id, r.State, r.Outcome, r.Attempt, r.Error)
		}
	}
	return "the queue does not know it"
}

// succeeded reports whether an innocent link ended as it should, by the queue's records.
func (b *books) succeeded(n int) bool {
	for _, j := range b.jobs {
		if j.link == n {
			return j.record.State == job.LinkDone && j.record.Outcome == string(job.OutcomeSuccess)
		}
	}
	return false
}

// hostileRows: a reply or a ⚠️ for each.
func (b *books) hostileRows(posted []post) {
	b.t.Helper()
	warned := b.warned()
	given := b.givenUp()
	silent, doubled, all := 0, 0, 0
	for _, p := range posted {
		for _, n := range p.hostile {
			all++
			found := 0
			for _, r := range b.replies() {
				if r.hostile == n && r.thread == p.ts {
					found++
				}
			}
			switch {
			case found > 1:
				doubled++
				b.t.Errorf("hostile link %d has %d replies", n, found)
			case found == 0 && !warned[p.ts] && !given[n]:
				silent++
				b.t.Errorf("hostile link %d has neither a reply nor a warning", n)
			}
		}
	}
	b.row("hostile links with one reply or a warning", all-silent-doubled, all)
	b.note("  of them still tried again in the end", len(given))
}

// givenUp are the hostile links that were not waited for.
func (b *books) givenUp() map[int]bool {
	out := map[int]bool{}
	b.mu.Lock()
	defer b.mu.Unlock()
	for id := range b.given {
		if j := b.jobs[id]; j != nil {
			_, n, _ := hostileIn(j.record.URL)
			out[n] = true
		}
	}
	return out
}

// warned are the messages that carry ⚠️.
func (w *World) warned() map[string]bool {
	out := map[string]bool{}
	for _, m := range w.Slack.Messages(fakeslack.DefaultChannel) {
		list, _ := m["reactions"].([]any)
		for _, r := range list {
			if body, _ := json.Marshal(r); bytes.Contains(body, []byte("warning")) {
				out[fmt.Sprint(m["ts"])] = true
			}
		}
	}
	return out
}

func (b *books) outboxRows() {
	left := b.Outbox()
	b.row("traces left in outboxes", len(left), 0)
	for _, l := range left {
		b.t.Errorf("left in an outbox: %s", l)
	}
}
