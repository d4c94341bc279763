package analysis

import (
	"cmp"
	"math"
	"slices"

	"github.com/technoshare/commentator/internal/text"
)

// vector is a sparse tf-idf vector of length 1, sorted by term id. That of a
// sentence without terms is empty.
type vector []weight

// weight is one component: the id of a term and its value.
type weight struct {
	term int
	w    float64
}

// vectors gives each sentence its tf-idf vector over all of them. Words that
// are in most sentences weigh next to nothing, so no list of stop words is
// needed and any language will do.
func vectors(ss []text.Sentence) []vector {
	ids := make(map[string]int)
	var df []int
	// ids numbers the terms in the order of their first use. df[id] is the
	// number of sentences that have the term, counts[i][id] how often sentence
	// i has it.
	counts := make([]map[int]int, len(ss))
	for i, s := range ss {
		counts[i] = make(map[int]int)
		for _, t := range terms(s.Text) {
			id, ok := ids[t]
			if !ok {
				id = len(df)
				ids[t] = id
				df = append(df, 0)
			}
			if counts[i][id]++; counts[i][id] == 1 {
				df[id]++
			}
		}
	}
	out := make([]vector, len(ss))
	for i, c := range counts {
		v := make(vector, 0, len(c))
		for id, n := range c {
			// Term counts are damped by a logarithm: a word said twice is not
			// twice as telling.
			idf := math.Log(float64(1+len(ss)) / float64(df[id]))
			v = append(v, weight{id, (1 + math.Log(float64(n))) * idf})
		}
		// Sorted before anything is summed: floating point sums depend on the
		// order, and the order of a map is random.
		slices.SortFunc(v, func(a, b weight) int { return cmp.Compare(a.term, b.term) })
		out[i] = v.unit()
	}
	return out
}

// unit scales v to length 1, in place. A vector of zeros stays.
func (v vector) unit() vector {
	var sum float64
	for _, w := range v {
		sum += w.w * w.w
	}
	if sum == 0 {
		return v
	}
	norm := math.Sqrt(sum)
	for i := range v {
		v[i].w /= norm
	}
	return v
}

// dot is the cosine of the angle between two vectors of length 1, from 0 to 1
// here. Both are sorted, so that one pass over them is enough.
func (v vector) dot(o vector) float64 {
	var sum float64
	for i, j := 0, 0; i < len(v) && j < len(o); {
		switch {
		case v[i].term < o[j].term:
			i++
		case v[i].term > o[j].term:
			j++
		default:
			sum += v[i].w * o[j].w
			i++
			j++
		}
	}
	return sum
}

// centrality is how near each sentence is to the middle of the text, 0 to 1, in
// linear time: the cosine between its vector and the sum of all. It stands in
// for textRank where texts have thousands of sentences.
func centrality(ss []text.Sentence) []float64 {
	vs := vectors(ss)
	size := 0
	for _, v := range vs {
		if n := len(v); n > 0 {
			size = max(size, v[n-1].term+1)
		}
	}
	// The sum of all vectors points to the middle; its length does not matter.
	sums := make([]float64, size)
	for _, v := range vs {
		for _, w := range v {
			sums[w.term] += w.w
		}
	}
	middle := make(vector, 0, size)
	for t, w := range sums {
		middle = append(middle, weight{t, w})
	}
	middle = middle.unit()
	out := make([]float64, len(vs))
	for i, v := range vs {
		out[i] = v.dot(middle)
	}
	return out
}

// textRank scores sentences by the PageRank of the graph in which two sentences
// are joined by their similarity (Mihalcea and Tarau 2004, with the cosine of
// tf-idf vectors as LexRank has it). Scores are scaled to a maximum of 1. Time
// and memory are quadratic: the caller bounds the number. The number of rounds
// is fixed, so that the same text gives the same scores; damped by 0.85, what
// is left after 40 rounds is below a hundredth.
func textRank(vs []vector) []float64 {
	const (
		damping    = 0.85
		rounds     = 40
		similarity = 0.05 // below, two sentences share chance words only
	)
	n := len(vs)
	type edge struct {
		to int
		w  float64
	}
	edges := make([][]edge, n)
	out := make([]float64, n)
	for i := range n {
		for j := i + 1; j < n; j++ {
			if w := vs[i].dot(vs[j]); w > similarity {
				edges[i] = append(edges[i], edge{j, w})
				edges[j] = append(edges[j], edge{i, w})
				out[i] += w
				out[j] += w
			}
		}
	}
	score := make([]float64, n)
	for i := range score {
		score[i] = 1
	}
	// Each sentence passes its score on in proportion to the weights of its
	// edges; out is their sum, so that what it passes on is its score times
	// damping.
	for range rounds {
		next := make([]float64, n)
		for i := range n {
			next[i] += 1 - damping
			for _, e := range edges[i] {
				next[e.to] += damping * score[i] * e.w / out[i]
			}
		}
		score = next
	}
	top := 0.0
	for _, s := range score {
		top = max(top, s)
	}
	if top > 0 {
		for i := range score {
			score[i] /= top
		}
	}
	return score
}
