package naming

import (
	"slices"
	"strings"
	"testing"
)

func TestKeysThatMLflowTakes(t *testing.T) {
	for in, want := range map[string]string{
		"gen_ai.usage": "gen_ai.usage", "a b:c/d-e_f": "a b:c/d-e_f",
		"genkit@input": "genkit_input", "/a//b/": "a/b", "a/../b": "a/__/b", "./x": "x", "..": "__", "..x/..y": "__x/__y", "...": "__.",
		"": "_", "né": "n_", "a\nb": "a_b", "  ": "_", " a ": "a",
	} {
		if got := Key(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	long := Key(strings.Repeat("k/", 400))
	if len(long) > MaxKey || strings.HasSuffix(long, "/") {
		t.Errorf("long key: %d characters, %q", len(long), long)
	}
	if a, b := Key(strings.Repeat("x", 300)+"a"), Key(strings.Repeat("x", 300)+"b"); a == b {
		t.Error("two long keys that differ at the end became one")
	}
}

func TestPathsStayInsideTheRun(t *testing.T) {
	for in, want := range map[string]string{
		"out/report.md": "out/report.md", `..\..\etc`: "__/__/etc", "/abs": "abs", "C:/x": "C_/x", "": "_",
	} {
		if got := Path(in); got != want {
			t.Errorf("Path(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Folder("a/b: c"); got != "a_b_ c" {
		t.Errorf("a folder is one segment, got %q", got)
	}
}

func TestNumbersOfTakenKeys(t *testing.T) {
	for _, c := range []struct {
		key  string
		path bool
		want string
	}{{"a.b", false, "a.b_2"}, {"a/b.json", true, "a/b_2.json"}, {"a.d/b", true, "a.d/b_2"}, {"a/.env", true, "a/.env_2"}} {
		if got := Numbered(c.key, 2, c.path); got != c.want {
			t.Errorf("%q: got %q, want %q", c.key, got, c.want)
		}
	}
	if got := Numbered(strings.Repeat("x", MaxKey-5)+".json", 10, true); len(got) > MaxKey || !strings.HasSuffix(got, "_10.json") {
		t.Errorf("a long path came out as %q", got)
	}
}

func TestNamesWithoutIDs(t *testing.T) {
	for in, want := range map[string]string{
		"retrieval":                       "retrieval",
		"chat claude-3-5-sonnet-20241022": "chat claude-3-5-sonnet-20241022",
		"order ORD-20417":                 "order ORD-20417",
		"Crew_6f9619ff-8b86-d011-b42d-00cf4fc964ff.kickoff": "Crew_{id}.kickoff",
		"autogen process t.0123456789abcdef0123":            "autogen process t.{id}",
		"job 1795463052783":                                 "job {id}",
		"":                                                  "unnamed",
		"defaced facade":                                    "defaced facade",
		strings.Repeat("é", 300):                            strings.Repeat("é", MaxKey-1) + "…",
	} {
		if got := Stable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestWordsOfNames(t *testing.T) {
	for in, want := range map[string][]string{
		"gen_ai.usage.inputTokens": {"gen", "ai", "usage", "input", "tokens"}, "HTTPStatus": {"http", "status"}, "topK2": {"top", "k2"},
		"OpenAIChatGenerator": {"open", "ai", "chat", "generator"}, "userIDs": {"user", "ids"}, "useAPI": {"use", "api"},
		"genkit:input": {"genkit", "input"}, "...": nil, "": nil,
	} {
		if got := Words(in); !slices.Equal(got, want) {
			t.Errorf("Words(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Snake("maxRetries"); got != "max_retries" {
		t.Errorf("got %q", got)
	}
}
