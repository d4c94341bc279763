package compare

import (
	"math"
	"slices"
)

// resamples is how many samples the bootstrap draws, as MLflow does.
const resamples = 10_000

// interval is the BCa bootstrap interval of the mean of differences (Efron and Tibshirani, "An
// Introduction to the Bootstrap", 14.3), which must not be all the same. Where it is not
// defined, it is the percentile interval.
func interval(deltas []float64, confidence float64) (low, high float64) {
	means := bootstrapMeans(deltas)
	alpha := (1 - confidence) / 2
	one, two := bcaLevels(deltas, means, alpha)
	slices.Sort(means)
	low, high = quantile(means, one), quantile(means, two)
	if math.IsNaN(low) || math.IsNaN(high) {
		return quantile(means, alpha), quantile(means, 1-alpha)
	}
	return low, high
}

// bootstrapMeans are the means of samples drawn with replacement. The stream is fixed, so that
// the same differences in the same order always give the same interval.
func bootstrapMeans(deltas []float64) []float64 {
	rng := newPCG64()
	sample, means := make([]float64, len(deltas)), make([]float64, resamples)
	for i := range means {
		for k := range sample {
			sample[k] = deltas[rng.below(uint32(len(deltas)))] //nolint:gosec // rows are fewer than 2³²
		}
		means[i] = mean(sample)
	}
	return means
}

// bcaLevels are the quantiles of the bootstrap's means that bound the interval: alpha and
// 1-alpha, corrected for bias and skew. They are NaN where all means are on one side.
func bcaLevels(deltas, means []float64, alpha float64) (one, two float64) {
	centre, below := mean(deltas), 0
	for _, m := range means {
		if m < centre {
			below++
		}
		if m <= centre {
			below++
		}
	}
	bias := normalQuantile(float64(below) / (2 * resamples))
	skew := acceleration(deltas)
	level := func(z float64) float64 {
		z += bias
		return normalCDF(bias + z/(1-skew*z))
	}
	z := normalQuantile(alpha)
	return level(z), level(-z)
}

// acceleration is that of the mean, by the jackknife.
func acceleration(deltas []float64) float64 {
	n := len(deltas)
	left, rest := make([]float64, n), make([]float64, n-1)
	for i := range deltas {
		copy(rest, deltas[:i])
		copy(rest[i:], deltas[i+1:])
		left[i] = mean(rest)
	}
	centre := mean(left)
	var squares, cubes float64
	for _, m := range left {
		u := float64(n-1) * (centre - m)
		squares, cubes = squares+u*u, cubes+u*u*u
	}
	f := float64(n)
	squares, cubes = squares/(f*f), cubes/(f*f*f)
	return cubes / (6 * math.Pow(squares, 1.5))
}

// quantile of sorted values, between two of them in proportion; NaN for one beyond 0 and 1.
func quantile(sorted []float64, p float64) float64 {
	if !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	part := at - float64(i)
	return sorted[i]*(1-part) + sorted[i+1]*part
}

// mean of values. They are added in numpy's order, since ties between means decide how much
// bias the bootstrap finds.
func mean(values []float64) float64 { return sum(values) / float64(len(values)) }

// Pairwise summation as numpy's add.reduce: blocks of 128 in eight lanes.
const (
	lanes = 8
	block = 128
)

func sum(v []float64) float64 {
	n := len(v)
	if n > block {
		half := n / 2
		half -= half % lanes
		return sum(v[:half]) + sum(v[half:])
	}
	if n < lanes {
		total := 0.0
		for _, x := range v {
			total += x
		}
		return total
	}
	var lane [lanes]float64
	copy(lane[:], v)
	i := lanes
	for ; i+lanes <= n; i += lanes {
		for k := range lane {
			lane[k] += v[i+k]
		}
	}
	total := ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]))
	for ; i < n; i++ {
		total += v[i]
	}
	return total
}
