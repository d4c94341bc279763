package pdf

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// sheetOf is a page of atoms.
func sheetOf(atoms []atom) *sheet {
	return &sheet{frame: frame{page: box{0, 0, 595, 842}}, atoms: atoms, objects: []textObject{{}}}
}

func TestNoWordIsLostWhereverItStands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "words")
		atoms := make([]atom, n)
		for i := range atoms {
			size := rapid.SampledFrom([]float64{0, 5, 8, 10, 10, 10, 12, 30, 1000}).Draw(t, "size")
			x := rapid.Float64Range(-100, 700).Draw(t, "x")
			y := rapid.SampledFrom([]float64{100, 112, 112, 116, 124, 124, 300, 800, -1e6}).Draw(t, "y")
			text := fmt.Sprintf("%s%c%c", rapid.SampledFrom([]string{"", "W", "das", "שלום", "分割", "•", "(1)", "-"}).Draw(t, "text"), 'a'+i/26, 'a'+i%26)
			width := rapid.Float64Range(0, 200).Draw(t, "width")
			atoms[i] = atom{
				text: text, base: y, size: size, box: box{x, y - size, x + width, y + size/4},
				space: rapid.Bool().Draw(t, "space"), pitch: rapid.SampledFrom([]float64{0, 0, 6}).Draw(t, "pitch"),
			}
		}
		want := make([]string, n)
		for i, a := range atoms {
			want[i] = strings.TrimLeft(a.text, "•(1)-")
		}
		got := strings.NewReplacer(" ", "", "\n", "", "|", "", "^", "", "_", "", "{", "", "}", "", "[", "", "]", "").
			Replace(layout([][]line{sheetOf(atoms).lines()})[0])
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Fatalf("%q is lost: %q", w, got)
			}
		}
	})
}

func TestPagesOfManyPiecesTakeLinearTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute with the race detector, and nothing runs beside it")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for name, at := range map[string]func(i int) (x, y float64){
		"scattered":        func(int) (float64, float64) { return rng.Float64() * 600, rng.Float64() * 840 },
		"on one baseline":  func(int) (float64, float64) { return rng.Float64() * 1e5, 400 },
		"at one place":     func(int) (float64, float64) { return 100, 400 },
		"in many columns":  func(i int) (float64, float64) { return float64(i%40) * 15, float64(i/40) * .2 },
		"one to a line":    func(i int) (float64, float64) { return 72, float64(i) * 12 },
		"a staircase down": func(i int) (float64, float64) { return float64(i%600) + 1, float64(i) },
	} {
		atoms := make([]atom, 15_000)
		for i := range atoms {
			x, y := at(i)
			atoms[i] = atom{text: string(rune('A' + i%26)), base: y, size: 10, box: box{x, y - 8, x + 6, y + 2}}
		}
		start := time.Now()
		layout([][]line{sheetOf(atoms).lines()})
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: %s", name, took)
		}
	}
}
