//go:build linux

package chaos

import (
	"fmt"
	"reflect"
	"testing"
)

func TestWhatOneOfManyLacksIsFound(t *testing.T) {
	byJob := map[string][]string{}
	for n := range 10 {
		byJob[fmt.Sprint(n)] = []string{"a", "b"}
	}
	if got := lacks(byJob); len(got) > 0 {
		t.Errorf("all have everything: %v", got)
	}
	byJob["1"], byJob["2"] = []string{"a", "b", "rare"}, []string{"b"}
	if got := lacks(byJob); !reflect.DeepEqual(got, map[string][]string{"2": {"a"}}) {
		t.Errorf("found %v", got)
	}
	if got := lacks(map[string][]string{"1": {"a"}, "2": nil}); len(got) > 0 {
		t.Errorf("two are too few to tell: %v", got)
	}
}

// TestAnswersThatWereKeptAreToldFromThoseThatWereLost is about the model's ledger.
func TestAnswersThatWereKeptAreToldFromThoseThatWereLost(t *testing.T) {
	w := &World{harmed: map[string][]span{}}
	m := NewModel(t, 0, 0)
	m.note(7, "a.1")
	c := m.ledger()[7][0]
	if w.couldNotKeep(c) {
		t.Error("nothing happened to its caller")
	}
	w.harm("b.1", c.at, c.at)
	w.harm("a.1", c.at.Add(2*keepTime), c.at.Add(3*keepTime))
	if w.couldNotKeep(c) {
		t.Error("something happened to another process, and later")
	}
	w.stall(c.at.Add(keepTime/2), c.at.Add(2*keepTime))
	if !w.couldNotKeep(c) {
		t.Error("nothing got on from before it was to be kept until its process was killed")
	}
	w.stalls = nil
	w.harm("a.1", c.at.Add(keepTime/2), c.at.Add(keepTime/2))
	if !w.couldNotKeep(c) {
		t.Error("its process was killed before the answer was kept")
	}
	w.harmed = map[string][]span{}
	w.noDiskSpan(c.at)
	if !w.couldNotKeep(c) {
		t.Error("the disk was full")
	}
}
