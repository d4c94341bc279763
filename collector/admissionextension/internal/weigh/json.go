package weigh

// JSON weighs a body in JSON: each object is a message, or an attribute.
type JSON struct {
	depth   int
	text    bool // inside of one
	escaped bool
}

// Write reads a further piece of the body, and gives what its messages will take beside
// their bytes. After an error it must not be called again.
func (j *JSON) Write(b []byte) (cost int64, err error) {
	for _, c := range b {
		switch {
		case j.escaped:
			j.escaped = false
		case j.text:
			switch c {
			case '\\':
				j.escaped = true
			case '"':
				j.text = false
			}
		case c == '"':
			j.text = true
		case c == '{' || c == '[':
			if j.depth++; j.depth > MaxDepth {
				return cost, ErrDepth
			}
			if c == '{' {
				cost += jsonCost
			}
		case c == '}' || c == ']':
			j.depth--
		case c == ',': // of a list of numbers or of empty texts
			cost += jsonElement
		}
	}
	return cost, nil
}

// An object is more often an attribute than a span; an empty one takes three bytes.
const (
	jsonCost    = 192
	jsonElement = 8
)
