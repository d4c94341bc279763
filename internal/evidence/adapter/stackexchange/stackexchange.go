// Package stackexchange reads questions of Stack Overflow and the other sites of the Stack
// Exchange network with their best answers. In goes a link to a question, an answer or a
// comment, out comes what it names, then the question and its best answers.
package stackexchange

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/page/render"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
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
	if s, ok := strings.CutPrefix(host, "meta."); ok && sites[s] != "" {
		return "meta." + sites[s]
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

// target is what a link names, by the ids of its posts; "" for what it does not say.
type target struct {
	site, question, answer, comment string
	post                            string // that the comment is on: the question or an answer
}

var (
	// Fragments: 42 and answer-42 name an answer, comment7_42 a comment on the post 42.
	answerAnchor  = lazyregexp.New(`^(?:answer-)?(\d{1,18})$`)
	commentAnchor = lazyregexp.New(`^comment(\d{1,18})_(\d{1,18})$`)
)

// Match matches questions, answers and comments of all sites of the network.
func (a Adapter) Match(u *url.URL) source.Task {
	site, s := siteOf(u.Hostname()), source.Segments(u)
	if site == "" || len(s) < 2 {
		return nil
	}
	t := target{site: site}
	switch {
	case s[0] == "posts" && s[1] == "comments" && len(s) == 3 && source.IsNumber(s[2]):
		t.comment = s[2]
	case !source.IsNumber(s[1]):
		return nil
	case s[0] == "questions" || s[0] == "q":
		t.question = s[1]
		// Behind a question stand its words in the address and the id of an answer; behind the
		// short form the account that shares it.
		if s[0] == "questions" && len(s) > 3 && source.IsNumber(s[3]) {
			t.answer = s[3]
		}
	case s[0] == "a":
		t.answer = s[1]
	default:
		return nil
	}
	if m := answerAnchor.FindStringSubmatch(u.Fragment); m != nil && m[1] != t.question {
		t.answer = m[1]
	}
	if m := commentAnchor.FindStringSubmatch(u.Fragment); m != nil {
		t.comment, t.post = m[1], m[2]
		if m[2] != t.question {
			t.answer = m[2]
		}
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error { return a.fetch(ctx, web, t, ev) }
}

// wrapper is the common wrapper of the API (api.stackexchange.com/docs).
type wrapper struct {
	Items        []post `json:"items"`
	ErrorID      int    `json:"error_id"`
	ErrorMessage string `json:"error_message"`
}

// post is a question, an answer or a comment.
type post struct {
	QuestionID int64    `json:"question_id"`
	AnswerID   int64    `json:"answer_id"`
	CommentID  int64    `json:"comment_id"`
	PostID     int64    `json:"post_id"` // that a comment is on
	Title      string   `json:"title"`
	Body       string   `json:"body"`
	Tags       []string `json:"tags"`
	Score      int      `json:"score"`
	Views      int      `json:"view_count"`
	Answers    int      `json:"answer_count"`
	Accepted   bool     `json:"is_accepted"`
	AcceptedID int64    `json:"accepted_answer_id"`
	Created    int64    `json:"creation_date"`
	Closed     string   `json:"closed_reason"`
	Link       string   `json:"link"`
	Owner      struct {
		Name string `json:"display_name"`
	} `json:"owner"`
}

// name is whose post it is.
func (p post) name() string { return outline.First(html.UnescapeString(p.Owner.Name), "somebody") }

// address is that of a request about site. The filter withbody adds the text, which the API
// leaves out by default (api.stackexchange.com/docs/filters).
func (a Adapter) address(site, path, more string) string {
	return a.API + "/2.3" + path + "?filter=withbody&site=" + url.QueryEscape(site) + more
}

// get asks for the posts at path.
func (a Adapter) get(ctx context.Context, web source.Web, site, path, more string) ([]post, *fetch.Response, error) {
	var w wrapper
	res, err := source.GetJSON(ctx, web, a.address(site, path, more), "", &w)
	return w.Items, res, err
}

// fetch reads what t names first, then the question and its best answers. A comment or an answer
// that is not there, beside a question that is, makes the evidence partial.
func (a Adapter) fetch(ctx context.Context, web source.Web, t target, ev *job.Evidence) error {
	var comment, answer *post
	if t.comment != "" {
		if found, _, err := a.get(ctx, web, t.site, "/comments/"+t.comment, ""); err == nil && len(found) > 0 {
			comment = &found[0]
			t.post = outline.First(t.post, fmt.Sprint(comment.PostID))
		} else if t.question == "" && t.answer == "" {
			return noSuch(ev, "comment", err)
		} else {
			ev.MarkPartial("the comment that the link names " + gone(err))
		}
		if t.question == "" && t.answer == "" {
			t.answer = t.post // or the question, which is found out below
		}
	}
	if t.question == "" {
		found, _, err := a.get(ctx, web, t.site, "/answers/"+t.answer, "")
		switch {
		case err == nil && len(found) > 0 && found[0].QuestionID != 0:
			answer, t.question = &found[0], fmt.Sprint(found[0].QuestionID)
		case err == nil && comment != nil:
			t.question, t.answer = t.answer, ""
		default:
			return noSuch(ev, "answer", err)
		}
	}
	questions, res, err := a.get(ctx, web, t.site, "/questions/"+t.question, "")
	if err != nil || len(questions) == 0 {
		return noSuch(ev, "question", err)
	}
	question := fill(questions[0], ev)
	best := a.answers(ctx, web, t, questions[0], ev)
	if answer == nil && t.answer != "" {
		answer = a.named(ctx, web, t, best, ev)
	}
	d := &outline.Text{}
	lead(d, comment, answer, ev)
	if ev.Lead == 0 {
		d = question
	} else {
		d.Add("## The question: " + outline.First(text.OneLine(html.UnescapeString(questions[0].Title)), "without a title"))
		d.Add(page.Headings(question.String(), 3))
	}
	shown := 0
	for _, b := range best {
		shown++
		if answer == nil || b.AnswerID != answer.AnswerID {
			d.Section(b.answerLabel(), page.Headings(render.Fragment(b.Body), 3))
		}
	}
	if n := questions[0].Answers; n > shown && shown > 0 {
		d.Add(fmt.Sprintf("(%d of %d answers)", shown, n))
	}
	ev.Text, ev.FinalURL = d.String(), outline.First(ev.CanonicalURL, ev.URL)
	if ev.Lead > 0 {
		ev.FinalURL = ev.URL
	}
	source.Add(ev, ev.FinalURL, ev.Title, res.FetchedAt)
	source.Complete(ev)
	return nil
}

// noSuch is err, or where the interface answered, that there is no such thing.
func noSuch(ev *job.Evidence, what string, err error) error {
	if err != nil {
		return err
	}
	return source.NoSuch(ev, "there is no such "+what)
}

// gone says of a post why it is not here.
func gone(err error) string {
	if err != nil {
		return "could not be had (" + source.Cause(err) + ")"
	}
	return "is not there: it may have been deleted"
}

// answers are the five best answers of q, and the accepted one, when it is not among them.
func (a Adapter) answers(ctx context.Context, web source.Web, t target, q post, ev *job.Evidence) []post {
	if q.Answers == 0 {
		return nil
	}
	best, _, err := a.get(ctx, web, t.site, "/questions/"+t.question+"/answers", "&order=desc&sort=votes&pagesize=5")
	if err != nil {
		ev.MarkPartial("the answers could not be had (" + source.Cause(err) + ")")
		return nil
	}
	if q.AcceptedID != 0 && !slices.ContainsFunc(best, func(p post) bool { return p.AnswerID == q.AcceptedID }) {
		found, _, err := a.get(ctx, web, t.site, fmt.Sprint("/answers/", q.AcceptedID), "")
		if err != nil || len(found) == 0 {
			ev.MarkPartial("the accepted answer " + gone(err))
			return best
		}
		best = slices.Insert(best, 0, found[0])
	}
	return best
}

// named is the answer that the link names, from the best ones or asked for by itself; nil when
// there is none.
func (a Adapter) named(ctx context.Context, web source.Web, t target, best []post, ev *job.Evidence) *post {
	for i := range best {
		if fmt.Sprint(best[i].AnswerID) == t.answer {
			return &best[i]
		}
	}
	found, _, err := a.get(ctx, web, t.site, "/answers/"+t.answer, "")
	if err != nil || len(found) == 0 {
		ev.MarkPartial("the answer that the link names " + gone(err))
		return nil
	}
	return &found[0]
}

// lead writes what the link names, a comment before the answer that it is on, and names ev after
// it.
func lead(d *outline.Text, comment, answer *post, ev *job.Evidence) {
	named, what := answer, "Answer"
	if comment != nil {
		named, what = comment, "Comment"
		d.Section(fmt.Sprintf("Comment by %s (score %d)", comment.name(), comment.Score), render.Fragment(comment.Body))
		ev.Lead = len(d.String())
	}
	if answer != nil {
		d.Section(answer.answerLabel(), page.Headings(render.Fragment(answer.Body), 3))
		if comment == nil {
			ev.Lead = len(d.String())
		}
	}
	if named != nil {
		ev.Title = what + " by " + named.name() + " to: " + ev.Title
		ev.Author, ev.Published = named.name(), outline.UnixTime(named.Created)
	}
}

// answerLabel says whose answer it is and what it is worth.
func (p post) answerLabel() string {
	s := fmt.Sprintf("Answer by %s (score %d", p.name(), p.Score)
	if p.Accepted {
		s += ", accepted"
	}
	return s + ")"
}

// fill writes a question and returns the text so far. Titles and names are escaped as HTML in the
// answer of the interface.
func fill(i post, ev *job.Evidence) *outline.Text {
	ev.Title, ev.Author = text.OneLine(html.UnescapeString(i.Title)), html.UnescapeString(i.Owner.Name)
	ev.SiteName, ev.Published, ev.CanonicalURL = "Stack Exchange", outline.UnixTime(i.Created), i.Link
	if u, err := url.Parse(i.Link); err == nil && source.HostIs(u.Hostname(), ".stackoverflow.com") {
		ev.SiteName = "Stack Overflow"
	}
	d := &outline.Text{}
	d.Facts(
		outline.Fact("Asked by", ev.Author), outline.Fact("Date", outline.Day(ev.Published)),
		outline.Fact("Score", i.Score), outline.Fact("Views", i.Views), outline.Fact("Answers", i.Answers),
		outline.Fact("Tags", strings.Join(i.Tags, ", ")), outline.Fact("Closed", html.UnescapeString(i.Closed)),
	)
	plain := render.Fragment(i.Body)
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
		ev.Text = fill(a.Items[0], ev).String()
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
