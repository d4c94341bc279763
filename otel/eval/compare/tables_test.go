package compare

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// want is what MLflow makes of a table; null is NaN, or no number at all.
type want struct {
	Status        string   `json:"status"`
	Pairs         int      `json:"n_paired"`
	Method        Method   `json:"method"`
	BaselineMean  *float64 `json:"baseline_mean"`
	CandidateMean *float64 `json:"candidate_mean"`
	Diff          *float64 `json:"diff"`
	Low           *float64 `json:"ci_low"`
	High          *float64 `json:"ci_high"`
	PValue        *float64 `json:"p_value"`
	TTestPValue   *float64 `json:"t_test_p_value"`
	Effect        *float64 `json:"effect_size"`
	Ties          int      `json:"ties"`
	Nonzero       int      `json:"n_nonzero"`
}

// TestValuesAreThoseOfMLflow, on 200 random tables: testdata/make_tables.py says how they were
// made.
func TestValuesAreThoseOfMLflow(t *testing.T) {
	text, err := os.ReadFile("testdata/tables.json")
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		Tables []struct {
			Kind                string
			Confidence          float64
			Baseline, Candidate []float64
			Want                want
		}
	}
	if err := json.Unmarshal(text, &data); err != nil {
		t.Fatal(err)
	}
	if len(data.Tables) != 200 {
		t.Fatalf("%d tables", len(data.Tables))
	}
	methods := map[Method]int{}
	for i, table := range data.Tables {
		got := paired("s", table.Baseline, table.Candidate, config{confidence: table.Confidence})
		w := table.Want
		methods[w.Method]++
		if got.Enough != (w.Status == "ok") || got.Pairs != w.Pairs || got.Method != w.Method || got.Ties != w.Ties || got.Nonzero != w.Nonzero {
			t.Errorf("table %d (%s): %+v, want %+v", i, table.Kind, got, w)
		}
		for name, pair := range map[string]struct {
			got  float64
			want *float64
		}{
			"baseline mean": {got.BaselineMean, w.BaselineMean}, "candidate mean": {got.CandidateMean, w.CandidateMean}, "difference": {got.Diff, w.Diff},
			"low": {got.Low, w.Low}, "high": {got.High, w.High}, "p": {got.PValue, w.PValue}, "p of the t-test": {got.TTestPValue, w.TTestPValue},
			"effect": {got.Effect, w.Effect},
		} {
			const most = 1e-6
			switch {
			case pair.want == nil && !math.IsNaN(pair.got):
				t.Errorf("table %d (%s): %s is %v, want none", i, table.Kind, name, pair.got)
			case pair.want != nil && !(math.Abs(pair.got-*pair.want) <= most):
				t.Errorf("table %d (%s, %d pairs): %s is %v, want %v", i, table.Kind, got.Pairs, name, pair.got, *pair.want)
			}
		}
	}
	for _, m := range []Method{McNemarExact, McNemarChi2, WilcoxonExact, WilcoxonAsymptotic, ""} {
		if methods[m] == 0 {
			t.Errorf("no table for method %q", m)
		}
	}
}

// The stream is numpy's: numpy.random.default_rng(0).integers(0, 7, 20).
func TestTheStreamIsNumpys(t *testing.T) {
	rng := newPCG64()
	for i, want := range []int{5, 4, 3, 1, 2, 0, 0, 0, 1, 5, 4, 6, 3, 4, 6, 5, 4, 3, 3, 6} {
		if got := rng.below(7); got != want {
			t.Errorf("number %d is %d, want %d", i, got, want)
		}
	}
}
