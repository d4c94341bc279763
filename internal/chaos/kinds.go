//go:build linux

package chaos

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind is a fault. Those of peers are written way:peer.
type Kind string

// The kinds that are no peer's.
const (
	Kill Kind = "kill" // kill -9; N: whether the next life is killed at its start too
	Term Kind = "term" // asked to end, as a deployment does, while it is at work
	// TermStart is Term twice, the second time while the process starts.
	TermStart Kind = "termstart"
	Pause     Kind = "pause"    // SIGSTOP, then SIGCONT
	Clock     Kind = "clock"    // of all processes; N chooses how far
	Socket    Kind = "socket"   // Slack's sockets and acknowledgements; N chooses
	FullDisk  Kind = "fulldisk" // of the data folder
	ReadOnly  Kind = "readonly" // a data folder, from the start of its processes on
	Damage    Kind = "damage"   // files put into the data folder; N chooses
	Restore   Kind = "restore"  // of MLflow's database, to how it was at the start
	Torn      Kind = "torn"     // what a crash of the machine leaves beside the queue's SQLite file, each way in turn
	Journal   Kind = "journal"  // damage to what a Collector has stored, each way in turn
	Throttle  Kind = "throttle" // a post is told to come again later than an attempt may wait; N chooses when

	KillAsking   Kind = "kill:asking"   // kill -9 as soon as the process waits for the model
	KillReader   Kind = "kill:reader"   // kill -9 of the children in which a process reads pages; N: of one or all
	KillMLflow   Kind = "kill:mlflow"   // kill -9, and a start when its time is over
	KillPostgres Kind = "kill:postgres" // kill -9, and a start when its time is over
	AwayPostgres Kind = "away:postgres" // ended, and a start when its time is over
)

// The peers.
const (
	Slack  = "slack"
	Model  = "model"
	MLflow = "mlflow"
	Pages  = "pages"
	// OTLP is the Collector, for those who send.
	OTLP = "otlp"
)

// family is kinds that come one after another.
type family struct {
	kinds             []Kind
	gap               time.Duration // between two, on average
	shortest, longest time.Duration // 0: it is over at once
}

// families are drawn one by one. What Restore lasts is the age of the backup.
var families = []family{
	{kinds: []Kind{Kill, Kill, Kill, Term, TermStart}, gap: 4 * time.Second},
	{kinds: []Kind{Pause}, gap: 20 * time.Second, shortest: time.Second, longest: 45 * time.Second},
	{kinds: []Kind{Socket}, gap: 2 * time.Second},
	{kinds: ways(Slack), gap: 4 * time.Second, shortest: 500 * time.Millisecond, longest: 4 * time.Second},
	{kinds: ways(Model), gap: 6 * time.Second, shortest: 500 * time.Millisecond, longest: 5 * time.Second},
	{kinds: ways(MLflow), gap: 4 * time.Second, shortest: time.Second, longest: 10 * time.Second},
	{kinds: ways(Pages), gap: 8 * time.Second, shortest: 500 * time.Millisecond, longest: 4 * time.Second},
	{kinds: []Kind{FullDisk, ReadOnly}, gap: 25 * time.Second, shortest: time.Second, longest: 8 * time.Second},
	{kinds: []Kind{Damage}, gap: 8 * time.Second},
	{kinds: []Kind{Clock}, gap: 25 * time.Second, shortest: time.Second, longest: 10 * time.Second},
	{kinds: []Kind{Restore}, gap: 15 * time.Second, shortest: 5 * time.Second, longest: 20 * time.Second},
	{kinds: []Kind{KillReader}, gap: 3 * time.Second},
	{kinds: []Kind{KillMLflow}, gap: 20 * time.Second, shortest: time.Second, longest: 6 * time.Second},
	{kinds: []Kind{KillPostgres, AwayPostgres}, gap: 15 * time.Second, shortest: time.Second, longest: 8 * time.Second},
	{kinds: []Kind{Torn}, gap: 15 * time.Second},
	{kinds: []Kind{Throttle}, gap: 30 * time.Second},
	{kinds: []Kind{Journal}, gap: 20 * time.Second},
	{kinds: ways(OTLP), gap: 5 * time.Second, shortest: 500 * time.Millisecond, longest: 5 * time.Second},
	{kinds: []Kind{KillAsking}, gap: 6 * time.Second},
}

// ways are the faults of a peer. A page that says something else is another page, and who sends
// spans believes a whole answer, so those have no wrong answers.
func ways(peer string) (out []Kind) {
	for _, w := range []Way{Refuse, Reset, Hang, Drip, Status, Lost, Late, Empty, HTML, Wrong} {
		if (peer == Pages || peer == OTLP) && w.wrong() {
			continue
		}
		out = append(out, Kind(string(w)+":"+peer))
	}
	return out
}

// AllKinds are all that there are.
func AllKinds() (out []Kind) {
	for _, f := range families {
		out = append(out, f.kinds...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// fits reports whether a kind can come about in a layout on a database.
func (k Kind) fits(layout Layout, database string) bool {
	_, peer, _ := strings.Cut(string(k), ":")
	collector := layout == Collector
	switch {
	case k == Journal, peer == OTLP:
		return collector
	case k == Kill, k == Term, k == TermStart, k == Pause, k == FullDisk, k == ReadOnly, k == KillMLflow, peer == MLflow:
		return true
	case k == KillPostgres, k == AwayPostgres:
		return database == Postgres
	case k == Torn:
		return database == SQLite
	}
	return !collector
}

// ParseKinds reads a list such as "kill,pause,html:mlflow". "all" is every kind, a
// word before the colon all with it ("html", "kill"), and a minus before it takes away
// what stands before: "all,-clock,-html".
func ParseKinds(list string) ([]Kind, error) {
	chosen := map[Kind]bool{}
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		name, minus := strings.CutPrefix(word, "-")
		found := false
		for _, k := range AllKinds() {
			way, _, _ := strings.Cut(string(k), ":")
			if name == "all" || name == string(k) || name == way {
				found, chosen[k] = true, !minus
			}
		}
		if !found {
			return nil, fmt.Errorf("fault %q is unknown: use all, or of %v", word, AllKinds())
		}
	}
	var out []Kind
	for _, k := range AllKinds() {
		if chosen[k] {
			out = append(out, k)
		}
	}
	return out, nil
}
