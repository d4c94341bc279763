package visible

import (
	"math"
	"strings"
)

// constant reads a word that stands for a number in a calculation (CSS Values Level 4, 10.7.1).
func (e *expression) constant() (float64, bool) {
	for _, c := range constants {
		rest, ok := strings.CutPrefix(e.text, c.word)
		if ok && (rest == "" || strings.IndexByte(" ,)*/+-", rest[0]) >= 0) {
			e.text = rest
			return c.value, true
		}
	}
	return 0, false
}

// constants are those words. Infinity is as far away as a browser lets it be.
var constants = []struct {
	word  string
	value float64
}{{"pi", math.Pi}, {"e", math.E}, {"infinity", math.MaxFloat32}, {"-infinity", -math.MaxFloat32}}

// strategy reads the first argument of round() that says which way, if there is one.
func (e *expression) strategy() string {
	e.space()
	for _, word := range []string{"up", "down", "to-zero", "nearest"} {
		if rest, ok := strings.CutPrefix(e.text, word); ok && strings.HasPrefix(strings.TrimLeft(rest, " "), ",") {
			e.text = strings.TrimLeft(rest, " ")[1:]
			return strings.TrimPrefix(word, "nearest")
		}
	}
	return ""
}

// rounded is round(): to a multiple of its second argument.
func rounded(strategy string, args []float64) (float64, bool) {
	step := 1.
	if len(args) == 2 {
		step = math.Abs(args[1])
	}
	if step == 0 || len(args) > 2 {
		return args[0], false
	}
	round := map[string]func(float64) float64{"up": math.Ceil, "down": math.Floor, "to-zero": math.Trunc, "": math.Round}[strategy]
	return round(args[0]/step) * step, true
}

// apply is the value of a function of CSS calculations.
func apply(name string, args []float64) (float64, bool) {
	switch name {
	case "", "calc", "-webkit-calc":
		return args[0], len(args) == 1
	case "round", "roundup", "rounddown", "roundto-zero":
		return rounded(strings.TrimPrefix(name, "round"), args)
	case "tan":
		return math.Tan(args[0] * math.Pi / 180), true
	case "asin":
		return math.Asin(args[0]) * 180 / math.Pi, true
	case "acos":
		return math.Acos(args[0]) * 180 / math.Pi, true
	case "atan":
		return math.Atan(args[0]) * 180 / math.Pi, true
	case "atan2":
		if len(args) == 2 {
			return math.Atan2(args[0], args[1]) * 180 / math.Pi, true
		}
	case "sqrt":
		return math.Sqrt(args[0]), true
	case "exp":
		return math.Exp(args[0]), true
	case "log":
		if len(args) == 2 {
			return math.Log(args[0]) / math.Log(args[1]), true
		}
		return math.Log(args[0]), true
	case "hypot":
		sum := 0.
		for _, a := range args {
			sum += a * a
		}
		return math.Sqrt(sum), true
	case "progress":
		if len(args) == 3 {
			if args[1] == args[2] {
				return 0, true
			}
			return (args[0] - args[1]) / (args[2] - args[1]), true
		}
	case "min":
		for _, a := range args {
			args[0] = min(args[0], a)
		}
		return args[0], true
	case "max":
		for _, a := range args {
			args[0] = max(args[0], a)
		}
		return args[0], true
	case "clamp":
		if len(args) == 3 {
			return max(args[0], min(args[1], args[2])), true
		}
	case "abs":
		return math.Abs(args[0]), true
	case "sign":
		if args[0] == 0 {
			return 0, true
		}
		return math.Copysign(1, args[0]), true
	case "sin":
		return math.Sin(args[0] * math.Pi / 180), true
	case "cos":
		return math.Cos(args[0] * math.Pi / 180), true
	case "pow":
		if len(args) == 2 {
			return math.Pow(args[0], args[1]), true
		}
	case "mod", "rem":
		if len(args) == 2 && args[1] != 0 {
			return math.Mod(args[0], args[1]), true
		}
	}
	return 0, false
}
