//go:build linux

package chaos

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func everything(rough time.Duration) Choice {
	return Choice{Kinds: AllKinds(), Hostile: HostileKinds(), Rough: rough, Postgres: true}
}

func TestASeedMakesTheSamePlanEachTime(t *testing.T) {
	seen := map[string]bool{}
	for seed := range int64(50) {
		text := NewPlan(seed, everything(time.Minute)).String()
		if again := NewPlan(seed, everything(time.Minute)).String(); again != text {
			t.Fatalf("seed %d makes two plans:\n%s\n%s", seed, text, again)
		}
		_, rest, _ := strings.Cut(text, ":")
		if seen[rest] {
			t.Errorf("seed %d makes the plan of another one", seed)
		}
		seen[rest] = true
	}
}

func TestPlansHoldWhatWasChosenAndAllOfIt(t *testing.T) {
	met := map[Kind]bool{}
	layouts, databases := map[Layout]bool{}, map[string]bool{}
	for seed := range int64(100) {
		p := NewPlan(seed, everything(time.Minute))
		layouts[p.Layout], databases[p.Database] = true, true
		for _, e := range p.Events {
			if met[e.Kind] = true; !e.Kind.fits(p.Layout, p.Database) {
				t.Errorf("seed %d: %s does not fit the plan", seed, e)
			}
			if e.At < 0 || e.At >= p.Rough || e.For > p.Rough {
				t.Errorf("seed %d: %s is out of time", seed, e)
			}
		}
		if !slices.IsSortedFunc(p.Events, func(a, b Event) int { return int(a.At - b.At) }) {
			t.Errorf("seed %d: the timetable is not in order", seed)
		}
	}
	for seed := range int64(30) {
		for _, e := range NewCollectorPlan(seed, everything(time.Minute)).Events {
			if met[e.Kind] = true; !e.Kind.fits(Collector, "") {
				t.Errorf("seed %d: %s does not fit a Collector", seed, e)
			}
		}
	}
	for _, k := range AllKinds() {
		if !met[k] {
			t.Errorf("no plan has %s", k)
		}
	}
	if len(layouts) != 3 || len(databases) != 2 {
		t.Errorf("plans have %v and %v", layouts, databases)
	}
	for _, e := range NewPlan(3, Choice{Kinds: []Kind{Kill}, Rough: time.Minute}).Events {
		if e.Kind != Kill {
			t.Errorf("%s was not chosen", e.Kind)
		}
	}
}

func TestALongPlanSparesAProcessToWatchItsMemory(t *testing.T) {
	for seed := range int64(20) {
		p := NewPlan(seed, everything(10*time.Minute))
		if !p.Spared || p.Layout == One {
			t.Errorf("seed %d: spared %v, %s", seed, p.Spared, p.Layout)
		}
		if slices.ContainsFunc(p.Events, func(e Event) bool { return e.Kind == ReadOnly }) {
			t.Errorf("seed %d ends all processes of a disk", seed)
		}
	}
}

func TestListsOfFaults(t *testing.T) {
	for list, want := range map[string]string{
		"term,pause":              "pause,term",
		"html":                    "html:mlflow,html:model,html:slack",
		"refuse:pages, kill":      "kill,kill:asking,kill:mlflow,kill:postgres,kill:reader,refuse:pages",
		"lost,-lost:slack,-pause": "lost:mlflow,lost:model,lost:otlp,lost:pages",
	} {
		kinds, err := ParseKinds(list)
		var got []string
		for _, k := range kinds {
			got = append(got, string(k))
		}
		if err != nil || strings.Join(got, ",") != want {
			t.Errorf("%s: %v %v", list, got, err)
		}
	}
	for _, list := range []string{"", "kil", "kill,,term", "html:pages"} {
		if _, err := ParseKinds(list); err == nil {
			t.Errorf("%q is taken", list)
		}
	}
	if all, err := ParseKinds("all"); err != nil || len(all) != len(AllKinds()) {
		t.Errorf("all are %v %v", all, err)
	}
}

func TestSettingsOfTheEnvironment(t *testing.T) {
	env := func(list ...string) func(string) string {
		return func(name string) string {
			for _, kv := range list {
				if v, ok := strings.CutPrefix(kv, name+"="); ok {
					return v
				}
			}
			return ""
		}
	}
	s, err := readSettings(env("COMMENTATOR_CHAOS_SEED=7", "COMMENTATOR_CHAOS_ROUGH=90s", "COMMENTATOR_CHAOS_HOSTILE=all,-drip", "COMMENTATOR_CHAOS_DENSE=4"))
	if err != nil || s.seed != 7 || s.choice.Rough != 90*time.Second || s.choice.Dense != 4 || len(s.choice.Hostile) != len(HostileKinds())-1 {
		t.Errorf("%+v %v", s, err)
	}
	for _, bad := range []string{"SEED=x", "FOR=3", "ROUGH=soon", "FAULTS=rain", "HOSTILE=wolf", "DENSE=very", "LINKS=many", "DATABASE=oracle"} {
		if _, err := readSettings(env("COMMENTATOR_CHAOS_" + bad)); err == nil || !strings.Contains(err.Error(), "COMMENTATOR_CHAOS_") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	got := replay("TestChaos", 7, []string{"COMMENTATOR_CHAOS_FOR=1h", "COMMENTATOR_CHAOS_FAULTS=kill", "HOME=/"})
	if !strings.HasPrefix(got, "COMMENTATOR_CHAOS_FAULTS=kill COMMENTATOR_CHAOS_SEED=7 go test ") {
		t.Errorf("replay by %s", got)
	}
}

func TestWaysOfAKindAreTakenInTurn(t *testing.T) {
	for _, n := range []int{3, 4} {
		w := &World{turns: map[Kind]int{}}
		seen := map[int]int{}
		for i := range n {
			seen[w.inTurn(Event{Kind: Torn, Target: 7 * i, N: 1000 * n * i})%n]++
			w.inTurn(Event{Kind: Journal, Target: i, N: i}) // has turns of its own
		}
		for way := range n {
			if seen[way] == 0 {
				t.Errorf("of %d ways number %d was not taken in as many events: %v", n, way, seen)
			}
		}
	}
}
