// Package stackexchange reads questions of Stack Overflow and the other sites of the Stack
// Exchange network with their best answers. In goes a link to a question or to an answer, out
// comes the question with its five best answers in either case.
package stackexchange

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// sites are hosts outside stackexchange.com and their name in the API.
var sites = map[string]string{
	"stackoverflow.com": "stackoverflow", "serverfault.com": "serverfault", "superuser.com": "superuser", "askubuntu.com": "askubuntu",
	"mathoverflow.net": "mathoverflow.net", "stackapps.com": "stackapps",
}

// siteOf returns the name that the API gives the site at host, "" for other hosts. Sites in
// other languages are named es.stackoverflow, and those on stackexchange.com by their first
// label.
func siteOf(host string) string {
	host = strings.TrimPrefix(strings.ToLower(host), "www.")
	if s, ok := sites[host]; ok {
		return s
	}
	if s, ok := strings.CutSuffix(host, ".stackoverflow.com"); ok && !strings.Contains(s, ".") && len(s) == 2 {
		return s + ".stackoverflow"
	}
	if s, ok := strings.CutSuffix(host, ".stackexchange.com"); ok && s != "api" && s != "data" && s != "chat" {
		return s
	}
	return ""
}

// Adapter is the adapter of questions and answers.
type Adapter struct {
	API string // base address: https://api.stackexchange.com
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "StackExchangeAdapter" }

// Match matches questions and answers of all sites of the network. A link to an answer takes
// one question more, since the API finds the question of an answer by its id.
func (a Adapter) Match(u *url.URL) source.Task {
	site, s := siteOf(u.Hostname()), source.Segments(u)
	if site == "" || len(s) < 2 || !source.IsNumber(s[1]) {
		return nil
	}
	switch s[0] {
	case "questions", "q":
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return a.question(ctx, web, site, s[1], ev)
		}
	case "a":
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			var answers wrapper
			if _, err := source.GetJSON(ctx, web, a.address(site, "/answers/"+s[1], ""), nil, &answers); err != nil {
				return err
			}
			if len(answers.Items) == 0 || answers.Items[0].QuestionID == 0 {
				return source.NoSuch(ev, "there is no such answer")
			}
			return a.question(ctx, web, site, fmt.Sprint(answers.Items[0].QuestionID), ev)
		}
	}
	return nil
}

// wrapper is the common wrapper of the API (api.stackexchange.com/docs).
type wrapper struct {
	Items []struct {
		QuestionID int64    `json:"question_id"`
		AnswerID   int64    `json:"answer_id"`
		Title      string   `json:"title"`
		Body       string   `json:"body"`
		Tags       []string `json:"tags"`
		Score      int      `json:"score"`
		Views      int      `json:"view_count"`
		Answers    int      `json:"answer_count"`
		Accepted   bool     `json:"is_accepted"`
		AcceptedID int64    `json:"accepted_answer_id"`
		Created    int64    `json:"creation_date"`
		Link       string   `json:"link"`
		Owner      struct {
			Name string `json:"display_name"`
		} `json:"owner"`
	} `json:"items"`
	ErrorID      int    `json:"error_id"`
	ErrorMessage string `json:"error_message"`
}

// address is that of a request about site. The filter withbody adds the text, which the API
// leaves out by default (api.stackexchange.com/docs/filters).
func (a Adapter) address(site, path, more string) string {
	return a.API + "/2.3" + path + "?filter=withbody&site=" + url.QueryEscape(site) + more
}

// question reads a question and its five best answers.
func (a Adapter) question(ctx context.Context, web source.Web, site, id string, ev *job.Evidence) error {
	var q, answers wrapper
	res, err := source.GetJSON(ctx, web, a.address(site, "/questions/"+id, ""), nil, &q)
	if err != nil {
		return err
	}
	if len(q.Items) == 0 {
		return source.NoSuch(ev, "there is no such question")
	}
	d := fill(q, ev)
	ev.FinalURL = outline.First(ev.CanonicalURL, ev.URL)
	source.Add(ev, ev.FinalURL, ev.Title, res.FetchedAt)
	ev.Coverage = job.CoverageFull
	if q.Items[0].Answers > 0 {
		best := a.address(site, "/questions/"+id+"/answers", "&order=desc&sort=votes&pagesize=5")
		if _, err := source.GetJSON(ctx, web, best, nil, &answers); err != nil {
			ev.MarkPartial("the answers could not be had (" + source.Cause(err) + ")")
		}
		for _, a := range answers.Items {
			d.Section("Answer by "+answerLabel(html.UnescapeString(a.Owner.Name), a.Score, a.Accepted), page.Headings(page.Fragment(a.Body), 3))
		}
	}
	ev.Text = d.String()
	return nil
}

// answerLabel says whose answer it is and what it is worth.
func answerLabel(name string, score int, accepted bool) string {
	s := fmt.Sprintf("%s (score %d", outline.First(name, "somebody"), score)
	if accepted {
		s += ", accepted"
	}
	return s + ")"
}

// fill writes the first question of q and returns the text so far. Titles and names are
// escaped as HTML in the answer; q has at least one item.
func fill(q wrapper, ev *job.Evidence) *outline.Text {
	i := q.Items[0]
	ev.Title, ev.Author = text.OneLine(html.UnescapeString(i.Title)), html.UnescapeString(i.Owner.Name)
	ev.SiteName, ev.Published, ev.CanonicalURL = "Stack Exchange", outline.UnixTime(i.Created), i.Link
	if u, err := url.Parse(i.Link); err == nil && source.HostIs(u.Hostname(), ".stackoverflow.com") {
		ev.SiteName = "Stack Overflow"
	}
	d := &outline.Text{}
	d.Facts(
		outline.Fact("Asked by", ev.Author), outline.Fact("Date", outline.Day(ev.Published)),
		outline.Fact("Score", i.Score), outline.Fact("Views", i.Views), outline.Fact("Answers", i.Answers),
		outline.Fact("Tags", strings.Join(i.Tags, ", ")),
	)
	plain := page.Fragment(i.Body)
	ev.Description = text.Clip(text.OneLine(outline.FirstParagraph(plain)), 300)
	d.Section("Question", page.Headings(plain, 3))
	return d
}

// Recognize implements [source.Recognizer] for one question, lists of questions
// and refusals.
func (Adapter) Recognize(in source.Answer, ev *job.Evidence) (bool, error) {
	var a wrapper
	if in.Kind != source.JSON || !source.HostIs(in.URL.Hostname(), "api.stackexchange.com") || source.DecodeJSON(in.Body, &a) != nil {
		return false, nil
	}
	if a.ErrorID != 0 {
		return true, source.NoSuch(ev, "Stack Exchange answers: "+text.Clip(text.OneLine(a.ErrorMessage), 200))
	}
	if len(a.Items) == 0 || a.Items[0].Title == "" {
		return false, nil
	}
	if len(a.Items) == 1 {
		ev.Text = fill(a, ev).String()
		ev.MarkPartial("the answers are not in the answer of the interface")
		return true, nil
	}
	lines := make([]string, 0, len(a.Items))
	for _, i := range a.Items {
		title := text.OneLine(html.UnescapeString(i.Title))
		lines = append(lines, fmt.Sprintf("- %s (score %d, %d answers): %s", title, i.Score, i.Answers, i.Link))
		ev.Links = append(ev.Links, i.Link)
	}
	ev.Title, ev.SiteName, ev.Text = "Questions", "Stack Exchange", strings.Join(lines, "\n")
	ev.MarkPartial("this is a list of questions, without their text")
	return true, nil
}
