package gates

import "github.com/technoshare/commentator/internal/text"

// saying is a sentence of the comment.
type saying struct {
	statement
	part string
	idea bool // for the team
}

// said are the sentences of the comment, at most maxCalls.
func (in *input) said() []saying {
	var out []saying
	for _, p := range in.parts() {
		body := p.text
		if name, rest, ok := leadName(body); ok && rest != "" {
			if body = rest; p.field == "similar_tech" {
				body = name + ": " + rest
			}
		}
		for _, s := range text.Stretches(body) {
			if len(out) == maxCalls {
				return out // it has failed by its length
			}
			out = append(out, saying{newStatement(s.Text, 0), p.name, p.field == "projects"})
		}
	}
	return out
}

// maxCalls is how many sentences of a comment are looked at: several times
// those of one that passes. Each is compared with all of the page.
const maxCalls = 200
