// Package scorers has the scorers that most evaluations need. In goes an output and what was
// expected, out comes a score; see package eval. Those of texts and numbers judge them as
// they are; [eval.On] picks them out of larger types:
//
//	eval.On(scorers.Exact[Question, string](), expectedAnswer, answerOf)
package scorers

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/technoshare/commentator/otel/eval"
)

// Exact passes outputs that are equal to what is expected. Its name is exact.
func Exact[In any, T comparable]() eval.Scorer[In, T, T] {
	return eval.Check("exact", func(_ In, expected, out T) bool { return expected == out })
}

// Contains passes texts that hold the expected text, in any case of its letters. Its name is
// contains. Nothing expected passes always.
func Contains[In any]() eval.Scorer[In, string, string] {
	score := func(_ context.Context, c eval.Case[In, string, string]) (eval.Score, error) {
		if holds(c.Output, c.Expected) {
			return eval.Verdict(true, ""), nil
		}
		return eval.Verdict(false, fmt.Sprintf("does not hold %q", c.Expected)), nil
	}
	return eval.Scorer[In, string, string]{Name: "contains", Score: score}
}

// ContainsAll scores the share of the expected texts that the output holds, as [Contains]
// does, from 0 to 1. Its name is contains_all; nothing expected is 1.
func ContainsAll[In any]() eval.Scorer[In, []string, string] {
	return eval.Scorer[In, []string, string]{
		Name: "contains_all", Score: func(_ context.Context, c eval.Case[In, []string, string]) (eval.Score, error) {
			var missing []string
			for _, want := range c.Expected {
				if !holds(c.Output, want) {
					missing = append(missing, want)
				}
			}
			s := eval.Score{Value: 1}
			if n := len(missing); n > 0 {
				s.Value -= float64(n) / float64(len(c.Expected))
				s.Explanation = fmt.Sprintf("does not hold %q", missing)
			}
			return s, nil
		},
	}
}

func holds(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// Numeric passes numbers that are as near to what is expected as absolute, or as the share
// relative of it. Its name is numeric.
func Numeric[In any](absolute, relative float64) eval.Scorer[In, float64, float64] {
	score := func(_ context.Context, c eval.Case[In, float64, float64]) (eval.Score, error) {
		off, most := math.Abs(c.Output-c.Expected), max(absolute, relative*math.Abs(c.Expected))
		if off <= most {
			return eval.Verdict(true, ""), nil
		}
		return eval.Verdict(false, fmt.Sprintf("%g is off by %g, at most %g is allowed", c.Output, off, most)), nil
	}
	return eval.Scorer[In, float64, float64]{Name: "numeric", Score: score}
}

// maxEditText bounds texts whose edit distance is computed, in characters: the time is in
// proportion to the product of both.
const maxEditText = 20_000

// EditSimilarity scores how alike two texts are: 1 less Levenshtein's distance by the length of
// the longer, in characters. Its name is edit_similarity. Texts of more than 20,000
// characters are an error.
func EditSimilarity[In any]() eval.Scorer[In, string, string] {
	return eval.Scorer[In, string, string]{
		Name: "edit_similarity", Score: func(_ context.Context, c eval.Case[In, string, string]) (eval.Score, error) {
			a, b := []rune(c.Expected), []rune(c.Output)
			longer := max(len(a), len(b))
			switch {
			case longer > maxEditText:
				return eval.Score{}, fmt.Errorf("texts of %d characters are too long for an edit distance, at most %d", longer, maxEditText)
			case longer == 0:
				return eval.Score{Value: 1}, nil
			}
			distance := levenshtein(a, b)
			return eval.Score{Value: 1 - float64(distance)/float64(longer), Explanation: fmt.Sprintf("%d edits", distance)}, nil
		},
	}
}

// levenshtein counts insertions, deletions and substitutions.
func levenshtein(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		before := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := before
			if x != y {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, before+1)
		}
	}
	return row[len(b)]
}

// errNoDirection says that vectors have no angle.
var errNoDirection = errors.New("an embedding is zero or of another length than the other")

// cosine of the angle between two vectors.
func cosine(a, b []float64) (float64, error) {
	var dot, aa, bb float64
	if len(a) != len(b) {
		return 0, errNoDirection
	}
	for i := range a {
		dot, aa, bb = dot+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
	}
	if aa == 0 || bb == 0 {
		return 0, errNoDirection
	}
	return dot / (math.Sqrt(aa) * math.Sqrt(bb)), nil
}
