package evidence

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

// stackSites are hosts outside stackexchange.com and their name in the API.
var stackSites = map[string]string{
	"stackoverflow.com": "stackoverflow", "serverfault.com": "serverfault", "superuser.com": "superuser", "askubuntu.com": "askubuntu",
	"mathoverflow.net": "mathoverflow.net", "stackapps.com": "stackapps",
}

func stackSite(host string) string {
	host = strings.TrimPrefix(strings.ToLower(host), "www.")
	if s, ok := stackSites[host]; ok {
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

// stackExchange matches questions and answers of all sites of the network.
func (r *Retriever) stackExchange(u *url.URL) task {
	site, s := stackSite(u.Hostname()), segments(u)
	if site == "" || len(s) < 2 || !isNumber(s[1]) {
		return nil
	}
	switch s[0] {
	case "questions", "q":
		return func(ctx context.Context, ev *job.Evidence) error { return r.stackQuestion(ctx, site, s[1], ev) }
	case "a":
		return func(ctx context.Context, ev *job.Evidence) error {
			var a stackAnswer
			if _, err := r.getJSON(ctx, r.stackURL(site, "/answers/"+s[1], ""), nil, &a); err != nil {
				return err
			}
			if len(a.Items) == 0 || a.Items[0].QuestionID == 0 {
				return noSuch(ev, "there is no such answer")
			}
			return r.stackQuestion(ctx, site, fmt.Sprint(a.Items[0].QuestionID), ev)
		}
	}
	return nil
}

// stackAnswer is the common wrapper of the API (api.stackexchange.com/docs).
type stackAnswer struct {
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

func (r *Retriever) stackURL(site, path, more string) string {
	return r.cfg.APIs.StackExchange + "/2.3" + path + "?filter=withbody&site=" + url.QueryEscape(site) + more
}

func (r *Retriever) stackQuestion(ctx context.Context, site, id string, ev *job.Evidence) error {
	var q, answers stackAnswer
	res, err := r.getJSON(ctx, r.stackURL(site, "/questions/"+id, ""), nil, &q)
	if err != nil {
		return err
	}
	if len(q.Items) == 0 {
		return noSuch(ev, "there is no such question")
	}
	d := fillQuestion(q, ev)
	ev.FinalURL = first(ev.CanonicalURL, ev.URL)
	addSource(ev, ev.FinalURL, ev.Title, res.FetchedAt)
	ev.Coverage = job.CoverageFull
	if q.Items[0].Answers > 0 {
		if _, err := r.getJSON(ctx, r.stackURL(site, "/questions/"+id+"/answers", "&order=desc&sort=votes&pagesize=5"), nil, &answers); err != nil {
			ev.MarkPartial("the answers could not be had (" + sentence(err) + ")")
		}
		for _, a := range answers.Items {
			d.section("Answer by "+answerLabel(html.UnescapeString(a.Owner.Name), a.Score, a.Accepted), page.Headings(page.Fragment(a.Body), 3))
		}
	}
	ev.Text = d.String()
	return nil
}

func answerLabel(name string, score int, accepted bool) string {
	s := fmt.Sprintf("%s (score %d", first(name, "somebody"), score)
	if accepted {
		s += ", accepted"
	}
	return s + ")"
}

func fillQuestion(q stackAnswer, ev *job.Evidence) *doc {
	i := q.Items[0]
	ev.Title, ev.Author = oneLine(html.UnescapeString(i.Title)), html.UnescapeString(i.Owner.Name)
	ev.SiteName, ev.Published, ev.CanonicalURL = "Stack Exchange", unixTime(i.Created), i.Link
	if u, err := url.Parse(i.Link); err == nil && hostIs(u.Hostname(), ".stackoverflow.com") {
		ev.SiteName = "Stack Overflow"
	}
	d := &doc{}
	d.facts(fact{"Asked by", ev.Author}, fact{"Date", day(ev.Published)}, fact{"Score", i.Score}, fact{"Views", i.Views}, fact{"Answers", i.Answers},
		fact{"Tags", strings.Join(i.Tags, ", ")})
	text := page.Fragment(i.Body)
	ev.Description = clip(oneLine(firstParagraph(text)), 300)
	d.section("Question", page.Headings(text, 3))
	return d
}

func (r *Retriever) stackExchangeRead(u *url.URL, body []byte, ev *job.Evidence) (bool, error) {
	var a stackAnswer
	if !hostIs(u.Hostname(), "api.stackexchange.com") || decodeJSON(body, &a) != nil {
		return false, nil
	}
	if a.ErrorID != 0 {
		return true, noSuch(ev, "Stack Exchange answers: "+clip(oneLine(a.ErrorMessage), 200))
	}
	if len(a.Items) == 0 || a.Items[0].Title == "" {
		return false, nil
	}
	if len(a.Items) == 1 {
		ev.Text = fillQuestion(a, ev).String()
		ev.MarkPartial("the answers are not in the answer of the interface")
		return true, nil
	}
	lines := make([]string, 0, len(a.Items))
	for _, i := range a.Items {
		lines = append(lines, fmt.Sprintf("- %s (score %d, %d answers): %s", oneLine(html.UnescapeString(i.Title)), i.Score, i.Answers, i.Link))
		ev.Links = append(ev.Links, i.Link)
	}
	ev.Title, ev.SiteName, ev.Text = "Questions", "Stack Exchange", strings.Join(lines, "\n")
	ev.MarkPartial("this is a list of questions, without their text")
	return true, nil
}
