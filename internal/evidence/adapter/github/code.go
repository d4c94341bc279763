package github

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// Bounds of changes.
const (
	maxFiles  = 30       // files of a change whose changes are shown
	maxPatch  = 2000     // bytes of the changes of one file
	maxNamed  = 64 << 10 // bytes of those of the file that the link names
	maxListed = 30       // commits of a list
)

// changedFile is one file of a change.
type changedFile struct {
	Filename string `json:"filename"`
	Status   string `json:"status"`
	Patch    string `json:"patch"`
}

// commitInfo is the answer about a commit; files come with it, up to 300.
type commitInfo struct {
	SHA     string `json:"sha"`
	HTMLURL string `json:"html_url"`
	Commit  struct {
		Message string `json:"message"`
		Author  struct {
			Name string `json:"name"`
			Date string `json:"date"`
		} `json:"author"`
	} `json:"commit"`
	Stats struct{ Additions, Deletions int } `json:"stats"`
	Files []changedFile                      `json:"files"`
}

// line names a commit in a list.
func (c commitInfo) line() string {
	subject, _, _ := strings.Cut(c.Commit.Message, "\n")
	s := "- " + text.Head(c.SHA, 8) + " " + text.Clip(text.OneLine(subject), 200)
	return s + " (" + strings.TrimSuffix(text.OneLine(c.Commit.Author.Name)+", "+outline.Day(c.Commit.Author.Date), ", ") + ")"
}

// commitLines names the first commits of a list.
func commitLines(list []commitInfo) string {
	var lines []string
	for _, c := range list[:min(len(list), maxListed)] {
		lines = append(lines, c.line())
	}
	return strings.Join(lines, "\n")
}

// fetchCommit reads a commit: its message and what it changed, after the comment or the file that
// the link names.
func fetchCommit(ctx context.Context, web source.Web, at spot, sha string, ev *job.Evidence) error {
	var c commitInfo
	res, err := get(ctx, web, at.api, at.repo+"/commits/"+url.PathEscape(sha), &c)
	if err != nil {
		return err
	}
	rest := fillCommit(c, ev)
	source.Add(ev, outline.First(c.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	d := &outline.Text{}
	if m := commitComment.FindStringSubmatch(at.anchor); m != nil {
		at.addComment(ctx, web, "/comments/", m[1], nil, d, ev)
	} else {
		addNamedFile(c.Files, at.anchor, d, ev)
	}
	ev.Lead = len(d.String())
	d.Add(rest)
	ev.Text = d.String()
	source.Complete(ev)
	return nil
}

// fillCommit writes who changed what, and returns the message and the beginnings of the changes,
// which say what a commit is about; all of a large one would crowd out the rest.
func fillCommit(c commitInfo, ev *job.Evidence) string {
	subject, rest, _ := strings.Cut(c.Commit.Message, "\n")
	ev.Title, ev.SiteName, ev.Author, ev.Published = text.OneLine(subject), "GitHub", c.Commit.Author.Name, c.Commit.Author.Date
	ev.CanonicalURL, ev.FinalURL = c.HTMLURL, outline.First(c.HTMLURL, ev.URL)
	d := &outline.Text{}
	d.Facts(
		outline.Fact("Commit", text.Clip(c.SHA, 12)), outline.Fact("By", ev.Author),
		outline.Fact("Date", outline.Day(ev.Published)),
		outline.Fact("Change", fmt.Sprintf("%d files, +%d −%d lines", len(c.Files), c.Stats.Additions, c.Stats.Deletions)),
	)
	d.Add(subject)
	d.Add(rest)
	d.Add(formatFiles(c.Files))
	return d.String()
}

// formatFiles writes the beginnings of the changes of the first files.
func formatFiles(files []changedFile) string {
	d := &outline.Text{}
	for _, f := range files[:min(len(files), maxFiles)] {
		d.Add("### " + f.Filename + " (" + f.Status + ")")
		d.Add(outline.Code("", text.Clip(f.Patch, maxPatch)))
	}
	if len(files) > maxFiles {
		d.Add(fmt.Sprintf("(%d of %d files)", maxFiles, len(files)))
	}
	return d.String()
}

// diffAnchor matches the anchor of a file in a change, and of lines in it: diff-, the SHA-256 of
// its path, and L or R for the old or new side.
var diffAnchor = lazyregexp.New(`^diff-([0-9a-f]{64})(?:[LR]\d+.*)?$`)

// addNamedFile puts the changes of the file that anchor names first, whole.
func addNamedFile(files []changedFile, anchor string, d *outline.Text, ev *job.Evidence) {
	m := diffAnchor.FindStringSubmatch(anchor)
	if m == nil {
		return
	}
	i := slices.IndexFunc(files, func(f changedFile) bool {
		sum := sha256.Sum256([]byte(f.Filename))
		return hex.EncodeToString(sum[:]) == m[1]
	})
	if i < 0 {
		ev.MarkPartial("the file that the link names is not among the changes that the interface gives")
		return
	}
	f := files[i]
	d.Add("## Changes of " + f.Filename + " (" + f.Status + ")")
	d.Add(outline.First(outline.Code("diff", text.Clip(f.Patch, maxNamed)), "(not shown by GitHub)"))
}

// addFiles puts the changes of a pull request first, above all the file that the link names.
func (at spot) addFiles(ctx context.Context, web source.Web, number string, changed int, d *outline.Text, ev *job.Evidence) {
	var files []changedFile
	if _, err := get(ctx, web, at.api, at.repo+"/pulls/"+number+"/files?per_page=100", &files); err != nil {
		ev.MarkPartial("the changes, which the link names, could not be had (" + source.Cause(err) + ")")
		return
	}
	if changed > len(files) {
		ev.MarkPartial(fmt.Sprintf("only %d of the %d changed files were read", len(files), changed))
	}
	addNamedFile(files, at.anchor, d, ev)
	d.Section("Changed files", formatFiles(files))
}

// addCommits puts the commits of a pull request first.
func (at spot) addCommits(ctx context.Context, web source.Web, number string, d *outline.Text, ev *job.Evidence) {
	var list []commitInfo
	if _, err := get(ctx, web, at.api, at.repo+"/pulls/"+number+"/commits?per_page=100", &list); err != nil {
		ev.MarkPartial("the commits, which the link names, could not be had (" + source.Cause(err) + ")")
		return
	}
	d.Section("Commits", commitLines(list))
	if len(list) > maxListed {
		d.Add(fmt.Sprintf("(%d of %d commits)", maxListed, len(list)))
	}
}

// fetchHistory reads the newest commits of a branch, or those that changed a path. rest is the
// name of the branch and the path, of which the first part is taken for the name.
func fetchHistory(ctx context.Context, web source.Web, at spot, rest []string, ev *job.Evidence) error {
	q := url.Values{"per_page": {fmt.Sprint(maxListed)}}
	title := "Commits of " + strings.TrimPrefix(at.repo, at.api.base+"/repos/")
	if len(rest) > 0 {
		q.Set("sha", rest[0])
		title += " at " + rest[0]
	}
	if len(rest) > 1 {
		q.Set("path", strings.Join(rest[1:], "/"))
		title += ": " + q.Get("path")
	}
	var list []commitInfo
	res, err := get(ctx, web, at.api, at.repo+"/commits?"+q.Encode(), &list)
	if err != nil {
		return err
	}
	ev.Title, ev.SiteName, ev.FinalURL = title, "GitHub", ev.URL
	source.Add(ev, res.URL, title, res.FetchedAt)
	d := &outline.Text{}
	d.Section(title, commitLines(list))
	ev.Text = d.String()
	if len(list) == maxListed {
		ev.MarkPartial(fmt.Sprintf("only the newest %d commits were read", maxListed))
	}
	source.Complete(ev)
	return nil
}

// comparison is the answer about what is between two commits.
type comparison struct {
	Status  string        `json:"status"`
	HTMLURL string        `json:"html_url"`
	Ahead   int           `json:"ahead_by"`
	Behind  int           `json:"behind_by"`
	Total   int           `json:"total_commits"`
	Commits []commitInfo  `json:"commits"` // the first 250
	Files   []changedFile `json:"files"`   // the first 300
}

// fetchComparison reads what is between two tags, branches or commits, as a...b. With two dots,
// or one name alone, which is compared with the default branch, pages show the same.
func fetchComparison(ctx context.Context, web source.Web, at spot, between string, ev *job.Evidence) error {
	switch {
	case strings.Contains(between, "..."):
	case strings.Contains(between, ".."):
		between = strings.Replace(between, "..", "...", 1)
	default:
		between = "HEAD..." + between
	}
	var c comparison
	res, err := get(ctx, web, at.api, at.repo+"/compare/"+url.PathEscape(between), &c)
	if err != nil {
		return err
	}
	ev.Title, ev.SiteName = "Changes from "+strings.Replace(between, "...", " to ", 1), "GitHub"
	ev.FinalURL, ev.CanonicalURL = outline.First(c.HTMLURL, ev.URL), c.HTMLURL
	source.Add(ev, outline.First(c.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	d := &outline.Text{}
	addNamedFile(c.Files, at.anchor, d, ev)
	ev.Lead = len(d.String())
	d.Facts(
		outline.Fact("Compared", strings.Replace(between, "...", " with ", 1)), outline.Fact("State", c.Status),
		outline.Fact("Commits", max(c.Total, len(c.Commits))), outline.Fact("Commits ahead", c.Ahead),
		outline.Fact("Commits behind", c.Behind), outline.Fact("Files", len(c.Files)),
	)
	d.Section("Commits", commitLines(c.Commits))
	if n := max(c.Total, len(c.Commits)); n > maxListed {
		ev.MarkPartial(fmt.Sprintf("of the %d commits %d are named", n, min(maxListed, len(c.Commits))))
	}
	d.Section("Changed files", formatFiles(c.Files))
	ev.Text = d.String()
	source.Complete(ev)
	return nil
}
