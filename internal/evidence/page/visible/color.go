package visible

import (
	"math"
	"strconv"
	"strings"

	"github.com/tdewolff/parse/v2/css"
	"golang.org/x/image/colornames"
)

// rgba is a colour; each part is from 0 to 1.
type rgba struct{ r, g, b, a float64 }

var (
	white = rgba{1, 1, 1, 1}
	black = rgba{0, 0, 0, 1}
)

// parseColor reads a colour of CSS Color Level 4 and 5 in lower case. current is what
// currentcolor is. It is not ok when the value is none, or one that is not known here.
func parseColor(v string, current rgba, depth int) (c rgba, ok bool) {
	v = strings.TrimSpace(v)
	switch {
	case v == "" || depth > 4 || len(v) > 300:
		return c, false
	case v[0] == '#':
		return hexColor(v[1:])
	case v == "transparent":
		return rgba{}, true
	case v == "currentcolor":
		return current, true
	case v == "rebeccapurple":
		return rgba{0.4, 0.2, 0.6, 1}, true
	case v == "canvas", v == "field", v == "window":
		return white, true
	case v == "canvastext", v == "fieldtext", v == "windowtext", v == "buttontext":
		return black, true
	}
	if n, found := colornames.Map[v]; found {
		return rgba{float64(n.R) / 255, float64(n.G) / 255, float64(n.B) / 255, 1}, true
	}
	f := functions(v)
	if len(f) != 1 || len(f[0].args) == 0 {
		return c, false
	}
	switch args := f[0].args; f[0].name {
	case "light-dark":
		return parseColor(args[0], current, depth+1)
	case "color-mix":
		return mix(args, current, depth)
	case "contrast-color":
		against, ok := parseColor(args[0], current, depth+1)
		if 0.2126*against.r+0.7152*against.g+0.0722*against.b > 0.5 {
			return black, ok
		}
		return white, ok
	default:
		return colorFunction(f[0].name, args, current, depth)
	}
}

// hexColor reads the digits of #rgb, #rgba, #rrggbb and #rrggbbaa.
func hexColor(digits string) (rgba, bool) {
	n, err := strconv.ParseUint(digits, 16, 64)
	if err != nil {
		return rgba{}, false
	}
	part := func(shift int, bits uint64) float64 { return float64(n>>shift&bits) / float64(bits) }
	switch len(digits) {
	case 3:
		return rgba{part(8, 15), part(4, 15), part(0, 15), 1}, true
	case 4:
		return rgba{part(12, 15), part(8, 15), part(4, 15), part(0, 15)}, true
	case 6:
		return rgba{part(16, 255), part(8, 255), part(0, 255), 1}, true
	case 8:
		return rgba{part(24, 255), part(16, 255), part(8, 255), part(0, 255)}, true
	}
	return rgba{}, false
}

// colorFunction reads rgb(), hsl(), hwb(), lab(), lch(), oklab(), oklch() and color(), with commas
// or without.
func colorFunction(name string, args []string, current rgba, depth int) (rgba, bool) {
	if len(args) == 1 {
		args[0] = strings.ReplaceAll(args[0], "/", " ")
		args = topLevel(args[0], ' ')
	}
	var base *rgba
	if len(args) > 2 && args[0] == "from" {
		from, ok := parseColor(args[1], current, depth+1)
		if !ok {
			return rgba{}, false
		}
		base, args = &from, args[2:]
	}
	if name == "color" && len(args) > 0 {
		args = args[1:] // the name of a space; those with names are near sRGB
	}
	if len(args) < 3 || len(args) > 4 {
		return rgba{}, false
	}
	alpha := 1.
	if len(args) == 4 {
		n, ok := number(args[3])
		if !ok && base == nil {
			return rgba{}, false
		}
		alpha = n
		if args[3] == "alpha" && base != nil {
			alpha = base.a
		}
	}
	alpha = min(1, max(0, alpha))
	if base != nil && channels[strings.Join(args[:3], "")] {
		return rgba{base.r, base.g, base.b, alpha}, true // as it is
	}
	if base != nil {
		for i := range 3 {
			var ok bool
			if args[i], ok = base.channel(name, args[i]); !ok {
				return rgba{}, false
			}
		}
	}
	var n [3]float64
	scale := [3]float64{255, 255, 255}
	switch name {
	case "hsl", "hsla", "hwb":
		scale = [3]float64{360, 100, 100}
	case "lab":
		scale = [3]float64{100, 125, 125}
	case "lch":
		scale = [3]float64{100, 150, 360}
	case "oklab":
		scale = [3]float64{1, 0.4, 0.4}
	case "oklch":
		scale = [3]float64{1, 0.4, 360}
	case "color":
		scale = [3]float64{1, 1, 1}
	case "rgb", "rgba":
	default:
		return rgba{}, false
	}
	for i := range n {
		if args[i] == "none" {
			continue
		}
		var ok bool
		if n[i], ok = (units{font: 16, percent: scale[i]}).length(args[i]); !ok {
			return rgba{}, false
		}
	}
	c := toRGB(name, n)
	return rgba{min(1, max(0, c[0])), min(1, max(0, c[1])), min(1, max(0, c[2])), alpha}, true
}

// toRGB converts the numbers of a function to sRGB.
func toRGB(name string, n [3]float64) [3]float64 {
	sin, cos := math.Sincos(n[2] * math.Pi / 180)
	switch name {
	case "rgb", "rgba":
		return [3]float64{n[0] / 255, n[1] / 255, n[2] / 255}
	case "hsl", "hsla":
		turn := n[0]/360 - math.Floor(n[0]/360)
		r, g, b := css.HSL2RGB(turn, min(1, max(0, n[1]/100)), min(1, max(0, n[2]/100)))
		return [3]float64{r, g, b}
	case "hwb":
		turn := n[0]/360 - math.Floor(n[0]/360)
		r, g, b := css.HSL2RGB(turn, 1, 0.5)
		w, k := n[1]/100, n[2]/100
		if w+k >= 1 {
			return [3]float64{w / (w + k), w / (w + k), w / (w + k)}
		}
		return [3]float64{r*(1-w-k) + w, g*(1-w-k) + w, b*(1-w-k) + w}
	case "oklab":
		return oklab(n[0], n[1], n[2])
	case "oklch":
		return oklab(n[0], n[1]*cos, n[1]*sin)
	case "lab":
		return oklab(n[0]/100, n[1]/300, n[2]/300) // near enough to tell colours apart
	case "lch":
		return oklab(n[0]/100, n[1]*cos/300, n[1]*sin/300)
	}
	return n
}

// oklab converts to sRGB. Source: Björn Ottosson, A perceptual color space for image processing.
func oklab(l, a, b float64) [3]float64 {
	cube := func(x float64) float64 { return x * x * x }
	x, y, z := cube(l+0.3963377774*a+0.2158037573*b), cube(l-0.1055613458*a-0.0638541728*b), cube(l-0.0894841775*a-1.2914855480*b)
	gamma := func(x float64) float64 {
		if x <= 0.0031308 {
			return 12.92 * x
		}
		return 1.055*math.Pow(x, 1/2.4) - 0.055
	}
	return [3]float64{
		gamma(4.0767416621*x - 3.3077115913*y + 0.2309699292*z), gamma(-1.2684380046*x + 2.6097574011*y - 0.3413193965*z),
		gamma(-0.0041960863*x - 0.7034186147*y + 1.7076147010*z),
	}
}

// mix reads the arguments of color-mix(), in whatever space: in sRGB.
func mix(args []string, current rgba, depth int) (rgba, bool) {
	if len(args) != 3 {
		return rgba{}, false
	}
	var colors [2]rgba
	shares := [2]float64{-1, -1}
	for i, arg := range args[1:] {
		for _, part := range topLevel(arg, ' ') {
			if p, ok := strings.CutSuffix(part, "%"); ok {
				shares[i], _ = number(p)
			} else if c, ok := parseColor(part, current, depth+1); ok {
				colors[i] = c
			} else {
				return rgba{}, false
			}
		}
	}
	switch {
	case shares[0] < 0 && shares[1] < 0:
		shares = [2]float64{50, 50}
	case shares[0] < 0:
		shares[0] = 100 - shares[1]
	case shares[1] < 0:
		shares[1] = 100 - shares[0]
	}
	sum := shares[0] + shares[1]
	if sum <= 0 {
		return rgba{}, false
	}
	p, q := shares[0]/sum, shares[1]/sum
	a, b := colors[0], colors[1]
	alpha := a.a*p + b.a*q
	if alpha == 0 {
		return rgba{}, true
	}
	return rgba{
		(a.r*a.a*p + b.r*b.a*q) / alpha, (a.g*a.a*p + b.g*b.a*q) / alpha, (a.b*a.a*p + b.b*b.a*q) / alpha,
		alpha * min(1, sum/100),
	}, true
}

// over is c as it looks on an opaque ground.
func (c rgba) over(ground rgba) rgba {
	return rgba{c.r*c.a + ground.r*(1-c.a), c.g*c.a + ground.g*(1-c.a), c.b*c.a + ground.b*(1-c.a), 1}
}

// unreadable is the largest difference of a part of two colours, from 0 to 1, at which nobody
// tells text from its ground: 18 of 255.
const unreadable = 18. / 255

// near reports whether nobody tells one colour from the other.
func (c rgba) near(d rgba) bool {
	return math.Abs(c.r-d.r) <= unreadable && math.Abs(c.g-d.g) <= unreadable && math.Abs(c.b-d.b) <= unreadable
}
