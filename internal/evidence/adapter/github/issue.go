package github

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// issueInfo is the answer about an issue or a pull request. Merged,
// Base and the size are in the answer of the pulls interface only.
type issueInfo struct {
	Number  int      `json:"number"`
	Title   string   `json:"title"`
	Body    string   `json:"body"`
	State   string   `json:"state"`
	Reason  string   `json:"state_reason"`
	HTMLURL string   `json:"html_url"`
	User    userInfo `json:"user"`
	Created string   `json:"created_at"`
	Closed  string   `json:"closed_at"`
	Merged  string   `json:"merged_at"`
	Draft   bool     `json:"draft"`
	Labels  []struct {
		Name string `json:"name"`
	} `json:"labels"`
	Comments    int `json:"comments"`
	Reviewed    int `json:"review_comments"` // comments on lines
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

// fetchIssue reads an issue or pull request: the issues interface answers for both, the pulls
// interface adds size and merge state. Issues and pull requests share their numbers, so a link
// with the wrong one of the two words is read as well. Labels and the number of comments are
// kept from the issue. tab is the part of a pull request's page that the link names. What the
// link names comes first: a comment, a review, the changes or the commits.
func fetchIssue(ctx context.Context, web source.Web, at spot, number, tab string, ev *job.Evidence) error {
	var issue issueInfo
	res, err := get(ctx, web, at.api, at.repo+"/issues/"+number, &issue)
	if err != nil {
		return err
	}
	if issue.PullRequest != nil {
		var pull issueInfo
		if _, err := get(ctx, web, at.api, at.repo+"/pulls/"+number, &pull); err == nil {
			pull.Labels, pull.Comments, pull.PullRequest = issue.Labels, issue.Comments, issue.PullRequest
			issue = pull
		} else {
			ev.MarkPartial("the size of the change and the comments on its lines could not be had (" + source.Cause(err) + ")")
		}
	}
	source.Add(ev, outline.First(issue.HTMLURL, res.URL), issue.Title, res.FetchedAt)
	rest := fillIssue(issue, ev)
	d := &outline.Text{}
	var comments []commentInfo
	if issue.Comments > 0 {
		if _, err := get(ctx, web, at.api, at.repo+"/issues/"+number+"/comments?per_page=50", &comments); err != nil {
			ev.MarkPartial("the comments could not be had (" + source.Cause(err) + ")")
		}
	}
	named := at.addNamed(ctx, web, number, tab, issue, comments, d, ev)
	ev.Lead = len(d.String())
	if ev.Lead > 0 {
		d.Section(issue.kind()+": "+text.OneLine(issue.Title), page.Headings(rest.String(), 3))
	} else {
		d = rest
	}
	d.Section("Comments", formatComments(comments, named, ev))
	if issue.Comments > source.MaxComments && len(comments) > 0 {
		d.Add(fmt.Sprintf("(%d of %d comments)", min(source.MaxComments, len(comments)), issue.Comments))
	}
	if issue.Reviewed > 0 && ev.Lead == 0 {
		at.addReviewComments(ctx, web, number, d, ev)
	}
	ev.Text = d.String()
	source.Complete(ev)
	return nil
}

// fillIssue writes the description and the state of an issue or a pull request, and
// returns the text so far.
func fillIssue(i issueInfo, ev *job.Evidence) *outline.Text {
	kind, state := i.kind(), outline.First(strings.TrimSpace(i.State+" "+i.Reason))
	if kind == "Pull request" {
		if i.Merged != "" || i.PullRequest != nil && i.PullRequest.Merged != "" {
			state = "merged " + outline.Day(outline.First(i.Merged, pullMerged(i)))
		} else if i.Draft {
			state = "draft"
		}
	}
	var labels []string
	for _, l := range i.Labels {
		labels = append(labels, l.Name)
	}
	ev.Title = text.OneLine(i.Title)
	ev.SiteName, ev.Author, ev.Published = "GitHub", i.User.Login, i.Created
	ev.CanonicalURL, ev.FinalURL = i.HTMLURL, outline.First(i.HTMLURL, ev.URL)
	d := &outline.Text{}
	size := ""
	if i.Changed > 0 {
		size = fmt.Sprintf("%d files, +%d −%d lines", i.Changed, i.Additions, i.Deletions)
	}
	d.Facts(
		outline.Fact(kind, place(i.HTMLURL, i.Number)),
		outline.Fact("State", strings.ReplaceAll(state, "_", " ")), outline.Fact("By", i.User.Login),
		outline.Fact("Opened", outline.Day(i.Created)), outline.Fact("Closed", outline.Day(i.Closed)),
		outline.Fact("Labels", strings.Join(labels, ", ")), outline.Fact("Change", size),
	)
	base, _ := url.Parse(i.HTMLURL)
	plain, links := page.Markdown(i.Body, base)
	ev.Links = append(ev.Links, links...)
	ev.Description = text.Clip(text.OneLine(outline.FirstParagraph(plain)), 300)
	d.Add(page.Headings(plain, 2))
	return d
}

// kind is what people call it.
func (i issueInfo) kind() string {
	if i.PullRequest != nil || i.Base != nil {
		return "Pull request"
	}
	return "Issue"
}

// pullMerged is when the pull request behind an issue was merged, "" if it was not.
func pullMerged(i issueInfo) string {
	if i.PullRequest != nil {
		return i.PullRequest.Merged
	}
	return ""
}

// place is "owner/repo#7" from the page's address. It is the number alone when the address
// does not name a repository.
func place(link string, number int) string {
	u, err := url.Parse(link)
	if err != nil {
		return fmt.Sprint(number)
	}
	if s := source.Segments(u); len(s) >= 2 {
		return fmt.Sprintf("%s/%s#%d", s[0], s[1], number)
	}
	return fmt.Sprint(number)
}
