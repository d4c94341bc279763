package visible

import (
	"math"
	"slices"
	"strings"
)

// animation is what its keyframes say.
type animation struct {
	frames  []keyframe
	always  []declaration // of all frames
	another bool          // it has another name, in which some letters are capitals
}

// keyframe is one of an animation, at a share of its time from 0 to 1.
type keyframe struct {
	at   float64
	body []declaration
}

// maxFrames bounds the frames of an animation.
const maxFrames = 100

// readAfter is when a page is read, in seconds after it was loaded.
const readAfter = 10

// nearFrame is how near a time has to be to that of a frame to look like it.
const nearFrame = 0.05

// keyframes reads the frames of an animation.
func (r *sheetReader) keyframes(name string, ctx context) {
	frames := &ruleSet{}
	inner := &sheetReader{rules: frames, lex: r.lex, imports: maxImports} // no browser imports a sheet here
	var a animation
	count := 0
	frames.frame = func(times []string, body []declaration) {
		if count == 0 {
			a.always = append(a.always, body...)
		} else {
			a.always = slices.DeleteFunc(a.always, func(d declaration) bool { return !slices.Contains(body, d) })
		}
		count += len(times)
		for _, at := range times {
			if len(a.frames) == maxFrames {
				frames.cut = true
				return
			}
			if share, ok := frameTime(lower(at)); ok {
				a.frames = append(a.frames, keyframe{share, body})
			}
		}
	}
	inner.block(context{depth: ctx.depth}, false, nil)
	r.rules.cut = r.rules.cut || frames.cut
	if count < 2 {
		a.always = nil // the other end is what the element has by itself
	}
	if name != "" && r.rules.animations != nil && len(r.rules.animations) < maxRules {
		r.rules.animations[name] = a
		if small := lower(name); small != name { // in the value of a custom property the case is lost
			if old, ok := r.rules.animations[small]; !ok || old.another {
				a.another = true
				r.rules.animations[small] = a
			}
		}
	}
}

// animationName is what an animation is called, in a rule or in a value, with or without quotation marks.
func animationName(s string) string {
	return strings.ReplaceAll(unescape(strings.Trim(s, `"'`)), " ", "\u00a0") // a space would part it
}

// frameTime is the share of the time of an animation that a frame is for.
func frameTime(at string) (share float64, ok bool) {
	switch at {
	case "from":
		return 0, true
	case "to":
		return 1, true
	}
	return number(at)
}

// timing is when and how often an animation runs, in seconds.
type timing struct {
	name                string
	delay, duration     float64
	count               float64
	backwards, forwards bool // what it fills
	reverse, alternate  bool
	paused              bool
}

// animate takes in what the animations of an element have made of it when the page is read. It counts among the steps
// that selectors take.
func (c *cascade) animate(s *style) {
	for _, list := range topLevel(s.get(propAnimation), ',') {
		t := timingOf(list+" "+s.get(propFill)+" "+s.get(propDirection)+" "+s.get(propState), c.rules.animations)
		for p, to := range map[property]*float64{propDelay: &t.delay, propDuration: &t.duration, propCount: &t.count} {
			if v := s.get(p); v == "infinite" {
				*to = math.MaxFloat32
			} else if n, ok := number(v); ok {
				*to = n
			}
		}
		a := c.rules.animations[t.name]
		now := a.at(t)
		if c.match.steps -= 1 + len(a.frames) + len(now); c.match.steps < 0 {
			return
		}
		for i := range now {
			s.declare(&now[i], uint64(animatedLayer)<<layerShift)
		}
	}
}

// timingOf reads the value of animation, with words of its longhands behind it.
func timingOf(v string, known map[string]animation) timing {
	t := timing{count: 1}
	timed := false
	for _, word := range topLevel(v, ' ') {
		small := lower(word)
		switch small {
		case "forwards":
			t.forwards = true
		case "backwards":
			t.backwards = true
		case "both":
			t.forwards, t.backwards = true, true
		case "infinite":
			t.count = math.MaxFloat32
		case "paused":
			t.paused = true
		case "reverse":
			t.reverse = true
		case "alternate":
			t.alternate = true
		case "alternate-reverse":
			t.reverse, t.alternate = true, true
		default:
			if _, ok := known[word]; ok {
				t.name = word
			} else if n, ok := number(small); ok && strings.HasSuffix(small, "s") {
				if timed {
					t.delay = n
				} else {
					t.duration, timed = n, true
				}
			} else if ok {
				t.count = n
			}
		}
	}
	return t
}

// at is what an animation declares when the page is read (CSS Animations Level 1, 4; Web Animations, 4.6).
func (a animation) at(t timing) []declaration {
	now := readAfter - t.delay
	if t.paused {
		now = -t.delay
	}
	var progress float64
	switch whole := t.duration * t.count; {
	case now < 0 && !t.backwards:
		return nil
	case now < 0:
		progress = 0
	case now >= whole && !t.forwards:
		return nil
	case now >= whole:
		progress = t.count
	case !t.paused && t.duration < 60:
		return a.always // it moves while the page is read
	default:
		progress = now / t.duration
	}
	turn, share := math.Modf(progress)
	if share == 0 && progress > 0 {
		turn, share = turn-1, 1
	}
	if t.reverse != (t.alternate && math.Mod(turn, 2) == 1) {
		share = 1 - share
	}
	near := slices.Clone(a.always)
	for _, f := range a.frames {
		// The ends are told by their own frames, what is between by one that is near.
		if f.at == share || share > 0 && share < 1 && math.Abs(f.at-share) < nearFrame || progress > 0 && share < nearFrame && f.at == 0 {
			near = append(near, f.body...)
		}
	}
	return near
}
