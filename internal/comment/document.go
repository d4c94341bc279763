package comment

import (
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// document is what all forms are made of. All its texts are cleaned and its
// links safe; the forms need only escape for their own syntax.
type document struct {
	Kind     string // names an HTML page: Comment or Problem
	Lead     string // before the text of notifications
	Title    []span // with a link to the page
	Intro    []span // first words of a problem
	Sections []section
	Notes    [][]span // small print
	Links    []span   // to MLflow
}

// section is a headed part, either a paragraph or a list. A paragraph has one
// item. Without items the forms write none in their place.
type section struct {
	Heading string
	List    bool
	Items   [][]span
}

const (
	// In characters. Titles of pages are often followed by the site's name and
	// a slogan.
	maxTitle = 150
	maxNote  = 300
)

// headings in their order.
const (
	headTLDR     = "TL;DR"
	headSummary  = "Summary"
	headProjects = "Projects"
	headSimilar  = "Similar tech"
)

// commentDocument lays out a comment. One without text is a document all the same.
func commentDocument(c job.Reply) document {
	d := document{Title: title(c.Title, c.URL), Links: mlflowLinks(c.RunURL, c.TraceURL), Kind: "Comment"}
	switch {
	case c.Comment == nil:
	case c.Comment.Answer != "":
		d.Kind, d.Sections = "Answer", []section{paragraph("", c.Comment.Answer)}
	default:
		d.Sections = []section{
			list(headTLDR, c.Comment.TLDR),
			paragraph(headSummary, c.Comment.Summary),
			list(headProjects, c.Comment.Projects),
			list(headSimilar, c.Comment.SimilarTech),
		}
	}
	if n := sourceNote(c); n != "" {
		d.Notes = append(d.Notes, plain(n))
	}
	if c.Offline {
		d.Notes = append(d.Notes, plain("no model was asked: these are the page's own sentences"))
	}
	return d
}

// sourceNote says how the page was read, and how much of it: the adapter's name
// alone when it was the whole page, "" when nothing is known.
func sourceNote(c job.Reply) string {
	note := line(c.Adapter)
	coverage := line(string(c.Coverage))
	if coverage == "" || coverage == string(job.CoverageFull) {
		return note
	}
	if why := line(c.CoverageNote); why != "" {
		coverage += ": " + why
	}
	if note == "" {
		return text.Shorten(coverage, maxNote)
	}
	return text.Shorten(note+" · "+coverage, maxNote)
}

// title is a page's title as a link, or its address. A title that looks like an
// address gets the true host beside it: a page may call itself
// "https://bank.example". It is empty if both are, and no link if the address
// is not safe.
func title(name, address string) []span {
	// Signs with a meaning in Slack's links look odd when escaped.
	name = text.Shorten(strings.NewReplacer("<", "", ">", "", "|", "-").Replace(line(name)), maxTitle)
	address = line(address)
	safe := safeURL(address)
	switch {
	case name == "" && safe == "":
		return plain(text.Shorten(address, maxTitle))
	case name == "":
		return []span{{Text: text.Shorten(shown(address, safe), maxTitle), Link: safe}}
	}
	spans := []span{{Text: name, Link: safe}}
	if u, err := url.Parse(safe); err == nil && hostLike.MatchString(name) && !strings.Contains(strings.ToLower(name), u.Hostname()) {
		spans = append(spans, span{Text: " (" + u.Hostname() + ")"})
	}
	return spans
}

// list is a section of items, each read as Markdown; those without text are
// left out.
func list(heading string, items []string) section {
	s := section{Heading: heading, List: true}
	for _, i := range items {
		if sp := inline(i); len(sp) > 0 {
			s.Items = append(s.Items, sp)
		}
	}
	return s
}

// paragraph is a section of one text, read as Markdown. Line breaks in it
// become spaces.
func paragraph(heading, body string) section {
	s := section{Heading: heading}
	if sp := inline(body); len(sp) > 0 {
		s.Items = [][]span{sp}
	}
	return s
}

// mlflowLinks are the links to where the job can be looked into, as far as they
// are safe.
func mlflowLinks(run, trace string) []span {
	var out []span
	if u := safeURL(run); u != "" {
		out = append(out, span{Text: "MLflow run", Link: u})
	}
	if u := safeURL(trace); u != "" {
		out = append(out, span{Text: "trace", Link: u})
	}
	return out
}

// none stands where a part has nothing.
const none = "N/A"
