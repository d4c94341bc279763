package visible

import (
	"math"
	"strings"
)

// clips is the hiding by clip, clip-path and mask.
func clips(s *style, unread bool) (how hiding, doubt bool) {
	late := shown
	if moving(s) {
		late = faded // it opens
	}
	cut := func() {
		if late == shown {
			how = gone
		} else {
			how = max(how, late)
		}
	}
	position := s.get(propPosition)
	for _, f := range functions(s.get(propClip)) {
		if f.name != "rect" || !unread && position != "absolute" && position != "fixed" {
			continue
		}
		args := f.args
		if len(args) == 1 {
			args = topLevel(args[0], ' ')
		}
		if len(args) == 4 && (thin(args[0], args[2]) || thin(args[3], args[1])) {
			how = gone
		}
	}
	for _, f := range functions(s.get(propClipPath)) {
		switch f.name {
		case "inset", "circle", "ellipse", "polygon", "rect", "xywh":
			if emptyShape(f) {
				cut()
			}
		case "url", "path", "shape":
			doubt = true
		}
	}
	if v := s.get(propMask); v != "" && v != "none" {
		if c, ok := evenGradient(v, black); ok && c.a < 0.1 {
			cut()
		} else if strings.Contains(v, "url(") || ok {
			doubt = true
		}
		size := topLevel(s.get(propMaskSize), ' ')
		if _, after, found := strings.Cut(v, "/"); found && len(size) == 0 {
			size = topLevel(after, ' ')
		}
		for _, part := range size {
			if n, ok := number(part); ok && n < 0.01 {
				cut()
			}
		}
	}
	return how, doubt
}

// thin reports whether two edges are no more than two pixels apart.
func thin(a, b string) bool {
	x, ok1 := number(a)
	if a == "auto" {
		x, ok1 = 0, true
	}
	y, ok2 := number(b)
	return ok1 && ok2 && y-x <= 2
}

// emptyShape reports whether a shape has no area.
func emptyShape(f function) bool {
	const side = 100 // what a share is of, so that 100px and 100% are the same
	all := strings.Join(f.args, " , ")
	all, _, _ = strings.Cut(all, " round ")
	all, _, _ = strings.Cut(all, " at ")
	parts := topLevel(strings.ReplaceAll(all, " , ", " "), ' ')
	var n []float64
	for _, part := range parts {
		if v, ok := (units{font: 16, percent: side}).length(part); ok {
			if !strings.HasSuffix(part, "%") {
				v /= 10 // of a box of a thousand pixels
			}
			n = append(n, v)
		} else if f.name != "polygon" {
			return false
		}
	}
	switch f.name {
	case "circle", "ellipse":
		for _, v := range n {
			if v < 0.2 {
				return true
			}
		}
	case "inset":
		if len(n) == 0 {
			return false
		}
		edge := func(i int) float64 {
			for i >= len(n) {
				i -= 2
				if i < 0 {
					return n[0]
				}
			}
			return n[i]
		}
		return edge(0)+edge(2) >= side || edge(1)+edge(3) >= side
	case "rect":
		return len(n) == 4 && (n[2]-n[0] <= 0.2 || n[1]-n[3] <= 0.2)
	case "xywh":
		return len(n) >= 4 && (n[2] <= 0.2 || n[3] <= 0.2)
	case "polygon":
		if len(n)%2 != 0 || len(n) == 0 {
			return false
		}
		area, left, right, top, bottom := 0., n[0], n[0], n[1], n[1]
		for i := 0; i < len(n); i += 2 {
			j := (i + 2) % len(n)
			area += n[i]*n[j+1] - n[j]*n[i+1]
			left, right, top, bottom = min(left, n[i]), max(right, n[i]), min(top, n[i+1]), max(bottom, n[i+1])
		}
		return math.Abs(area) < 0.5 || right <= 0 || bottom <= 0 || left >= side && top >= 0 || top >= side
	}
	return false
}
