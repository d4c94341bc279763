package compare

import (
	"cmp"
	"math"
	"slices"
)

// Method is a test of significance.
type Method string

// The tests, by MLflow's names. McNemar's is for verdicts of yes or no, Wilcoxon's
// signed-rank test for all others.
const (
	McNemarExact       Method = "mcnemar_exact" // below 25 discordant pairs
	McNemarChi2        Method = "mcnemar_chi2"  // with continuity correction
	WilcoxonExact      Method = "wilcoxon_exact"
	WilcoxonAsymptotic Method = "wilcoxon_asymptotic" // above 50 differences that are not zero
)

const (
	mcnemarExactBelow = 25
	wilcoxonExactUpTo = 50
)

// mcnemar tests differences of -1, 0 and 1 (McNemar 1947; exact: the binomial test of the
// discordant pairs).
func mcnemar(deltas []float64) (Method, float64) {
	up, down := 0, 0
	for _, d := range deltas {
		switch {
		case d > 0:
			up++
		case d < 0:
			down++
		}
	}
	n := up + down
	switch {
	case n == 0:
		return McNemarExact, 1
	case n < mcnemarExactBelow:
		return McNemarExact, min(1, 2*binomialHalf(min(up, down), n))
	}
	off := math.Abs(float64(up-down)) - 1
	return McNemarChi2, math.Erfc(math.Sqrt(off * off / float64(n) / 2)) // chi², one degree of freedom
}

// binomialHalf is the probability of at most k heads of n coins.
func binomialHalf(k, n int) float64 {
	total, term := 0.0, 1.0
	for i := 0; i <= k; i++ {
		total += term
		term = term * float64(n-i) / float64(i+1)
	}
	return total * math.Pow(0.5, float64(n))
}

// wilcoxon is the signed-rank test of differences, those of zero left out (Wilcoxon 1945).
func wilcoxon(deltas []float64) (Method, float64) {
	d := slices.DeleteFunc(slices.Clone(deltas), func(x float64) bool { return x == 0 })
	if len(d) == 0 {
		return WilcoxonExact, 1
	}
	plus, ties := signedRanks(d)
	n := float64(len(d))
	if len(d) <= wilcoxonExactUpTo {
		// The distribution is that of whole ranks. A sum of ties may lie between two, and is
		// taken to the side on which less is significant.
		below, above := rankTails(len(d), plus)
		return WilcoxonExact, min(1, 2*min(below, above))
	}
	deviation := math.Sqrt((n*(n+1)*(2*n+1) - ties/2) / 24)
	z := (plus - n*(n+1)/4) / deviation
	return WilcoxonAsymptotic, 2 * normalCDF(-math.Abs(z))
}

// signedRanks gives the sum of the ranks of positive differences, equal ones having the mean of
// their ranks, and the sum of t³-t over groups of t equal ones.
func signedRanks(d []float64) (plus, ties float64) {
	d = slices.Clone(d)
	slices.SortFunc(d, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
	for i := 0; i < len(d); {
		j := i
		for j < len(d) && math.Abs(d[j]) == math.Abs(d[i]) {
			j++
		}
		rank := float64(i+1+j) / 2
		for _, x := range d[i:j] {
			if x > 0 {
				plus += rank
			}
		}
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	return plus, ties
}

// rankTails is the probability of a sum of ranks up to plus, and from it on, among n ranks.
func rankTails(n int, plus float64) (below, above float64) {
	p := make([]float64, n*(n+1)/2+1)
	p[0] = 1
	for k := 1; k <= n; k++ {
		for s := k * (k + 1) / 2; s >= 0; s-- {
			p[s] /= 2
			if s >= k {
				p[s] += p[s-k] / 2 // p[s-k] is still that of k-1 ranks
			}
		}
	}
	for s, q := range p {
		if float64(s) <= math.Ceil(plus) {
			below += q
		}
		if float64(s) >= math.Floor(plus) {
			above += q
		}
	}
	return below, above
}

// tTest is the paired t-test of differences that are not all the same.
func tTest(deltas []float64) float64 {
	n := float64(len(deltas))
	t := mean(deltas) / (deviation(deltas) / math.Sqrt(n))
	df := n - 1
	return betaRegularized(df/(df+t*t), df/2, 0.5)
}

// deviation is the standard deviation of a sample.
func deviation(v []float64) float64 {
	centre, squares := mean(v), 0.0
	for _, x := range v {
		squares += (x - centre) * (x - centre)
	}
	return math.Sqrt(squares / float64(len(v)-1))
}
