package article

import (
	"strings"
	"testing"
)

// prose is a paragraph of running text on subject.
func prose(subject string) string {
	return "The article says at some length what it knows of " + subject + ", and why " + subject + " matters to those who read it."
}

// doc joins blocks as Render does.
func doc(blocks ...string) string { return strings.Join(blocks, "\n\n") }

func TestBlocksOfRenderedText(t *testing.T) {
	ps := paras("# Title\n\nOne, two.\nthree\n\n\n```\ncode\n\nmore\n```\n\n- a\n- b\n\n####### no heading\n\n…")
	want := []struct {
		key   string
		level int
		code  bool
	}{{"title", 1, false}, {"one two three", 0, false}, {"code more", 0, true}, {"a b", 0, false}, {"no heading", 0, false}, {"", 0, false}}
	if len(ps) != len(want) {
		t.Fatalf("%d blocks: %+v", len(ps), ps)
	}
	for i, w := range want {
		if p := ps[i]; p.key != w.key || p.level != w.level || p.code != w.code {
			t.Errorf("block %d is %+v, want %+v", i, p, w)
		}
	}
	if got := join(paras(doc("a", "b"))); got != "a\n\nb" {
		t.Errorf("joined to %q", got)
	}
	if got := paras("```\nopen\n\nfence"); len(got) != 1 {
		t.Errorf("an open fence is %d blocks", len(got))
	}
}

func TestProse(t *testing.T) {
	for text, want := range map[string]bool{
		prose("ropes"):                          true,
		prose("ropes") + "”":                    true,
		strings.TrimSuffix(prose("ropes"), "."): false,
		"Short.":                                false,
		"# " + prose("ropes"):                   false,
		"```\n" + prose("ropes") + "\n```":      false,
		strings.Repeat("ロープについて書く", 12) + "。": true,
	} {
		if got := paras(text)[0].prose(); got != want {
			t.Errorf("%q is prose: %v", text, got)
		}
	}
}
