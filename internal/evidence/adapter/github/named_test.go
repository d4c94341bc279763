package github_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/job"
)

// Answers in the form of docs.github.com/rest, shortened.
const (
	issueJSON = `={"number":7,"title":"Ropes leak","body":"They leak ` +
		`memory.","state":"open","html_url":"https://github.com/a/b/issues/7",` +
		`"user":{"login":"ann"},"created_at":"2024-01-02T03:04:05Z","comments":2,"labels":[]}`
	pullAsIssueJSON = `={"number":8,"title":"Mend ropes","body":"Ropes are mended.","state":"open",` +
		`"html_url":"https://github.com/a/b/pull/8",` +
		`"user":{"login":"ann"},"created_at":"2024-01-02T03:04:05Z","comments":0,"labels":[],"pull_request":{"merged_at":null}}`
	pullJSON = `={"number":8,"title":"Mend ropes","body":"Ropes are mended.","state":"open","html_url":"https://github.com/a/b/pull/8",` +
		`"user":{"login":"ann"},"created_at":"2024-01-02T03:04:05Z","comments":0,"review_comments":3,"changed_files":2,"additions":3,` +
		`"deletions":1,"base":{"label":"a:main"}}`
	commentsJSON = `=[{"id":11,"body":"Me too.","user":{"login":"bob"},"created_at":"2024-02-01T00:00:00Z"},` +
		`{"id":12,"body":"Fixed by **v2**.","user":{"login":"cy"},"created_at":"2024-02-02T00:00:00Z"}]`
	lineCommentJSON = `{"id":22,"in_reply_to_id":21,"path":"rope.go","line":null,"original_line":4,"diff_hunk":"@@ -1 +1 @@\n+len(a)",` +
		`"body":"Use len.","user":{"login":"cy"},"created_at":"2024-02-02T00:00:00Z","html_url":"https://github.com/a/b/pull/8#discussion_r22"}`
	lineCommentsJSON = `=[{"id":21,"path":"rope.go","line":4,"body":"Why count?","user":{"login":"bob"}},` + lineCommentJSON +
		`,{"id":23,"path":"other.go","line":1,"body":"Elsewhere.","user":{"login":"bob"}}]`
	filesJSON = `=[{"filename":"rope.go","status":"modified","patch":"@@ -1 +1 @@\n-a\n+b"},` +
		`{"filename":"rope_test.go","status":"added","patch":"@@ -0,0 +1 @@\n+test"}]`
	commitJSON = `={"sha":"0123456789abcdef","html_url":"https://github.com/a/b/commit/0123456789abcdef",` +
		`"commit":{"message":"Mend ropes\n\nThey leaked.","author":{"name":"Ann","date":"2024-01-02T03:04:05Z"}},` +
		`"stats":{"additions":3,"deletions":1},"files":[{"filename":"rope.go","status":"modified","patch":"-a\n+b"},` +
		`{"filename":"rope_test.go","status":"added","patch":"+test"}]}`
	repoJSON = `={"full_name":"a/b","html_url":"https://github.com/a/b","description":"Ropes.","default_branch":"main","owner":{"login":"a"}}`
)

// diffOf is the anchor of a file in a change.
func diffOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "diff-" + hex.EncodeToString(sum[:])
}

func TestCommentsComeBeforeTheirIssue(t *testing.T) {
	issue := map[string]string{
		"/repos/a/b/issues/7": issueJSON, "/repos/a/b/issues/7/comments": commentsJSON,
		"/repos/a/b/issues/comments/77": `={"id":77,"body":"Much later.","user":{"login":"di"}}`,
	}
	pull := map[string]string{
		"/repos/a/b/issues/8": pullAsIssueJSON, "/repos/a/b/pulls/8": pullJSON, "/repos/a/b/pulls/8/comments": lineCommentsJSON,
		"/repos/a/b/pulls/comments/22": "=" + lineCommentJSON,
		"/repos/a/b/pulls/8/reviews/31": `={"id":31,"state":"CHANGES_REQUESTED","body":"Nearly.","user":{"login":"cy"},` +
			`"submitted_at":"2024-02-02T00:00:00Z"}`,
		"/repos/a/b/pulls/8/reviews/31/comments": "=[" + lineCommentJSON + "]",
		"/repos/a/b/pulls/8/files":               filesJSON,
		"/repos/a/b/pulls/8/commits":             "=[" + commitJSON[1:] + "]",
	}
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: "https://github.com/a/b/issues/7#issuecomment-12", Routes: issue, Coverage: job.CoverageFull,
			Lead: []string{"## Comment by cy, 2024-02-02\n\nFixed by v2."}, Title: "Comment by cy on: Ropes leak",
			Around: []string{"## Issue: Ropes leak", "They leak memory.", "Me too."}, Requests: 2,
		},
		evidencetest.Named{ // not among the first comments
			URL: "https://github.com/a/b/issues/7#issuecomment-77", Routes: issue, Coverage: job.CoverageFull,
			Lead: []string{"## Comment by di\n\nMuch later."}, Around: []string{"They leak memory.", "Me too.", "Fixed by v2."}, Requests: 3,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/issues/7#issuecomment-99", Routes: issue, Coverage: job.CoveragePartial,
			Around: []string{"They leak memory.", "Fixed by v2."}, Notes: []string{"the comment that the link names could not be had"}, Requests: 3,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/issues/7#issue-123", Routes: issue, Coverage: job.CoverageFull, Around: []string{"They leak"}, Requests: 2,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/pull/8#discussion_r22", Routes: pull, Coverage: job.CoverageFull,
			Lead: []string{
				"## Comment by cy, 2024-02-02 on rope.go, line 4 at that time\n\nUse len.\n\n```diff\n@@ -1 +1 @@\n+len(a)\n```",
				"## Other comments on these lines\n\n### bob\n\nWhy count?",
			},
			Around: []string{"Ropes are mended."}, Without: []string{"Elsewhere."}, Requests: 3,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/pull/8/files#r22", Routes: pull, Coverage: job.CoverageFull,
			Lead: []string{"Use len."}, Around: []string{"Ropes are mended."}, Requests: 4,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/pull/8#discussion_r99", Routes: pull, Coverage: job.CoveragePartial,
			Around: []string{"Ropes are mended."}, Notes: []string{"the comment that the link names could not be had"}, Requests: 5,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/pull/8#pullrequestreview-31", Routes: pull, Coverage: job.CoverageFull,
			Lead:   []string{"Review: changes requested", "Nearly.", "## Its comments on lines", "Use len."},
			Around: []string{"Ropes are mended."}, Requests: 4,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/pull/8", Routes: pull, Coverage: job.CoverageFull,
			Around: []string{"Ropes are mended.", "## Comments on lines", "Why count?", "Elsewhere."}, Requests: 3,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/pull/8/files", Routes: pull, Coverage: job.CoverageFull,
			Lead: []string{"## Changed files\n\n### rope.go (modified)"}, Around: []string{"Ropes are mended."}, Requests: 3,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/pull/8/changes#" + diffOf("rope_test.go") + "R1-R2", Routes: pull, Coverage: job.CoverageFull,
			Lead: []string{"## Changes of rope_test.go (added)\n\n```diff\n@@ -0,0 +1 @@\n+test"}, Around: []string{"Ropes are mended."},
			Requests: 3,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/pull/8/commits", Routes: pull, Coverage: job.CoverageFull,
			Lead: []string{"- 01234567 Mend ropes (Ann, 2024-01-02)"}, Around: []string{"Ropes are mended."}, Requests: 3,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/pull/8/checks", Routes: pull, Coverage: job.CoveragePartial,
			Around: []string{"Ropes are mended."}, Notes: []string{"the checks"}, Requests: 3,
		},
	)
}

func TestCommitsAreReadAsTheLinkNamesThem(t *testing.T) {
	routes := map[string]string{
		"/repos/a/b/commits/0123456": commitJSON,
		"/repos/a/b/comments/41": `={"id":41,"body":"Well done.","user":{"login":"bob"},"created_at":"2024-02-02T00:00:00Z",` +
			`"path":"rope.go","line":3}`,
		"/repos/a/b/commits": "=[" + commitJSON[1:] + "]",
		"/repos/a/b/compare/v1...v2": `={"status":"ahead","ahead_by":1,"total_commits":1,"html_url":"https://github.com/a/b/compare/v1...v2",` +
			`"commits":[` + commitJSON[1:] + `],"files":[{"filename":"rope.go","status":"modified","patch":"-a\n+b"}]}`,
	}
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: "https://github.com/a/b/commit/0123456", Routes: routes, Coverage: job.CoverageFull,
			Around: []string{"Mend ropes\n\nThey leaked.", "### rope.go (modified)"}, Title: "Mend ropes", Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/pull/8/commits/0123456#r41", Routes: routes, Coverage: job.CoverageFull,
			Lead: []string{"## Comment by bob, 2024-02-02 on rope.go, line 3\n\nWell done."}, Around: []string{"They leaked."}, Requests: 2,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/commit/0123456#commitcomment-42", Routes: routes, Coverage: job.CoveragePartial,
			Around: []string{"They leaked."}, Notes: []string{"could not be had"}, Requests: 2,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/commit/0123456#" + diffOf("rope_test.go"), Routes: routes, Coverage: job.CoverageFull,
			Lead: []string{"## Changes of rope_test.go (added)\n\n```diff\n+test\n```"}, Around: []string{"They leaked."}, Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/commit/0123456#" + diffOf("gone.go"), Routes: routes, Coverage: job.CoveragePartial,
			Notes: []string{"file that the link names"}, Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/commits/main/rope.go", Routes: routes, Coverage: job.CoverageFull,
			Around: []string{"- 01234567 Mend ropes (Ann, 2024-01-02)"}, Title: "Commits of a/b at main: rope.go", Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/compare/v1..v2", Routes: routes, Coverage: job.CoverageFull,
			Around: []string{"Commits: 1", "- 01234567 Mend ropes", "### rope.go (modified)"}, Title: "Changes from v1 to v2", Requests: 1,
		},
	)
}

func TestLinesComeBeforeTheirFile(t *testing.T) {
	var b strings.Builder
	for i := 1; i <= 40; i++ {
		fmt.Fprintf(&b, "line%d()\n", i)
	}
	routes := map[string]string{
		"/repos/a/b/contents/x/rope.go?ref=main":      "=" + b.String(),
		"/repos/a/b/contents/rope.go?ref=feature%2Fx": "=" + b.String(),
		"/repos/a/b/contents/README.md?ref=v1":        "=# Ropes\n\nA tree.\n\n## Cost\n\nLittle.\n\n## Use\n\nOften.",
		"/repos/a/b/contents/big.bin?ref=main":        "=version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n",
	}
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: "https://github.com/a/b/blob/main/x/rope.go#L10-L12", Routes: routes, Coverage: job.CoverageFull, Title: "rope.go, lines 10–12",
			Lead:   []string{"## Lines 10–12 of x/rope.go\n\n```go\nline10()\nline11()\nline12()\n```"},
			Around: []string{"## The whole file\n\n```go\nline1()", "line40()"}, Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/blame/main/x/rope.go?plain=1#L12C3-L10C9", Routes: routes, Coverage: job.CoverageFull,
			Lead: []string{"line10()\nline11()\nline12()\n```"}, Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/blob/refs/heads/main/x/rope.go#L40", Routes: routes, Coverage: job.CoverageFull,
			Lead: []string{"## Line 40 of x/rope.go\n\n```go\nline40()\n```"}, Around: []string{"line1()"}, Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/blob/main/x/rope.go#L39-L90", Routes: routes, Coverage: job.CoveragePartial,
			Lead: []string{"line39()\nline40()"}, Notes: []string{"the link names line 90, but the file has 40 lines"}, Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/blob/main/x/rope.go#L90", Routes: routes, Coverage: job.CoveragePartial,
			Around: []string{"line1()"}, Notes: []string{"the file has 40 lines"}, Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/blob/feature/x/rope.go#L2", Routes: routes, Coverage: job.CoverageFull,
			Lead: []string{"## Line 2 of rope.go\n\n```go\nline2()\n```"}, Requests: 2,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/blob/v1/README.md#cost", Routes: routes, Coverage: job.CoverageFull,
			Lead: []string{"## Cost\n\nLittle."}, Around: []string{"A tree.", "Often."}, Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/blob/v1/README.md?plain=1#L5", Routes: routes, Coverage: job.CoverageFull,
			Lead: []string{"```md\n## Cost\n```"}, Around: []string{"A tree."}, Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/blob/v1/README.md#price", Routes: routes, Coverage: job.CoveragePartial,
			Around: []string{"A tree."}, Notes: []string{`no section "price"`}, Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/blob/main/big.bin", Routes: routes, Coverage: job.CoveragePartial, Notes: []string{"Git LFS"}, Requests: 1,
		},
	)
}

func TestFilesAreHadWithoutTheInterface(t *testing.T) {
	routes := map[string]string{
		"/repos/a/b/contents/x/rope.go?ref=main": "github/rate_limited_403.wiremock.json", "/a/b/main/x/rope.go": "=one()\ntwo()\n",
	}
	evidencetest.Leads(t, evidencetest.Named{
		URL: "https://github.com/a/b/blob/main/x/rope.go#L2", Routes: routes, Coverage: job.CoverageFull, Requests: 2,
		Lead: []string{"```go\ntwo()\n```"}, Around: []string{"one()"},
	})
}

func TestNotebooksAreReadWhereverTheyAreShown(t *testing.T) {
	const note = `={"nbformat":4,"metadata":{},"cells":[{"cell_type":"markdown","id":"a","metadata":{},"source":"# Ropes"},` +
		`{"cell_type":"code","id":"b","metadata":{"id":"Xy"},"source":"1+1","outputs":[{"output_type":"execute_result",` +
		`"data":{"text/plain":"2"}}]}]}`
	routes := map[string]string{
		"/repos/a/b/contents/n.ipynb?ref=main": note,
		"/gists/0123456789abcdef0123": `={"html_url":"https://gist.github.com/u/0123456789abcdef0123",` +
			`"files":{"n.ipynb":{"content":` + fmt.Sprintf("%q", note[1:]) + `}}}`,
	}
	for _, link := range []string{
		"https://github.com/a/b/blob/main/n.ipynb#cell-2",
		"https://nbviewer.org/github/a/b/blob/main/n.ipynb#cell-id=b",
		"https://colab.research.google.com/github/a/b/blob/main/n.ipynb#scrollTo=Xy&line=1",
		"https://mybinder.org/v2/gh/a/b/main?labpath=n.ipynb#cell-id=b",
		"https://colab.research.google.com/gist/u/0123456789abcdef0123/n.ipynb#scrollTo=Xy",
	} {
		evidencetest.Leads(t, evidencetest.Named{
			URL: link, Routes: routes, Coverage: job.CoverageFull,
			Lead:   []string{"Cell 2, which the link names\n\n```\n1+1\n```\n\nOutput:\n\n```\n2\n```"},
			Around: []string{"Ropes"}, Requests: 1,
		})
	}
}

func TestRepositoriesAreReadAtTheirPlace(t *testing.T) {
	readme := func(s string) string {
		return `={"type":"file","name":"README.md","encoding":"base64","size":9,"content":"` + base64.StdEncoding.EncodeToString([]byte(s)) + `"}`
	}
	long := strings.Repeat("Ropes are trees of strings, and much is to be said of them.\n\n", 20_000) + "## Last words\n\nThe end."
	routes := map[string]string{
		"/repos/a/b": repoJSON, "/repos/a/b/readme": readme("# Ropes\n\nA tree.\n\n## Install\n\nGo get it.\n\n## Use\n\nOften."),
		"/repos/a/b/readme?ref=v1":       readme("# Ropes 1\n\nOld words."),
		"/repos/a/b/contents/doc?ref=v1": `=[{"name":"README.md","type":"file","size":120},{"name":"img","type":"dir","size":0}]`,
		"/repos/a/b/readme/doc?ref=v1":   readme("# Documents\n\nOf ropes."),
		"/repos/a/big":                   strings.ReplaceAll(repoJSON, "a/b", "a/big"),
		"/repos/a/big/readme":            `={"type":"file","name":"README.md","encoding":"none","size":1200000,"content":""}`,
		"/repos/a/b/releases": `=[{"tag_name":"v2","body":"Second.","published_at":"2024-02-02T00:00:00Z","prerelease":true},` +
			`{"tag_name":"v1","body":"First."}]`,
		"/repos/a/b/releases/tags/sub%2Fv1": `={"tag_name":"sub/v1","name":"","body":"# New\n\n- Ropes\n\n# Old\n\n- Strings",` +
			`"html_url":"https://github.com/a/b/releases/tag/sub/v1","assets":[{"name":"b.zip","size":10,"download_count":3}]}`,
	}
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: "https://github.com/a/b?tab=readme-ov-file#install", Routes: routes, Coverage: job.CoverageFull,
			Lead: []string{"Install\n\nGo get it."}, Around: []string{"A tree.", "Often."}, Requests: 3,
		},
		evidencetest.Named{URL: "https://github.com/a/b#readme", Routes: routes, Coverage: job.CoverageFull, Around: []string{"A tree."},
			Requests: 3},
		evidencetest.Named{
			URL: "https://github.com/a/b#licence", Routes: routes, Coverage: job.CoveragePartial, Around: []string{"A tree."},
			Notes: []string{`no section "licence"`}, Requests: 3,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/tree/v1", Routes: routes, Coverage: job.CoverageFull, Around: []string{"At: v1", "Old words."},
			Without: []string{"Go get it."}, Requests: 2,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/tree/v1/doc", Routes: routes, Coverage: job.CoverageFull,
			Around: []string{"Of ropes.", "- README.md (120 bytes)\n- img/"}, Requests: 2,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/releases", Routes: routes, Coverage: job.CoverageFull,
			Around: []string{"## Release v2, 2024-02-02, pre-release\n\nSecond.", "## Release v1\n\nFirst."}, Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/releases/tag/sub/v1#old", Routes: routes, Coverage: job.CoverageFull,
			Lead: []string{"Old\n\n- Strings"}, Around: []string{"- Ropes"}, Requests: 1,
		},
		evidencetest.Named{
			URL: "https://github.com/a/b/releases/download/sub/v1/b.zip", Routes: routes, Coverage: job.CoveragePartial,
			Lead: []string{"File: b.zip\nBytes: 10"}, Around: []string{"- Ropes"}, Notes: []string{"the file itself is not read"}, Requests: 1,
		},
	)
	// Of a README above 1 MB the interface gives the bytes only when asked for them.
	raw := evidencetest.Serve(t, bigReadme(routes, long))
	ev, err := evidencetest.Offline(t, raw.URL).Retrieve(t.Context(), "https://github.com/a/big#last-words")
	if err != nil || ev.Coverage != job.CoverageFull || !strings.HasSuffix(ev.Text[:ev.Lead], "Last words\n\nThe end.") ||
		len(ev.Text) < 1_200_000 {
		t.Errorf("%v, %s %v, lead %q, %d bytes", err, ev.Coverage, ev.Errors, ev.Text[:ev.Lead], len(ev.Text))
	}
}

func TestGistsAreReadAtTheirPlace(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef"
	gist := `={"description":"Two files","html_url":"https://gist.github.com/u/` + id + `","owner":{"login":"u"},"comments":1,"files":{` +
		`"a b.go":{"content":"package a\n\nvar x = 1\n"},"notes.md":{"content":"# Notes\n\nOf ropes."}}}`
	routes := map[string]string{
		"/gists/" + id: gist, "/gists/" + id + "/comments": `=[{"id":5,"body":"Thanks!","user":{"login":"bob"}},{"id":6,"body":"Why?",` +
			`"user":{"login":"cy"}}]`,
		"/gists/" + id + "/comments/5":                               `={"id":5,"body":"Thanks!","user":{"login":"bob"}}`,
		"/gists/" + id + "/0123456789abcdef0123456789abcdef01234567": strings.Replace(gist, "Of ropes", "Of old ropes", 1),
	}
	at := "https://gist.github.com/u/" + id
	evidencetest.Leads(t,
		evidencetest.Named{URL: at, Routes: routes, Coverage: job.CoverageFull, Around: []string{"Two files", "var x = 1", "Of ropes.",
			"Thanks!"}, Requests: 2},
		evidencetest.Named{
			URL: at + "#file-notes-md", Routes: routes, Coverage: job.CoverageFull, Lead: []string{"## notes.md\n\n### Notes\n\nOf ropes."},
			Around: []string{"var x = 1"}, Requests: 2,
		},
		evidencetest.Named{
			URL: at + "#file-a-b-go-L3", Routes: routes, Coverage: job.CoverageFull, Lead: []string{"## Line 3 of a b.go\n\n```go\nvar x = 1\n```"},
			Around: []string{"package a", "Of ropes."}, Requests: 2,
		},
		evidencetest.Named{URL: at + "#file-c-go", Routes: routes, Coverage: job.CoveragePartial, Notes: []string{"no file c-go"}, Requests: 2},
		evidencetest.Named{
			URL: at + "?permalink_comment_id=5#gistcomment-5", Routes: routes, Coverage: job.CoverageFull,
			Lead: []string{"## Comment by bob\n\nThanks!"}, Around: []string{"Of ropes.", "Why?"}, Requests: 3,
		},
		evidencetest.Named{
			URL: at + "/0123456789abcdef0123456789abcdef01234567", Routes: routes, Coverage: job.CoverageFull,
			Around: []string{"Of old ropes."}, Requests: 2,
		},
	)
}

func TestAdvisoriesAreRead(t *testing.T) {
	routes := map[string]string{"/advisories/GHSA-jfh8-c2jp-5v3q": `={"ghsa_id":"GHSA-jfh8-c2jp-5v3q","cve_id":"CVE-2021-44228",` +
		`"summary":"Remote code injection","description":"# Summary\n\nLookups.","severity":"critical","cvss":{"score":10.0},` +
		`"html_url":"https://github.com/advisories/GHSA-jfh8-c2jp-5v3q","vulnerabilities":[{"package":{"ecosystem":"maven",` +
		`"name":"log4j-core"},` +
		`"vulnerable_version_range":">= 2.13.0, < 2.15.0","first_patched_version":"2.15.0"}]}`}
	evidencetest.Leads(t, evidencetest.Named{
		URL: "https://github.com/advisories/GHSA-jfh8-c2jp-5v3q", Routes: routes, Coverage: job.CoverageFull, Requests: 1,
		Around: []string{"CVE: CVE-2021-44228", "Severity: critical", "- maven log4j-core: affected >= 2.13.0, < 2.15.0, patched 2.15.0",
			"Lookups."},
	})
}

func TestATitleOfAReleaseNamesItsProject(t *testing.T) {
	routes := map[string]string{
		"/repos/a/ferry/releases/tags/1.9.3": `={"tag_name":"1.9.3","name":"1.9.3","body":"Please upgrade.","published_at":"2026-03-31T12:00:00Z",` +
			`"html_url":"https://github.com/a/ferry/releases/tag/1.9.3"}`,
		"/repos/a/bare/releases/tags/v1": `={"tag_name":"v1","body":"Please upgrade."}`,
	}
	for link, want := range map[string]string{
		"https://github.com/a/ferry/releases/tag/1.9.3": "a/ferry: Release 1.9.3, 2026-03-31",
		"https://github.com/a/bare/releases/tag/v1":     "Release v1",
	} {
		ev, err := evidencetest.Offline(t, evidencetest.NewReplay(t, routes).URL).Retrieve(t.Context(), link)
		if err != nil || ev.Title != want {
			t.Errorf("%s: %v, title %q", link, err, ev.Title)
		}
	}
}
