package visible

import (
	"math"
	"strconv"

	"github.com/technoshare/commentator/internal/text"
)

// channels are the names of the parts of a colour, in their order.
var channels = text.Set("rgb hsl hwb lab lch xyz")

// channel is a part of a relative colour, of the function that is named: a number, or one of the parts of the colour
// that it begins with (CSS Color Level 5, 4). It is not ok for calculations with such parts, and for parts in spaces that
// are not computed here.
func (c rgba) channel(function, part string) (number string, ok bool) {
	var value float64
	switch part {
	case "r":
		value = c.r
	case "g":
		value = c.g
	case "b":
		if function != "rgb" && function != "rgba" && function != "color" {
			return part, false
		}
		value = c.b
	case "h", "s", "l", "w":
		return c.hue(function, part)
	default:
		_, ok = (units{font: 16, percent: 1}).length(part)
		return part, ok || part == "none"
	}
	if function != "color" {
		value *= 255
	}
	return strconv.FormatFloat(value, 'f', -1, 64), true
}

// hue is a part of hsl().
func (c rgba) hue(function, part string) (number string, ok bool) {
	if function != "hsl" && function != "hsla" {
		return part, false
	}
	most, least := max(c.r, c.g, c.b), min(c.r, c.g, c.b)
	span, light := most-least, (most+least)/2
	var value float64
	switch {
	case part == "l":
		value = 100 * light
	case span == 0:
	case part == "s":
		value = 100 * span / max(1e-9, 1-math.Abs(2*light-1))
	case part == "h" && most == c.r:
		value = 60 * math.Mod((c.g-c.b)/span+6, 6)
	case part == "h" && most == c.g:
		value = 60 * ((c.b-c.r)/span + 2)
	case part == "h":
		value = 60 * ((c.r-c.g)/span + 4)
	default:
		return part, false
	}
	return strconv.FormatFloat(value, 'f', -1, 64), true
}
