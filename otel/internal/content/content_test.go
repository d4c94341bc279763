package content_test

import (
	"slices"
	"testing"

	"github.com/technoshare/commentator/otel/internal/content"
)

func TestTextsAreCutBetweenCharacters(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{{"abc", 3, "abc"}, {"abc", 2, "ab"}, {"aé", 2, "a"}, {"é", 1, ""}, {"", 0, ""}, {"\x80\x80", 1, ""}} {
		if got := content.Cut(c.text, c.n); got != c.want {
			t.Errorf("the first %d bytes of %q are %q, want %q", c.n, c.text, got, c.want)
		}
	}
}

func TestShortTextsStayWhole(t *testing.T) {
	for _, c := range []struct {
		sizes []int
		limit int
		want  []int // of each, in the order of sizes
	}{
		{[]int{5, 5}, 10, []int{5, 5}},
		{[]int{100, 2, 100}, 42, []int{20, 2, 20}},
		{[]int{100}, 42, []int{42}},
		{[]int{3, 3, 3, 90}, 30, []int{3, 3, 3, 21}},
		{nil, 10, nil},
	} {
		limit := content.Share(slices.Clone(c.sizes), c.limit)
		var got []int
		for _, size := range c.sizes {
			got = append(got, min(size, limit))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v share %d as %v, want %v", c.sizes, c.limit, got, c.want)
		}
	}
}
