// Package forge reads files on sites that keep repositories, whose pages need JavaScript or have
// the lines of a file in tables: GitLab, Gitea and Forgejo on any host, Bitbucket, SourceHut. In
// goes a link to a file, or to lines of it; out come the lines, then the file, from where the
// site gives it by itself.
package forge

import (
	"context"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/repofile"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
)

// Adapter is the adapter of files.
type Adapter struct {
	// Server is the base address of the server asked, with "{host}" for the host of
	// the link: https://{host}
	Server string
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "ForgeAdapter" }

// kind is one way in which a site writes the address of a file.
type kind struct {
	host string             // "" for any, else as of [source.HostIs]
	path *lazyregexp.Regexp // of a page: the repository, the revision and what follows it
	raw  string             // path of the file by itself
}

// kinds match what no other software writes; on any host these are
// /group/project/-/blob/main/a.go of GitLab and /owner/repo/src/branch/main/a.go of Gitea.
var kinds = []kind{
	{"", lazyregexp.New(`^(/.+)/-/(?:blob|blame)/([^/]+)/(.+)$`), "$1/-/raw/$2/$3"},
	{"", lazyregexp.New(`^(/[^/]+/[^/]+)/src/((?:branch|tag|commit)/[^/]+)/(.+)$`), "$1/raw/$2/$3"},
	{"bitbucket.org", lazyregexp.New(`^(/[^/]+/[^/]+)/src/([^/]+)/(.+)$`), "$1/raw/$2/$3"},
	{"git.sr.ht", lazyregexp.New(`^(/~[^/]+/[^/]+)/tree/([^/]+)/item/(.+)$`), "$1/blob/$2/$3"},
}

// bitbucketLines matches the anchors of lines on Bitbucket, lines-10 and lines-10:20.
var bitbucketLines = lazyregexp.New(`^lines-(\d+)(?::(\d+))?$`)

// Match matches files. It can't know what runs on a host; when there is no such file by itself,
// the page is read instead. Folders, which end in a slash, have none.
func (a Adapter) Match(u *url.URL) source.Task {
	where := u.EscapedPath()
	if u.Scheme != "https" || strings.HasSuffix(where, "/") {
		return nil
	}
	for _, k := range kinds {
		m := k.path.FindStringSubmatch(where)
		if m == nil || k.host != "" && !source.HostIs(u.Hostname(), k.host) {
			continue
		}
		name, err := url.PathUnescape(m[3])
		if err != nil {
			return nil
		}
		link := strings.ReplaceAll(a.Server, "{host}", u.Host) + k.path.ReplaceAllString(where, k.raw)
		anchor := u.Fragment
		if m := bitbucketLines.FindStringSubmatch(anchor); m != nil {
			anchor = strings.TrimSuffix("L"+m[1]+"-L"+m[2], "-L")
		}
		return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
			return fetchFile(ctx, web, link, name, u, anchor, ev)
		}
	}
	return nil
}

// fetchFile reads the file at link. A page in its place, such as one to sign in, is none.
func fetchFile(ctx context.Context, web source.Web, link, name string, base *url.URL, anchor string, ev *job.Evidence) error {
	res, err := web.Get(ctx, fetch.Request{URL: link, MaxBytes: source.MaxAnswer, Truncate: true})
	if err != nil {
		return err
	}
	ext := strings.ToLower(path.Ext(name))
	if strings.Contains(res.ContentType, "html") && ext != ".html" && ext != ".htm" {
		return source.NotTheAPI(link, nil)
	}
	decoded, _ := page.Decode(res.Body, "")
	plain := string(decoded)
	if strings.ContainsRune(plain, 0) || !utf8.ValidString(plain) || strings.TrimSpace(plain) == "" {
		return fetch.NewError(fetch.NotText, ev.URL, "this file is not text", "share a page that describes it")
	}
	ev.SiteName, ev.FinalURL, ev.CanonicalURL = base.Hostname(), ev.URL, ev.URL
	repofile.Fill(name, plain, base, anchor, ev)
	source.MarkMissing(ev, res, "file")
	source.Add(ev, ev.URL, ev.Title, res.FetchedAt)
	return nil
}
