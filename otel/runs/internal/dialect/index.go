package dialect

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/technoshare/commentator/otel/runs/internal/naming"
)

// reading is what a name turned out to mean.
type reading struct {
	means Meaning
	param string // the setting's name, for Param
	// byLastWord: guessed from the last word alone ("….input"), so that a value
	// of the wrong type is no content after all.
	byLastWord bool
	rank       int // the row's place in the table; guesses rank behind all rows
	clues      clue
}

// clue is what the words of a name that is no row say beside its meaning, a bit each.
type clue uint8

const (
	clueUsage     clue = 1 << iota // it speaks of usage
	clueTokensIn                   // tokens_in, which elsewhere counts coins and cards too
	clueTokensOut                  //
	clueCost                       // it is a cost, and of what only that it is the span's own
	clueCallID                     // the id of a call, and not of what
)

// cluesOf reads the clues of a name.
func cluesOf(key string) (c clue) {
	words := naming.Words(key)
	if among(words, "usage") {
		c |= clueUsage
	}
	if isBareCost(words) {
		c |= clueCost
	}
	if n := len(words); n >= 2 && words[n-2] == "tokens" {
		switch words[n-1] {
		case "in":
			c |= clueTokensIn
		case "out":
			c |= clueTokensOut
		}
	}
	if slices.Equal(words, []string{"call", "id"}) {
		c |= clueCallID
	}
	return c
}

// Ranks of names that the table lacks.
const (
	rankGuessed = len(rows)
	rankUnknown = rankGuessed + 1
)

// index is the table keyed for reading.
type index struct {
	exact    map[string]int // by name
	prefixes []int          // rows that end in ".*", in order

	// learnt has the readings of names that are no row, which are dear to find and come again in every span.
	learnt sync.Map // of reading, by name
	room   atomic.Int64
}

// Bounds of learnt: names, and bytes of one. Names with ids in them would fill it.
const (
	maxLearnt      = 4096
	maxLearntBytes = 128
)

// table builds the index at the first use and keeps it: it is constant.
//
//nolint:gochecknoglobals // a constant, computed once
var table = sync.OnceValue(func() *index {
	ix := &index{exact: make(map[string]int, len(rows))}
	ix.room.Store(maxLearnt)
	for i, r := range rows {
		if strings.HasSuffix(r.key, ".*") {
			ix.prefixes = append(ix.prefixes, i)
			continue
		}
		ix.exact[r.key] = i
	}
	return ix
})

// find returns what a name means: by its own row, by the first prefix that fits,
// else by a guess.
func (ix *index) find(key string) reading {
	if i, ok := ix.exact[key]; ok {
		return reading{means: rows[i].means, param: rows[i].param, rank: i}
	}
	if r, ok := ix.learnt.Load(key); ok {
		return r.(reading)
	}
	r := ix.search(key)
	r.clues = cluesOf(key)
	if len(key) <= maxLearntBytes && ix.room.Add(-1) >= 0 {
		ix.learnt.Store(strings.Clone(key), r)
	}
	return r
}

// search is find for a name that is no row.
func (ix *index) search(key string) reading {
	for _, i := range ix.prefixes {
		if rest, ok := strings.CutPrefix(key, strings.TrimSuffix(rows[i].key, "*")); ok {
			r := reading{means: rows[i].means, param: rows[i].param, rank: i}
			if r.means == Param && r.param == "" {
				r.param = naming.Snake(rest)
			}
			return r
		}
	}
	if r, ok := guess(key); ok {
		r.rank = rankGuessed
		return r
	}
	return reading{rank: rankUnknown}
}
