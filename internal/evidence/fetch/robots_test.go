package fetch

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestRobotsRules(t *testing.T) {
	const star = "User-agent: *\n"
	for _, tt := range []struct {
		name, file, path string
		want             bool
	}{
		{"empty file", "", "/x", true},
		{"no group", "Disallow: /", "/x", true},
		{"everything", star + "Disallow: /", "/x", false},
		{"nothing", star + "Disallow:", "/x", true},
		{"a beginning", star + "Disallow: /private", "/private-too/x", false},
		{"elsewhere", star + "Disallow: /private", "/a/private", true},
		{"letter case of paths", star + "Disallow: /Private", "/private", true},

		{"our group", star + "Disallow: /\nUser-agent: commentator\nDisallow: /x", "/y", true},
		{"our group in capitals", star + "Disallow: /\n\nUSER-AGENT : Commentator\nDisallow: /x", "/x", false},
		{"our group first", "User-agent: commentator\nDisallow: /x\n\n" + star + "Disallow: /", "/y", true},
		{"our group twice", "User-agent: commentator\nDisallow: /x\nUser-agent: other\nDisallow: /\nUser-agent: commentator\nDisallow: /y", "/y", false},
		{"our group among others", "User-agent: a\nUser-agent: commentator\nUser-agent: b\nDisallow: /x", "/x", false},
		{"an empty group is ours", star + "Disallow: /\nUser-agent: commentator\nDisallow:", "/x", true},
		{"another's group", "User-agent: other\nDisallow: /", "/x", true},
		{"a name that begins like ours", "User-agent: comment\nDisallow: /", "/x", true},
		{"unknown lines in a group", "User-agent: *\nCrawl-delay: 10s\nSitemap: https://a.example/s.xml\nnonsense\nDisallow: /x", "/x", false},

		{"the longer rule allows", star + "Disallow: /a\nAllow: /a/b", "/a/b/c", true},
		{"the longer rule forbids", star + "Allow: /a\nDisallow: /a/b", "/a/b/c", false},
		{"order does not count", star + "Allow: /a/b\nDisallow: /a", "/a/b", true},
		{"equal rules allow", star + "Disallow: /a\nAllow: /a", "/a", true},
		{"equal rules allow in any order", star + "Allow: /a\nDisallow: /a", "/a", true},
		{"a pattern's length is its own", star + "Disallow: /*.php\nAllow: /a/b.p", "/a/b.php", true},

		{"a star", star + "Disallow: /*/edit", "/page/edit", false},
		{"a star for nothing", star + "Disallow: /a*b", "/ab", false},
		{"a pattern begins at the start", star + "Disallow: /b*c", "/a/bxc", true},
		{"an end", star + "Disallow: /*.pdf$", "/a/b.pdf", false},
		{"not the end", star + "Disallow: /*.pdf$", "/a/b.pdf?x=1", true},
		{"an end without a star", star + "Disallow: /a$", "/ab", true},
		{"a dollar inside", star + "Disallow: /a$b", "/a$b", false},
		{"many stars", star + "Disallow: /*a*b*c", "/xaybzc", false},
		{"stars out of order", star + "Disallow: /*b*a", "/xayb", true},
		{"a query", star + "Disallow: /*?session=", "/a?session=1", false},

		{"comments", "# all\nUser-agent: * # you too\nDisallow: /x # private", "/x", false},
		{"lines of Windows", "User-agent: *\r\nDisallow: /x\r\n", "/x", false},
		{"lines of old Macs", "User-agent: *\rDisallow: /x\r", "/x", false},
		{"a byte order mark", "\ufeffUser-agent: *\nDisallow: /x", "/x", false},
		{"a page instead", "<!doctype html><title>User-agent: *</title>\nDisallow: /", "/x", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := allowed(parseRobots([]byte(tt.file), "commentator"), tt.path); got != tt.want {
				t.Errorf("%s: allowed %v", tt.path, got)
			}
		})
	}
}

// A robots.txt that is missing or fails forbids nothing: a person shared the
// link. What was read holds for an hour, whatever it was.
func TestRobotsThatCannotBeReadForbidNothing(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"missing":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"forbidden": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
		"failing":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"torn":      func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"oversized": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "User-agent: *\nAllow: /\n", strings.Repeat("# filler\n", maxRobotsBytes/9+1), "Disallow: /\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/robots.txt" {
					fmt.Fprint(w, "page")
					return
				}
				asked.Add(1)
				answer(w, r)
			})
			c := newClient(t, Options{Allow: []string{"127.0.0.1"}, Robots: "all"})
			for range 3 {
				if _, err := c.Get(t.Context(), Request{URL: s.URL + "/x"}); err != nil {
					t.Fatal(err)
				}
			}
			if n := asked.Load(); name != "torn" && n != 1 { // the transport itself asks once more after a torn connection
				t.Errorf("robots.txt was asked for %d times in 3 requests", n)
			}
		})
	}
}

// Of rules that break off those that came hold, but not the one that was cut, and they are asked for again.
func TestRobotsThatBreakOffHoldAsFarAsTheyGo(t *testing.T) {
	file := "User-agent: *\nDisallow: /x\n" + strings.Repeat("# filler\n", 200) + "Disallow: /"
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			w.Header().Set("Content-Length", strconv.Itoa(len(file)+100))
			fmt.Fprint(w, file)
		}
	})
	c := newClient(t, Options{Allow: []string{"127.0.0.1"}, Robots: "all"})
	if _, err := c.Get(t.Context(), Request{URL: s.URL + "/x"}); ReasonOf(err) != Robots {
		t.Errorf("what was read of them is not honoured: %v", err)
	}
	if _, err := c.Get(t.Context(), Request{URL: s.URL + "/y"}); err != nil {
		t.Errorf("a rule that was cut is: %v", err)
	}
	if n := c.robots.hosts.Len(); n != 0 {
		t.Errorf("%d hosts are kept", n)
	}
}

func TestRobotsAreForgotten(t *testing.T) {
	r := newRobots("Commentator/1.0 (+https://a.example)")
	if r.agent != "commentator" {
		t.Errorf("agent %q", r.agent)
	}
	for i := range maxRobotsHosts + 10 {
		r.hosts.Add(fmt.Sprint(i), robotsEntry{at: time.Now()})
	}
	if n := r.hosts.Len(); n != maxRobotsHosts {
		t.Errorf("%d hosts are kept", n)
	}
	if _, ok := r.hosts.Get("0"); ok {
		t.Error("the oldest host is kept")
	}
}

// 256 hosts of one site, each with as many rules as fit, took 548 MB.
func TestRulesThatTakeMuchMemoryAreNotKept(t *testing.T) {
	file := "User-agent: *\nDisallow: /x\n" + strings.Repeat("allow:/\n", 50_000)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			fmt.Fprint(w, file)
		}
	})
	c := newClient(t, Options{Allow: []string{"127.0.0.1"}, Robots: "all"})
	for range 2 {
		if _, err := c.Get(t.Context(), Request{URL: s.URL + "/x"}); ReasonOf(err) != Robots {
			t.Errorf("they are not honoured: %v", err)
		}
	}
	if n := c.robots.hosts.Len(); n != 0 {
		t.Errorf("%d hosts are kept", n)
	}
}

func TestPacedHostsAreBounded(t *testing.T) {
	p := newPacer(map[string]time.Duration{"": time.Second, "arxiv.org": 3 * time.Second, "free.example": 0})
	if p.limiter("export.arxiv.org") != p.limiter("arxiv.org") {
		t.Error("a host below another has a pace of its own")
	}
	if p.limiter("free.example") != nil {
		t.Error("a host without a pause is paced")
	}
	first := p.limiter("0.example")
	if first != p.limiter("0.example") {
		t.Error("each request has a pace of its own")
	}
	for i := range maxPacedHosts {
		p.limiter(fmt.Sprintf("%d.other", i))
	}
	if n := p.limiters.Len(); n != maxPacedHosts {
		t.Errorf("%d hosts are kept", n)
	}
	if first == p.limiter("0.example") {
		t.Error("the oldest host is kept")
	}
}
