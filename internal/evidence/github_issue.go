package evidence

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

type githubIssue struct {
	Number  int        `json:"number"`
	Title   string     `json:"title"`
	Body    string     `json:"body"`
	State   string     `json:"state"`
	Reason  string     `json:"state_reason"`
	HTMLURL string     `json:"html_url"`
	User    githubUser `json:"user"`
	Created string     `json:"created_at"`
	Closed  string     `json:"closed_at"`
	Merged  string     `json:"merged_at"`
	Draft   bool       `json:"draft"`
	Labels  []struct {
		Name string `json:"name"`
	} `json:"labels"`
	Comments    int `json:"comments"`
	Additions   int `json:"additions"`
	Deletions   int `json:"deletions"`
	Changed     int `json:"changed_files"`
	PullRequest *struct {
		Merged string `json:"merged_at"`
	} `json:"pull_request"`
	Base *struct {
		Label string `json:"label"`
	} `json:"base"`
}

type githubComment struct {
	Body    string     `json:"body"`
	User    githubUser `json:"user"`
	Created string     `json:"created_at"`
}

// githubIssue reads an issue or pull request: the issues interface answers for
// both, the pulls interface adds size and merge state.
func (r *Retriever) githubIssue(ctx context.Context, api githubAPI, repo, number string, ev *job.Evidence) error {
	var issue githubIssue
	res, err := r.githubGet(ctx, api, repo+"/issues/"+number, &issue)
	if err != nil {
		return err
	}
	if issue.PullRequest != nil {
		var pull githubIssue
		if _, err := r.githubGet(ctx, api, repo+"/pulls/"+number, &pull); err == nil {
			pull.Labels, pull.Comments, pull.PullRequest = issue.Labels, issue.Comments, issue.PullRequest
			issue = pull
		}
	}
	addSource(ev, first(issue.HTMLURL, res.URL), issue.Title, res.FetchedAt)
	d := fillIssue(issue, ev)
	ev.Coverage = job.CoverageFull
	if issue.Comments > 0 {
		var comments []githubComment
		if _, err := r.githubGet(ctx, api, repo+"/issues/"+number+"/comments?per_page=50", &comments); err != nil {
			ev.MarkPartial("the comments could not be had (" + sentence(err) + ")")
		}
		d.section("Comments", githubComments(comments, ev))
		if issue.Comments > maxComments && len(comments) > 0 {
			d.add(fmt.Sprintf("(%d of %d comments)", min(maxComments, len(comments)), issue.Comments))
		}
	}
	ev.Text = d.String()
	return nil
}

func fillIssue(i githubIssue, ev *job.Evidence) *doc {
	kind, state := "Issue", first(strings.TrimSpace(i.State+" "+i.Reason))
	if i.PullRequest != nil || i.Base != nil {
		kind = "Pull request"
		if i.Merged != "" || i.PullRequest != nil && i.PullRequest.Merged != "" {
			state = "merged " + day(first(i.Merged, pullMerged(i)))
		} else if i.Draft {
			state = "draft"
		}
	}
	var labels []string
	for _, l := range i.Labels {
		labels = append(labels, l.Name)
	}
	ev.Title = oneLine(i.Title)
	ev.SiteName, ev.Author, ev.Published = "GitHub", i.User.Login, i.Created
	ev.CanonicalURL, ev.FinalURL = i.HTMLURL, first(i.HTMLURL, ev.URL)
	d := &doc{}
	size := ""
	if i.Changed > 0 {
		size = fmt.Sprintf("%d files, +%d −%d lines", i.Changed, i.Additions, i.Deletions)
	}
	d.facts(fact{kind, githubPlace(i.HTMLURL, i.Number)}, fact{"State", strings.ReplaceAll(state, "_", " ")}, fact{"By", i.User.Login},
		fact{"Opened", day(i.Created)}, fact{"Closed", day(i.Closed)}, fact{"Labels", strings.Join(labels, ", ")}, fact{"Change", size})
	base, _ := url.Parse(i.HTMLURL)
	text, links := page.Markdown(i.Body, base)
	ev.Links = append(ev.Links, links...)
	ev.Description = clip(oneLine(firstParagraph(text)), 300)
	d.add(page.Headings(text, 2))
	return d
}

func pullMerged(i githubIssue) string {
	if i.PullRequest != nil {
		return i.PullRequest.Merged
	}
	return ""
}

// githubPlace is "owner/repo#7" from the page's address.
func githubPlace(link string, number int) string {
	u, err := url.Parse(link)
	if err != nil {
		return fmt.Sprint(number)
	}
	if s := segments(u); len(s) >= 2 {
		return fmt.Sprintf("%s/%s#%d", s[0], s[1], number)
	}
	return fmt.Sprint(number)
}

func githubComments(comments []githubComment, ev *job.Evidence) string {
	d := &doc{}
	for _, c := range comments[:min(len(comments), maxComments)] {
		base, _ := url.Parse(ev.FinalURL)
		text, links := page.Markdown(c.Body, base)
		if text == "" || strings.HasSuffix(c.User.Login, "[bot]") {
			continue
		}
		ev.Links = append(ev.Links, links...)
		d.add(fmt.Sprintf("### %s, %s", first(c.User.Login, "somebody"), day(c.Created)))
		d.add(page.Headings(clip(text, 2000), 4))
	}
	return d.String()
}
