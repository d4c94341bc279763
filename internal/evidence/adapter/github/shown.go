package github

import (
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/source"
)

// shownHere is the address of what a site shows that shows what is elsewhere, on GitHub for the
// most part; nil for other sites. The fragment is kept, as it names a cell or lines:
//
//	nbviewer.org/github/o/r/blob/main/a.ipynb                   →  github.com/o/r/blob/main/a.ipynb
//	colab.research.google.com/gist/u/0a1b/a.ipynb#scrollTo=x  →  gist.github.com/u/0a1b#scrollTo=x
//	mybinder.org/v2/gh/o/r/main?labpath=a.ipynb               →  github.com/o/r/blob/main/a.ipynb
func shownHere(u *url.URL) *url.URL {
	s := source.Segments(u)
	if len(s) < 3 {
		return nil
	}
	at := func(host, path string) *url.URL {
		return &url.URL{Scheme: "https", Host: host, Path: path, Fragment: u.Fragment}
	}
	switch host := strings.ToLower(u.Hostname()); {
	case source.HostIs(host, "github.dev", "github1s.com"):
		return at("github.com", u.Path)
	case source.HostIs(host, "vscode.dev") && s[0] == "github",
		source.HostIs(host, "nbviewer.org", "nbviewer.jupyter.org", "nbviewer.ipython.org", "colab.research.google.com", "colab.google") &&
			s[0] == "github":
		return at("github.com", "/"+strings.Join(s[1:], "/"))
	case source.HostIs(host, "studiolab.sagemaker.aws") && s[0] == "import" && s[1] == "github":
		return at("github.com", "/"+strings.Join(s[2:], "/"))
	case source.HostIs(host, "nbviewer.org", "nbviewer.jupyter.org", "nbviewer.ipython.org", "colab.research.google.com") && s[0] == "gist":
		return at("gist.github.com", "/"+strings.Join(s[1:3], "/"))
	case source.HostIs(host, "nbviewer.org", "nbviewer.jupyter.org", "nbviewer.ipython.org") && (s[0] == "url" || s[0] == "urls"):
		return at(s[1], "/"+strings.Join(s[2:], "/"))
	case source.HostIs(host, "mybinder.org") && s[0] == "v2" && s[1] == "gh" && len(s) >= 4:
		ref, q := "HEAD", u.Query()
		if len(s) > 4 {
			ref = s[4]
		}
		for _, name := range []string{"labpath", "filepath", "urlpath"} {
			file := strings.TrimPrefix(strings.TrimPrefix(q.Get(name), "lab/tree/"), "notebooks/")
			if file != "" && !strings.Contains(file, "?") {
				return at("github.com", "/"+s[2]+"/"+s[3]+"/blob/"+ref+"/"+strings.TrimPrefix(file, "/"))
			}
		}
		return at("github.com", "/"+s[2]+"/"+s[3])
	}
	return nil
}
