//go:build linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Layout is which processes there are.
type Layout string

// The layouts. On SQLite processes share one data folder, on Postgres those of Split
// have one each, as on hosts of their own, but for two workers that share one.
const (
	One   Layout = "one worker"
	Two   Layout = "two workers on one data folder"
	Split Layout = "listeners and workers"
	// Collector is the other world: programs that send their spans, and no worker.
	Collector Layout = "a Collector"
)

// The databases of the queue.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Plan is all that is decided before a run. Durations are counted from its start.
type Plan struct {
	Seed     int64
	Rough    time.Duration // how long faults come
	Links    int           // innocent ones; of a Collector traces
	Hostile  int
	Layout   Layout
	Database string
	// Spared says that the first process is neither killed nor stopped, so that its
	// memory can be watched.
	Spared bool
	Events []Event
}

// Event is a fault in the timetable.
type Event struct {
	At   time.Duration
	Kind Kind
	For  time.Duration // how long it lasts; 0: a moment
	// Target is which process, counted from 0 and taken modulo their number.
	Target int
	// N is the parameter of the kind, see the table of kinds.
	N int
}

// String is the event as one line.
func (e Event) String() string {
	return fmt.Sprintf("%6.1fs %-16s for %-5s process %d parameter %d",
		e.At.Seconds(), e.Kind, e.For.Round(100*time.Millisecond), e.Target, e.N)
}

// String is the plan as text, one line for each event.
func (p Plan) String() string {
	var b strings.Builder
	if p.Layout == Collector {
		fmt.Fprintf(&b, "seed %d: %d traces, %s, %s of faults", p.Seed, p.Links, p.Layout, p.Rough)
	} else {
		fmt.Fprintf(&b, "seed %d: %d links and %d hostile ones, %s on %s, %s of faults",
			p.Seed, p.Links, p.Hostile, p.Layout, p.Database, p.Rough)
	}
	if p.Spared {
		b.WriteString(", the first process is spared")
	}
	for _, e := range p.Events {
		fmt.Fprintf(&b, "\n%s", e)
	}
	return b.String()
}

// Choice bounds what plans may hold.
type Choice struct {
	Kinds    []Kind        // faults that may be drawn
	Hostile  []string      // kinds of hostile pages that may be drawn
	Rough    time.Duration // how long faults come
	Postgres bool          // there is one
	// Dense is by how much shorter the gaps between faults are; 0 is 1.
	Dense int
	// Links is the number of innocent links; 0: drawn, by the duration.
	Links int
	// Database is SQLite or Postgres; empty: drawn.
	Database string
}

// NewPlan draws the plan of a seed. It is the same for the same seed and choice.
func NewPlan(seed int64, c Choice) Plan {
	r := rand.New(rand.NewPCG(uint64(seed), 0x6368616f73)) //nolint:gosec // a seed, not a secret
	p := Plan{Seed: seed, Rough: c.Rough, Links: c.Links, Database: c.Database, Spared: c.Rough >= flatAfter}
	p.Layout = []Layout{One, Two, Two, Split}[r.IntN(4)]
	database := []string{SQLite, Postgres}[r.IntN(2)]
	if p.Database == "" {
		p.Database = database
	}
	if !c.Postgres {
		p.Database = SQLite
	}
	links := int(c.Rough.Seconds()*0.6) + r.IntN(10)
	if p.Links == 0 {
		p.Links = max(links, 5)
	}
	if len(c.Hostile) > 0 {
		p.Hostile = 2 + r.IntN(max(p.Links/4, 2))
	}
	if p.Spared {
		// A disk is protected, and a database torn, under no process that runs.
		c.Kinds = slices.DeleteFunc(slices.Clone(c.Kinds), func(k Kind) bool { return k == ReadOnly || k == Torn })
		if p.Layout == One {
			p.Layout = Two
		}
	}
	c.Kinds = slices.DeleteFunc(slices.Clone(c.Kinds), func(k Kind) bool { return !k.fits(p.Layout, p.Database) })
	p.Events = draw(r, c)
	return p
}

// NewCollectorPlan is NewPlan for a Collector.
func NewCollectorPlan(seed int64, c Choice) Plan {
	r := rand.New(rand.NewPCG(uint64(seed), 0x6f746c70)) //nolint:gosec // a seed, not a secret
	p := Plan{Seed: seed, Rough: c.Rough, Layout: Collector, Links: c.Links}
	if traces := int(c.Rough.Seconds()*1.5) + r.IntN(20); p.Links == 0 {
		p.Links = traces
	}
	c.Kinds = slices.DeleteFunc(slices.Clone(c.Kinds), func(k Kind) bool { return !k.fits(p.Layout, "") })
	p.Events = draw(r, c)
	return p
}

// draw makes the timetable: of each family of kinds one event after another, with
// its gaps.
func draw(r *rand.Rand, c Choice) (out []Event) {
	for _, f := range families {
		var kinds []Kind
		for _, k := range f.kinds {
			if slices.Contains(c.Kinds, k) {
				kinds = append(kinds, k)
			}
		}
		// Drawn also where no kind is chosen, so that what is chosen of one family
		// changes nothing in the others.
		own := rand.New(rand.NewPCG(r.Uint64(), 1))
		gap := f.gap / time.Duration(max(c.Dense, 1))
		at := between(own, gap/4, gap)
		for at < c.Rough && len(kinds) > 0 {
			k := kinds[own.IntN(len(kinds))]
			e := Event{At: at, Kind: k, Target: own.IntN(1 << 10), N: own.IntN(1 << 20)}
			if f.longest > 0 {
				e.For = min(between(own, f.shortest, f.longest), c.Rough)
			}
			out = append(out, e)
			at += e.For/2 + between(own, gap/2, gap*3/2)
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int { return int(a.At - b.At) })
	return out
}

func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return (least + time.Duration(r.Int64N(int64(most-least)+1))).Round(time.Millisecond)
}
