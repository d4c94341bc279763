package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/job"
)

// The life of a link as the queue promises it, beside the queue itself: whatever
// order submissions, attempts, crashes, takeovers and withdrawals come in, both say
// the same of every link.

// modelLink is what is to be true of a link.
type modelLink struct {
	job.Link
	state    job.LinkState
	attempts int // that ended
	failures int
	began    int
	suspect  bool
	lone     bool
	cuts     int      // lone runs in which the process died, less those taken back
	loneCuts int      // all of them
	holder   *process // who has its row, alive or not
	runs     bool     // the holder's attempt runs in its process
	attempt  job.Attempt
	ends     int // how often it came to an end of its own
}

// modelAttempt is an attempt of a process that died, and does not know it.
type modelAttempt struct {
	by   *process
	link *modelLink
	job.Attempt
}

// model is what is to be true of a queue, and the processes that use it. Each of its methods
// draws what it does, does it to the queue and to the model, and compares what the queue has
// answered; rapid calls them in an order that it draws, and shortens one that fails. A method
// that can't do anything at the moment skips.
type model struct {
	t         *testing.T
	db        *database.DB
	processes []*process
	links     []*modelLink
	ghosts    []modelAttempt
	dead      map[*process]bool // of those that died: whether their work is still to be taken over
	name      func() string     // of something new
}

// process draws a living process, by its place.
func (m *model) process(t *rapid.T) int {
	return rapid.IntRange(0, len(m.processes)-1).Draw(t, "process")
}

// link draws a link in any state.
func (m *model) link(t *rapid.T) *modelLink {
	if len(m.links) == 0 {
		t.Skip("no link yet")
	}
	return rapid.SampledFrom(m.links).Draw(t, "link")
}

// running is a link whose attempt runs in a living process.
func (m *model) running(t *rapid.T) *modelLink {
	var out []*modelLink
	for _, l := range m.links {
		if l.runs {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		t.Skip("no attempt runs")
	}
	return rapid.SampledFrom(out).Draw(t, "running link")
}

// submit hands a new link in.
func (m *model) submit(t *rapid.T) {
	if len(m.links) > 2 {
		t.Skip("few links, so that much happens to each")
	}
	p, url := m.processes[m.process(t)], m.name()
	m.links = append(m.links, &modelLink{Link: submit(m.t, p.Queue, url), state: job.LinkQueued})
}

// submitAgain hands a link of the same message in as another event. It is a new revision if the
// last one was cancelled, or has ended and somebody asks.
func (m *model) submitAgain(t *rapid.T) {
	p, l := m.processes[m.process(t)], m.link(t)
	again := rapid.Bool().Draw(t, "on request")
	a, err := p.Accept(context.Background(), job.Submission{Keys: []string{m.name()}, Links: []job.NewLink{{Again: again, Link: job.Link{
		Team: l.Team, Channel: l.Channel, MessageTS: l.MessageTS, URL: l.URL, Canonical: l.Canonical, Source: job.FromMention,
	}}}})
	if err != nil || len(a.Links) != 1 {
		t.Fatalf("%+v, %v", a, err)
	}
	last := l // its last revision decides
	for _, o := range m.links {
		if o.Canonical == l.Canonical && o.Revision > last.Revision {
			last = o
		}
	}
	want := job.Known
	if last.state == job.LinkCancelled || again && last.state.Final() {
		want = job.Admitted
	}
	got := a.Links[0]
	if got.Admission != want {
		t.Fatalf("submitted again when %s, on request %v: %s, want %s", last.state, again, got.Admission, want)
	}
	if want == job.Admitted {
		if got.Revision != last.Revision+1 || got.ID == last.ID {
			t.Fatalf("revision %+v after %+v", got.Link, last.Link)
		}
		m.links = append(m.links, &modelLink{Link: got.Link, state: job.LinkQueued})
	}
}

// repeat hands the same event in once more, which must do nothing.
func (m *model) repeat(t *rapid.T) {
	l := m.link(t)
	a, err := m.processes[m.process(t)].Accept(context.Background(), job.Submission{
		Keys: []string{"message/" + l.URL}, Links: []job.NewLink{{Link: l.Link, Again: true}},
	})
	if err != nil || !a.Duplicate || len(a.Links) != 0 {
		t.Fatalf("the same event again: %+v, %v", a, err)
	}
}

// cut is the death of the process in which a link ran, as found out by somebody.
func (m *model) cut(l *modelLink) {
	l.holder = nil
	if !l.lone {
		l.state, l.suspect = job.LinkQueued, true
		return
	}
	l.lone = false
	l.cuts, l.loneCuts = l.cuts+1, l.loneCuts+1
	if l.cuts < maxCuts && l.loneCuts < maxLoneCuts {
		l.state = job.LinkWaiting
		return
	}
	l.state, l.suspect = job.LinkFailed, false
	l.ends++
}

// mayRun tells whether a process may begin a link beside what runs.
func (m *model) mayRun(p *process, l *modelLink) bool {
	for _, o := range m.links {
		here := o.holder == p && o.runs
		if here && o.lone || l.suspect && o != l && (here || o.lone && o.holder != nil) {
			return false
		}
	}
	return true
}

// begin lets a process take a link, which it must get exactly if nobody alive has it, and if it
// is no suspect that something runs beside.
func (m *model) begin(t *rapid.T) {
	p, l := m.processes[m.process(t)], m.link(t)
	want, was := proceed, l.state
	number := l.attempts + 1
	resumed := l.began == number
	switch {
	case l.state.Final():
		want = skip
	case l.state == job.LinkRunning && l.holder != nil && !m.dead[l.holder]:
		want = later // here or elsewhere
	default:
		if l.state == job.LinkRunning && l.holder != nil {
			lone := l.lone
			m.cut(l)
			switch {
			case l.state.Final():
				want = skip
			case lone:
				want = later
			}
		}
		if want == proceed && !m.mayRun(p, l) {
			want = blocked
		}
	}
	a, got, err := p.begin(context.Background(), l.ID)
	if err != nil || got != want {
		t.Fatalf("begin of a link that is %s: decision %d, %v; want %d", was, got, err, want)
	}
	if want == proceed {
		final := l.failures+1 >= p.cfg.Attempts || number >= asksMax*p.cfg.Attempts
		if a.Number != number || a.Resumed != resumed || a.Final != final {
			t.Fatalf("attempt %+v; want number %d, resumed %v, final %v", a, number, resumed, final)
		}
		l.state, l.holder, l.runs, l.attempt = job.LinkRunning, p, true, a
		l.began, l.lone = number, l.suspect
	}
}

// verdict is some end of an attempt.
func verdict(t *rapid.T) job.Verdict {
	switch rapid.SampledFrom([]string{"success", "gate", "permanent", "passing", "asked to wait", "put off"}).Draw(t, "verdict") {
	case "success":
		return job.Verdict{Outcome: "success"}
	case "gate":
		return job.Verdict{Outcome: "gate_failed"}
	case "permanent":
		return job.Verdict{Outcome: "error", Err: errors.New("no")}
	case "passing":
		return job.Verdict{Outcome: "error", Err: errors.New("not now"), Retry: true}
	case "put off":
		return job.Verdict{Outcome: "error", Err: errors.New("away"), Retry: true, PutOff: true, Peer: job.PeerSlack}
	}
	return job.Verdict{Outcome: "error", Err: errors.New("slow down"), Retry: true, After: time.Hour}
}

// end ends an attempt in some way.
func (m *model) end(t *rapid.T) {
	l := m.running(t)
	m.record(t, modelAttempt{l.holder, l, l.attempt})
	l.runs = false
}

// lateEnd is the end of an attempt whose process was taken for dead. It counts only
// as long as nobody has taken the link over.
func (m *model) lateEnd(t *rapid.T) {
	if len(m.ghosts) == 0 {
		t.Skip("nobody died at work")
	}
	i := rapid.IntRange(0, len(m.ghosts)-1).Draw(t, "ghost")
	g := m.ghosts[i]
	m.ghosts = append(m.ghosts[:i], m.ghosts[i+1:]...)
	m.record(t, g)
}

// record records an end, which counts only if the process still has the link.
func (m *model) record(t *rapid.T, a modelAttempt) {
	v := verdict(t)
	wait, err := a.by.end(context.Background(), a.Attempt, v)
	if err != nil {
		t.Fatal(err)
	}
	a.by.attempts.remove(a.link.ID)
	l := a.link
	wantWait := false
	switch {
	case l.holder != a.by: // others have it, or it has ended
	case l.state == job.LinkCancelled:
		l.attempts, l.holder, l.suspect, l.lone = a.Number, nil, false, false
	case v.PutOff:
		wantWait = true
		l.state, l.holder, l.lone = job.LinkWaiting, nil, false
	case v.Err != nil && v.Retry && !a.Final:
		wantWait = true
		l.state, l.attempts, l.holder = job.LinkWaiting, a.Number, nil
		l.suspect, l.lone, l.cuts, l.loneCuts = false, false, 0, 0
		if v.After == 0 {
			l.failures++
		}
	default:
		l.state, l.attempts, l.holder = job.LinkDone, a.Number, nil
		l.suspect, l.lone, l.cuts, l.loneCuts = false, false, 0, 0
		if v.Err != nil {
			l.state = job.LinkFailed
		}
		l.ends++
	}
	if (wait > 0) != wantWait {
		t.Fatalf("wait %s, want one: %v", wait, wantWait)
	}
}

// handBack is a shutdown amid an attempt.
func (m *model) handBack(t *rapid.T) {
	l := m.running(t)
	if err := l.holder.handBack(context.Background(), l.attempt); err != nil {
		t.Fatal(err)
	}
	l.holder.attempts.remove(l.ID)
	l.runs = false
	l.holder, l.lone = nil, false
	if l.state == job.LinkRunning {
		l.state = job.LinkQueued
	}
}

// cancel withdraws a link, whoever has it.
func (m *model) cancel(t *rapid.T) {
	l := m.link(t)
	running, err := m.processes[m.process(t)].Cancel(context.Background(), l.ID)
	if err != nil || running != (l.holder != nil) {
		t.Fatalf("cancel a link that is %s: running %v, %v", l.state, running, err)
	}
	if !l.state.Final() {
		l.state = job.LinkCancelled
		l.ends++
	}
}

// crash replaces a process by a new one. The old one lives on as a ghost: its attempts may still
// end.
func (m *model) crash(t *rapid.T) {
	i := m.process(t)
	p := m.processes[i]
	m.dead[p] = true
	m.processes[i] = p.restart(m.t)
	for _, l := range m.links {
		if l.holder == p && l.runs {
			l.runs = false
			m.ghosts = append(m.ghosts, modelAttempt{p, l, l.attempt})
		}
	}
}

// takeOver lets a process look for the dead, which it takes one after another. A death that no
// link is charged with takes a charge from those that are free.
func (m *model) takeOver(t *rapid.T) {
	if err := m.processes[m.process(t)].takeOver(context.Background()); err != nil {
		t.Fatal(err)
	}
	var dead []*process
	for p, left := range m.dead {
		if left {
			dead = append(dead, p)
		}
	}
	slices.SortFunc(dead, func(a, b *process) int { return strings.Compare(a.members.ID(), b.members.ID()) })
	for _, p := range dead {
		m.dead[p] = false
		charged := false
		for _, l := range m.links {
			if l.holder != p {
				continue
			}
			charged = charged || l.lone
			if l.state == job.LinkRunning {
				m.cut(l)
			} else {
				l.holder = nil
			}
		}
		for _, l := range m.links {
			if !charged && l.suspect && l.holder == nil && l.cuts > 0 {
				l.cuts--
			}
		}
	}
}

func TestEveryLinkEndsOnceWhateverHappens(t *testing.T) {
	db := openDatabase(t, t.TempDir()+"/q.sqlite")
	// Nobody pulls the plug on this one, and there are thousands of transactions.
	if _, err := db.Exec(t.Context(), `PRAGMA synchronous = OFF`); err != nil {
		t.Fatal(err)
	}
	cfg := Defaults()
	cfg.Attempts, cfg.Depth = 3, 1<<30
	processes := []*process{newProcess(t, db, cfg), newProcess(t, db, cfg), newProcess(t, db, cfg)}
	names := 0
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{t: t, db: db, dead: map[*process]bool{}, name: func() string { names++; return fmt.Sprint("https://x/", names) }}
		for i, p := range processes {
			processes[i] = p.restart(t)
		}
		m.processes = append(m.processes, processes...)
		if err := processes[0].takeOver(context.Background()); err != nil { // what the last check left running would block suspects
			t.Fatal(err)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"submit": m.submit, "submit again": m.submitAgain, "repeat": m.repeat,
			"begin": m.begin, "begin too": m.begin, "begin as well": m.begin, "end": m.end, "end late": m.lateEnd,
			"hand back": m.handBack, "cancel": m.cancel, "crash": m.crash, "take over": m.takeOver,
			"": m.check,
		})
		copy(processes, m.processes)
	})
}

func TestAttemptsCutByAShutdownAreNotCounted(t *testing.T) {
	t.Parallel()
	p := newProcess(t, openDatabase(t, t.TempDir()+"/q.sqlite"), Defaults())
	l := submit(t, p.Queue, "https://x/a")
	for range 3 * maxLoneCuts {
		a, d, err := p.begin(t.Context(), l.ID)
		if err != nil || d != proceed || a.Number != 1 {
			t.Fatalf("attempt %+v, decision %d, %v", a, d, err)
		}
		if err := p.handBack(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		p.attempts.remove(a.ID)
	}
}
