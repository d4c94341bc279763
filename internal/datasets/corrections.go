package datasets

import (
	"slices"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// gathered is a row that is being made of jobs, the oldest first.
type gathered struct {
	row         Row
	corrections []correction
}

// correction is what a person would have liked to read. Whose it is, no row says.
type correction struct {
	person string
	value  any
	at     time.Time // zero on servers that do not say
}

// correct notes a correction. Of one person's the newest counts.
func (g *gathered) correct(a mlflow.Assessment) {
	c := correction{a.Source.Type + " " + a.Source.ID, valueOf(*a.Expectation), a.Updated}
	for i, old := range g.corrections {
		if old.person != c.person {
			continue
		}
		if c.at.Before(old.at) {
			return
		}
		g.corrections = slices.Delete(g.corrections, i, i+1)
		break
	}
	g.corrections = append(g.corrections, c)
}

// whole is the row with the corrections: the newest is what is expected, others beside it. Where the server does
// not say when they were made, the order of the jobs counts.
func (g *gathered) whole() Row {
	slices.SortStableFunc(g.corrections, func(a, b correction) int { return a.at.Compare(b.at) })
	var values []any
	for _, c := range slices.Backward(g.corrections) {
		if !slices.ContainsFunc(values, func(v any) bool { return sameJSON(v, c.value) }) {
			values = append(values, c.value)
		}
	}
	if len(values) > 0 {
		g.row.Expectations[ExpectedResponse] = values[0]
	}
	if len(values) > 1 {
		g.row.Expectations[AlsoExpected] = values[1:]
	}
	return g.row
}
