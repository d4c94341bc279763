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
)

// The peers.
const (
	Slack  = "slack"
	Model  = "model"
	MLflow = "mlflow"
	Pages  = "pages"
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
}

// ways are the faults of a peer. A page that says something else is another page, so
// pages have no wrong answers.
func ways(peer string) (out []Kind) {
	for _, w := range []Way{Refuse, Reset, Hang, Drip, Status, Lost, Late, Empty, HTML, Wrong} {
		if peer == Pages && w.wrong() {
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

// ParseKinds reads a list such as "kill,pause,html:mlflow". "all" is every kind, a
// word before the colon each of its peers ("html"), and a minus before it takes away
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
