package compare

import "math/bits"

// pcg64 is the stream of numpy.random.default_rng(0), by which MLflow draws its bootstrap:
// PCG XSL RR 128/64 (O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically
// Good Algorithms for Random Number Generation", 2014), whose 64 bits numpy gives out as
// two numbers of 32, the lower first.
type pcg64 struct {
	hi, lo       uint64
	incHi, incLo uint64
	half         uint32 // the upper half of the last number, if it was not given out
	hasHalf      bool
}

// newPCG64 is the state of numpy.random.PCG64(0).
func newPCG64() *pcg64 {
	return &pcg64{hi: pcgStateHi, lo: pcgStateLo, incHi: pcgIncHi, incLo: pcgIncLo}
}

// Multiplier of the generator, and numpy's state for the seed 0.
const (
	pcgMulHi, pcgMulLo     = 2549297995355413924, 4865540595714422341
	pcgStateHi, pcgStateLo = 0x1aa1b5345996452d, 0x9585eb7a69561e3
	pcgIncHi, pcgIncLo     = 0x418ddadb3af71a82, 0x588133bc447873a9
)

func (p *pcg64) next64() uint64 {
	hi, lo := bits.Mul64(p.lo, pcgMulLo)
	hi += p.hi*pcgMulLo + p.lo*pcgMulHi
	var carry uint64
	p.lo, carry = bits.Add64(lo, p.incLo, 0)
	p.hi, _ = bits.Add64(hi, p.incHi, carry)
	const rotation = 58
	return bits.RotateLeft64(p.hi^p.lo, -int(p.hi>>rotation)) //nolint:gosec // six bits
}

func (p *pcg64) next32() uint32 {
	if p.hasHalf {
		p.hasHalf = false
		return p.half
	}
	n := p.next64()
	p.half, p.hasHalf = uint32(n>>32), true //nolint:gosec // the upper half
	return uint32(n)                        //nolint:gosec // the lower half
}

// below draws a whole number from 0 to n-1 without bias, n at most 2³²: Lemire's method ("Fast
// Random Integer Generation in an Interval", 2019), as numpy's Generator.integers.
func (p *pcg64) below(n uint32) int {
	m := uint64(p.next32()) * uint64(n)
	if rest := uint32(m); rest < n { //nolint:gosec // the lower half
		for least := -n % n; rest < least; rest = uint32(m) { //nolint:gosec // the lower half
			m = uint64(p.next32()) * uint64(n)
		}
	}
	return int(m >> 32)
}
