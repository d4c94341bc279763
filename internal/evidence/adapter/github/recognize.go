package github

import (
	"strings"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// Recognize implements [source.Recognizer] for answers of the public API, told apart by their
// path. It runs when a person shares an address of the API itself. Only the public server is
// known by its host; answers of Enterprise servers are read as JSON.
func (Adapter) Recognize(in source.Answer, ev *job.Evidence) (bool, error) {
	if in.Kind != source.JSON || !source.HostIs(in.URL.Hostname(), "api.github.com") {
		return false, nil
	}
	s := source.Segments(in.URL)
	read := func(v any) bool { return source.DecodeJSON(in.Body, v) == nil }
	var message struct {
		Message string `json:"message"`
		URL     string `json:"url"`
	}
	if read(&message) && message.Message != "" && message.URL == "" {
		return true, source.NoSuch(ev, "GitHub answers: "+text.Clip(text.OneLine(message.Message), 200))
	}
	var (
		repo    repoInfo
		issue   issueInfo
		rel     releaseInfo
		gist    gistInfo
		commit  commitInfo
		profile profileInfo
		comment commentInfo
	)
	n := len(s)
	switch {
	case n == 2 && s[0] == "gists" && read(&gist) && len(gist.Files) > 0:
		fillGist(gist, gistSpot{}, &outline.Text{}, ev)
	case n >= 3 && s[n-1] == "readme", n >= 4 && s[0] == "repos" && s[3] == "contents":
		var list []struct{ Name, Type string }
		if read(&list) && len(list) > 0 {
			lines := make([]string, len(list))
			for i, f := range list {
				lines[i] = "- " + f.Name + " (" + f.Type + ")"
			}
			ev.Title, ev.SiteName, ev.Text = strings.Join(s[1:3], "/"), "GitHub", strings.Join(lines, "\n")
			ev.MarkPartial("this is a list of files, without their content")
			break
		}
		name := ""
		if n > 4 {
			name = strings.Join(s[4:], "/")
		}
		fillFile(name, in.Body, in.URL.Fragment, ev)
	case n == 5 && (s[3] == "issues" || s[3] == "pulls") && read(&issue) && issue.Title != "":
		ev.Text = fillIssue(issue, ev).String()
		source.Complete(ev)
	case n >= 5 && s[3] == "releases" && read(&rel) && rel.Tag != "":
		fillRelease(rel, ev)
	case n >= 5 && s[n-2] == "comments" && read(&comment) && comment.ID != 0:
		d := &outline.Text{}
		spot{}.fillComment(comment, d, ev)
		ev.Text = d.String()
		ev.MarkPartial("what the comment is about is not in the answer")
	case n == 5 && s[3] == "commits" && read(&commit) && commit.SHA != "":
		ev.Text = fillCommit(commit, ev)
		source.Complete(ev)
	case (n == 3 && s[0] == "repos" || n == 2 && s[0] == "repositories") && read(&repo) && repo.FullName != "":
		ev.Text = fillRepo(repo, ev).String()
		ev.MarkPartial("only the repository's facts are in the answer, not its README")
	case n == 2 && (s[0] == "users" || s[0] == "orgs") && read(&profile) && profile.Login != "":
		fillProfile(profile, ev)
	default:
		return false, nil
	}
	return true, nil
}
