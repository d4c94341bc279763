package notes

import (
	"fmt"
	"testing"
)

func TestNotesAreSaidOnceAndBounded(t *testing.T) {
	var n Notes
	if n.List() != nil {
		t.Error("nothing was said")
	}
	n.Add("a %s", "b\xff")
	n.Add("a %s", "b\xff")
	var other Notes
	other.Add("c")
	other.Add("a %s", "b\uFFFD")
	n.AddAll(&other)
	if got := fmt.Sprint(n.List()); got != "[a b\uFFFD c]" {
		t.Errorf("got %s", got)
	}
	for i := range 2 * most {
		n.Add("note %d", i)
	}
	list := n.List()
	if len(list) != most+1 || list[most] != "further notes left out" {
		t.Errorf("%d notes, the last is %q", len(list), list[len(list)-1])
	}
}
