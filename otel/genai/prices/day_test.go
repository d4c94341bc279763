package prices

import (
	"testing"
	"time"
)

func TestThePriceOfTheDayCounts(t *testing.T) {
	own := mustParse(t, `dated: 2026-11-30
models:
  changing:
    - {input: 1, output: 2}
    - {from: 2026-12-01, input: 2, output: 4}
    - {from: 2027-01-01, input: 3}
  coming: {from: 2026-12-01, input: 5}
---
vendor: acme
models:
  gemini-4-argon: {input: 2, cached_input: 0.1, output: 10}
`)
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	changing, coming := Call{Answered: "changing"}, Call{Answered: "coming"}
	argon, flash := Call{Provider: "gcp.gemini", Answered: "gemini-4-argon"}, Call{Provider: "gcp.vertex_ai", Asked: "gemini-3.7-flash"}
	for name, c := range map[string]struct {
		call   Call
		at     string
		want   float64
		source string
	}{
		"long before":                       {changing, "2001-01-01T00:00:00Z", 1, "own.yaml 2026-11-30"},
		"the last moment of the day before": {changing, "2026-11-30T23:59:59.999999999Z", 1, "own.yaml 2026-11-30"},
		"the first moment of the day":       {changing, "2026-12-01T00:00:00Z", 2, "own.yaml 2026-11-30 (from 2026-12-01)"},
		"the day after":                     {changing, "2026-12-02T12:00:00Z", 2, "own.yaml 2026-11-30 (from 2026-12-01)"},
		"the next change":                   {changing, "2027-01-01T00:00:00Z", 3, "own.yaml 2026-11-30 (from 2027-01-01)"},
		"long after":                        {changing, "2099-01-01T00:00:00Z", 3, "own.yaml 2026-11-30 (from 2027-01-01)"},
		"a morning east of Greenwich":       {changing, "2026-12-01T07:00:00+09:00", 1, "own.yaml 2026-11-30"},
		"an evening west of it":             {changing, "2026-11-30T20:00:00-05:00", 2, "own.yaml 2026-11-30 (from 2026-12-01)"},
		"at an unknown time":                {changing, "", unknown, ""},
		"before there is a price":           {coming, "2026-11-30T23:59:59Z", unknown, ""},
		"when there is one":                 {coming, "2026-12-01T00:00:00Z", 5, "own.yaml 2026-11-30 (from 2026-12-01)"},
		"the only one at an unknown time":   {coming, "", unknown, ""},
		"built in, the day before":          {argon, "2026-11-30T23:59:59Z", 2, "google 2026-11-20"},
		"built in, at the change":           {argon, "2026-12-01T00:00:00Z", 4, "google 2026-11-20 (from 2026-12-01)"},
		"of Vertex, the day before":         {flash, "2026-12-31T23:59:59Z", 0.75, "vertex 2026-11-20"},
		"of Vertex, at the change":          {flash, "2027-01-01T00:00:00Z", 1.5, "vertex 2026-11-20 (from 2027-01-01)"},
		"while the vendors agree":           {Call{Answered: "gemini-4-argon"}, "2026-11-30T00:00:00Z", 2, "acme"},
		"when they no longer do":            {Call{Answered: "gemini-4-argon"}, "2026-12-01T00:00:00Z", unknown, ""},
		"of vendors that change together":   {Call{Answered: "gemini-3.8-flash"}, "2027-01-01T00:00:00Z", 1.5, "google 2026-11-20 (from 2027-01-01)"},
	} {
		if c.at != "" {
			c.call.Time = at(c.at)
		}
		if got := input(own, c.call); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if got, _ := own.Cost(c.call); got.Source != c.source {
			t.Errorf("%s: source %q, want %q", name, got.Source, c.source)
		}
	}
}
