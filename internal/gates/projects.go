package gates

import (
	"fmt"
	"strings"

	"github.com/technoshare/commentator/internal/text"
)

const (
	// How many ideas a comment has; the prompt and the answer's schema ask for
	// the same.
	projectsLeast = 3
	projectsMost  = 8
)

// checkProjects judges the form only: their number, and that each has words on
// one line. Whether an idea is a good one no rule can tell. Offline there are
// none.
func checkProjects(in *input) verdict {
	items := in.res.Projects
	if in.opts.Offline && len(items) == 0 {
		return pass("none, as there was no model to ask")
	}
	var found []string
	if n := len(items); n < projectsLeast || n > projectsMost {
		found = append(found, fmt.Sprintf("%s, %d to %d are needed", text.Count(n, "idea", "ideas"), projectsLeast, projectsMost))
	}
	for i, s := range items {
		switch {
		case !text.HasWord(s):
			found = append(found, fmt.Sprintf("idea %d is empty", i+1))
		case strings.ContainsAny(strings.TrimSpace(s), "\n\r"):
			found = append(found, fmt.Sprintf("idea %d has a line break", i+1))
		}
	}
	return faults(found, max(len(items), 1), fmt.Sprintf("%d ideas", len(items)))
}

// checkProjectThemes is a warning: an idea outside the team's themes may still
// be the best one. It passes where no themes are set or no ideas were made.
func checkProjectThemes(in *input) verdict {
	if len(in.opts.ProjectThemes) == 0 || len(in.res.Projects) == 0 {
		return pass("nothing to compare with")
	}
	var found []string
	for i, s := range in.res.Projects {
		name, _, ok := leadName(s)
		if !ok {
			found = append(found, fmt.Sprintf("idea %d does not start with **Theme** —", i+1))
		} else if !in.theme(name) {
			found = append(found, fmt.Sprintf("idea %d names “%s”, which is no theme of ours", i+1, excerpt(name)))
		}
	}
	return faults(found, len(in.res.Projects), fmt.Sprintf("%d ideas, each with its theme", len(in.res.Projects)))
}

// theme reports whether name is one of the team's themes, in any spelling.
func (in *input) theme(name string) bool {
	for _, t := range in.opts.ProjectThemes {
		if squash(t) == squash(name) {
			return true
		}
	}
	return false
}

// leadName splits "**Name** — rest". Any dash or a colon parts them, inside or
// outside of the bold, and one star will do for two. ok is false when there is
// no bold at the start, no word in it, or nothing that parts it from the rest;
// rest may be empty.
func leadName(s string) (name, rest string, ok bool) {
	s = strings.TrimSpace(s)
	// One star is Slack's bold, which models fall into.
	mark := "**"
	if !strings.HasPrefix(s, mark) {
		mark = "*"
	}
	inner, ok := strings.CutPrefix(s, mark)
	if !ok {
		return "", "", false
	}
	name, rest, ok = strings.Cut(inner, mark)
	if !ok {
		return "", "", false
	}
	name = strings.TrimSpace(name)
	bare := strings.TrimRight(name, ":–—- ")
	rest = strings.TrimSpace(rest)
	tail := strings.TrimLeft(rest, ":–—- ")
	// If neither side lost a mark, the bold is mere emphasis: "**New** models".
	if !text.HasWord(bare) || (bare == name && tail == rest) {
		return "", "", false
	}
	return bare, tail, true
}
