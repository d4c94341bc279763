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
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// commentInfo is one comment of an issue, a commit or a gist, or one on lines of a change. The
// fields from Path on are of the last kind.
type commentInfo struct {
	ID           int64    `json:"id"`
	Body         string   `json:"body"`
	User         userInfo `json:"user"`
	Created      string   `json:"created_at"`
	Submitted    string   `json:"submitted_at"` // of a review
	State        string   `json:"state"`        // of a review: APPROVED, CHANGES_REQUESTED, …
	HTMLURL      string   `json:"html_url"`
	Path         string   `json:"path"`
	Line         int      `json:"line"` // null when the line is gone
	OriginalLine int      `json:"original_line"`
	Hunk         string   `json:"diff_hunk"`
	ReplyTo      int64    `json:"in_reply_to_id"`
}

// label says whose comment it is, of when, and on what.
func (c commentInfo) label() string {
	s := outline.First(c.User.Login, "somebody")
	if day := outline.Day(outline.First(c.Created, c.Submitted)); day != "" {
		s += ", " + day
	}
	if c.Path != "" {
		s += " on " + text.OneLine(c.Path)
		if line := max(c.Line, 0); line > 0 {
			s += fmt.Sprintf(", line %d", line)
		} else if c.OriginalLine > 0 {
			s += fmt.Sprintf(", line %d at that time", c.OriginalLine)
		}
	}
	return s
}

// text is the readable text of a comment, its headings from the fourth level on; links in it are
// added to ev's.
func (c commentInfo) text(ev *job.Evidence) string {
	base, _ := url.Parse(outline.First(c.HTMLURL, ev.FinalURL))
	plain, links := page.Markdown(c.Body, base)
	ev.Links = append(ev.Links, links...)
	return page.Headings(plain, 4)
}

// formatComments writes the first comments of people but the one with the id named, which stands
// elsewhere; those of bots repeat what the state says.
func formatComments(comments []commentInfo, named string, ev *job.Evidence) string {
	d := &outline.Text{}
	written := 0
	for _, c := range comments {
		if written == source.MaxComments {
			break
		}
		if strings.HasSuffix(c.User.Login, "[bot]") || fmt.Sprint(c.ID) == named {
			continue
		}
		if plain := c.text(ev); plain != "" {
			written++
			d.Add("### " + c.label())
			d.Add(text.Clip(plain, 2000))
		}
	}
	return d.String()
}

var (
	// Anchors on the page of an issue or a pull request: issuecomment-1, discussion_r1 or r1 for a
	// comment on lines, pullrequestreview-1. On that of a commit: commitcomment-1 or r1.
	issueComment  = lazyregexp.New(`^issuecomment-(\d{1,18})$`)
	lineComment   = lazyregexp.New(`^(?:discussion_)?r(\d{1,18})$`)
	reviewAnchor  = lazyregexp.New(`^pullrequestreview-(\d{1,18})$`)
	commitComment = lazyregexp.New(`^(?:commitcomment-|r)(\d{1,18})$`)
)

// addNamed puts into d what the link names on the page of an issue or a pull request, nothing
// when that is the page. It returns the id of a comment that it wrote.
func (at spot) addNamed(
	ctx context.Context, web source.Web, number, tab string, issue issueInfo, comments []commentInfo, d *outline.Text, ev *job.Evidence,
) string {
	if m := issueComment.FindStringSubmatch(at.anchor); m != nil {
		at.addComment(ctx, web, "/issues/comments/", m[1], comments, d, ev)
		return m[1]
	}
	if issue.kind() == "Issue" {
		return ""
	}
	if m := lineComment.FindStringSubmatch(at.anchor); m != nil {
		at.addThread(ctx, web, number, m[1], d, ev)
		return ""
	}
	if m := reviewAnchor.FindStringSubmatch(at.anchor); m != nil {
		at.addReview(ctx, web, number, m[1], d, ev)
		return ""
	}
	switch tab {
	case "files", "changes":
		at.addFiles(ctx, web, number, issue.Changed, d, ev)
	case "commits":
		at.addCommits(ctx, web, number, d, ev)
	case "checks":
		ev.MarkPartial("the checks, which the link names, are not read")
	}
	return ""
}

// addComment puts the comment with this id first: one of those at hand, or else it is asked for
// below path.
func (at spot) addComment(
	ctx context.Context, web source.Web, path, id string, atHand []commentInfo, d *outline.Text, ev *job.Evidence,
) (commentInfo, bool) {
	for _, c := range atHand {
		if fmt.Sprint(c.ID) == id {
			at.fillComment(c, d, ev)
			return c, true
		}
	}
	var c commentInfo
	res, err := get(ctx, web, at.api, at.repo+path+id, &c)
	if err != nil || c.ID == 0 {
		ev.MarkPartial("the comment that the link names could not be had (" + source.Cause(err) + ")")
		return c, false
	}
	at.fillComment(c, d, ev)
	source.Add(ev, outline.First(c.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	return c, true
}

// fillComment writes a comment as what was shared and names ev after it: its author and day are
// those of what was shared.
func (at spot) fillComment(c commentInfo, d *outline.Text, ev *job.Evidence) {
	d.Add("## Comment by " + c.label())
	d.Add(outline.First(c.text(ev), "(no text)"))
	d.Add(outline.Code("diff", c.Hunk))
	ev.Title = strings.TrimSuffix("Comment by "+outline.First(c.User.Login, "somebody")+" on: "+ev.Title, " on: ")
	ev.Author, ev.Published = outline.First(c.User.Login, ev.Author), outline.First(c.Created, c.Submitted, ev.Published)
	ev.FinalURL = outline.First(c.HTMLURL, ev.FinalURL)
}

// addThread puts a comment on lines first, then the others of its thread, as far as they are
// among the first hundred of the pull request.
func (at spot) addThread(ctx context.Context, web source.Web, number, id string, d *outline.Text, ev *job.Evidence) {
	var all, thread []commentInfo
	if _, err := get(ctx, web, at.api, at.repo+"/pulls/"+number+"/comments?per_page=100", &all); err != nil {
		ev.MarkPartial("the other comments on these lines could not be had (" + source.Cause(err) + ")")
	}
	own, ok := at.addComment(ctx, web, "/pulls/comments/", id, all, d, ev)
	if !ok {
		return
	}
	root := own.ReplyTo
	if root == 0 {
		root = own.ID
	}
	for _, c := range all {
		if c.ID == root || c.ReplyTo == root {
			c.Path = "" // said above
			thread = append(thread, c)
		}
	}
	d.Section("Other comments on these lines", formatComments(thread, id, ev))
}

// addReview puts a review first, with its comments on lines.
func (at spot) addReview(ctx context.Context, web source.Web, number, id string, d *outline.Text, ev *job.Evidence) {
	var review commentInfo
	path := at.repo + "/pulls/" + number + "/reviews/" + id
	if _, err := get(ctx, web, at.api, path, &review); err != nil || review.ID == 0 {
		ev.MarkPartial("the review that the link names could not be had (" + source.Cause(err) + ")")
		return
	}
	d.Facts(outline.Fact("Review", strings.ToLower(strings.ReplaceAll(review.State, "_", " "))))
	at.fillComment(review, d, ev)
	var comments []commentInfo
	if _, err := get(ctx, web, at.api, path+"/comments?per_page=30", &comments); err != nil {
		ev.MarkPartial("the review's comments on lines could not be had (" + source.Cause(err) + ")")
	}
	d.Section("Its comments on lines", formatComments(comments, "", ev))
}

// addReviewComments adds the first comments on lines of a pull request.
func (at spot) addReviewComments(ctx context.Context, web source.Web, number string, d *outline.Text, ev *job.Evidence) {
	var comments []commentInfo
	if _, err := get(ctx, web, at.api, at.repo+"/pulls/"+number+"/comments?per_page=30", &comments); err != nil {
		ev.MarkPartial("the comments on lines could not be had (" + source.Cause(err) + ")")
	}
	d.Section("Comments on lines", formatComments(comments, "", ev))
}
