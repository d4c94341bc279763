// Package compare says whether one evaluation run is better than another. In go the scores
// of the rows of both, out comes for each scorer the mean difference with its interval,
// the probability that it is chance, and how large it is; the values are those of
// mlflow.genai.compare_evaluations of MLflow 3.18, digit for digit where rows come in the
// same order.
//
//	result, err := compare.Reports(baseline, candidate)
//	if err := result.AssertImproved(0.05, "exact"); err != nil { … }
//
// Rows are matched by their id, since the same row in two runs has the same difficulty:
// paired tests see what two means hide. A row that one run lacks, or has twice, matches
// nothing and is named. Where all scores are 0 or 1 the test is McNemar's, exact below 25
// discordant pairs; else Wilcoxon's signed-rank test, exact up to 50 differences that are
// not zero. The interval is the BCa bootstrap's, of 10,000 samples from a fixed stream; the
// effect is Cohen's d_z. Scorers with fewer than six pairs have no numbers, as none could
// be significant. Nothing is corrected for comparing several scorers.
//
// [Runs] reads two runs from MLflow, and [Log] writes the result where MLflow writes it.
package compare
