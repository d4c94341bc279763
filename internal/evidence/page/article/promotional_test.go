package article

import (
	"strings"
	"testing"
)

func TestPromotionalLines(t *testing.T) {
	for line, want := range map[string]bool{
		"Read more: Ten knots":                      true,
		"Related articles":                          true,
		"Follow us on Twitter":                      true,
		"Subscribe to our newsletter":               true,
		"Sign up here for alerts":                   true,
		"Advertisement":                             true,
		"Leggi anche: altro":                        true,
		"Lire aussi : autre chose":                  true,
		"Copyright 2024 Example Inc.":               true,
		"© 2024 Example. All rights reserved.":      true,
		"Share this article":                        true,
		"This post contains affiliate links.":       true,
		"> Enable JavaScript to read it":            true,
		"Tags: ropes, knots":                        true,
		"Photo: Ann Example":                        true,
		"The subscription model of the firm works.": false,
		"Shares rose by a third in the spring.":     false,
		"Readers follow the story on foot.":         false,
		"Follow the rope to its end.":               false,
	} {
		p := paras(line)
		if len(p) != 1 {
			t.Fatalf("%q is %d blocks", line, len(p))
		}
		if got := promotional(p[0]); got != want {
			t.Errorf("%q is promotional: %v", line, got)
		}
	}
	if promotional(para{text: "```\nSubscribe to x\n```", code: true}) {
		t.Error("code is promotional")
	}
	long := "Subscribe to our letter. " + strings.Repeat(prose("ropes")+" ", 10)
	if promotional(paras(long)[0]) {
		t.Error("a long block is promotional")
	}
}
