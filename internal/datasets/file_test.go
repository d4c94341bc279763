package datasets_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/datasets"
	"github.com/technoshare/commentator/internal/job"
)

func TestFilesOfRowsAreReadStrictly(t *testing.T) {
	good := `{"id": "a", "inputs": {"url": "https://u:p@e.com/?token=x"}, "expectations": {"n": 1}, "tags": {"k": "v"}}`
	for name, c := range map[string]struct{ text, want string }{
		"right":           {good + "\n\n" + `{"inputs": {"url": "http://e.com/"}}` + "\r\n", ""},
		"no JSON":         {good + "\nx", "f.jsonl, line 2: invalid character"},
		"another field":   {`{"input": {"url": "https://e.com/"}}`, `f.jsonl, line 1: json: unknown field "input"; a line is {`},
		"an input more":   {`{"inputs": {"url": "https://e.com/", "query": ""}}`, "line 1: json: unknown field"},
		"two values":      {`{"inputs": {"url": "https://e.com/"}} {}`, "line 1: there is more than one JSON value"},
		"no link":         {`{"inputs": {"url": "e.com"}}`, `line 1: inputs.url "e.com" is no http or https link`},
		"another scheme":  {`{"inputs": {"url": "file:///etc/passwd"}}`, "is no http or https link"},
		"twice":           {good + "\n" + good, `line 2: the id "a" is that of line 1`},
		"the same link":   {`{"inputs": {"url": "https://e.com/"}}` + "\n" + `{"inputs": {"url": "https://e.com/"}}`, "line 2: the id"},
		"nothing":         {"\n\n", "there are no rows"},
		"a wrong type":    {`{"inputs": {"url": "https://e.com/"}, "tags": {"k": 1}}`, "line 1: json: cannot unmarshal"},
		"longer than all": {`{"id": "` + strings.Repeat("x", 3<<20) + `"}`, "line 1: it is longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := datasets.ReadFile("f.jsonl", strings.NewReader(c.text))
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want %s", err, c.want)
				}
				return
			}
			if err != nil || len(lines) != 2 || lines[1].Number != 3 || len(lines[1].ID) != 16 || lines[0].Inputs.URL != "https://e.com/?token=REDACTED" {
				t.Errorf("%+v, %v", lines, err)
			}
		})
	}
}

func FuzzReadFile(f *testing.F) {
	f.Add(`{"id": "a", "inputs": {"url": "https://e.com/"}, "expectations": {"n": [1]}, "tags": {"k": "v"}}`)
	f.Add("{}\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := datasets.ReadFile("f", strings.NewReader(text))
		if err != nil {
			return
		}
		var again bytes.Buffer
		for _, l := range lines {
			if err := datasets.WriteRow(&again, l.Row); err != nil {
				t.Fatal(err)
			}
		}
		read, err := datasets.ReadFile("f", &again)
		if err != nil || len(read) != len(lines) {
			t.Fatalf("%q was read, and %q of it not: %v", text, again.String(), err)
		}
		for i := range read {
			if read[i].ID != lines[i].ID || read[i].Inputs.URL != lines[i].Inputs.URL {
				t.Errorf("%+v became %+v", lines[i].Row, read[i].Row)
			}
		}
	})
}

func TestPagesOfAFileAreFetchedOnce(t *testing.T) {
	c, exp := mlflowFor(t)
	asked := map[string]int{}
	fetch := func(_ context.Context, url string) (*job.Evidence, error) {
		if asked[url]++; strings.HasSuffix(url, "/gone") {
			return nil, errors.New("404 Not Found")
		}
		return &job.Evidence{URL: url, Text: "of " + url, Coverage: job.CoverageFull, Sources: []job.Source{{URL: url, FetchedAt: time.Now()}}}, nil
	}
	add := func(want string, lines ...string) {
		t.Helper()
		read, err := datasets.ReadFile("f.jsonl", strings.NewReader(strings.Join(lines, "\n")))
		if err != nil {
			t.Fatal(err)
		}
		w, err := datasets.NewWriter(t.Context(), c, exp, "d")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Add(t.Context(), read, fetch); err != nil {
			t.Fatal(err)
		}
		done, err := w.Close(t.Context())
		if got := fmt.Sprint(done); got != want || err != nil {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	row := func(id, url, n string) string {
		return fmt.Sprintf(`{"id": %q, "inputs": {"url": %q}, "expectations": {"n": %s}}`, id, url, n)
	}
	one, two, gone := row("1", "https://e.com/1", "1"), row("", "https://e.com/2", "2"), row("3", "https://e.com/gone", "3")
	add("{2 0 0 [{line 3 404 Not Found}]}", one, two, gone)
	add("{0 0 2 []}", one, two)
	add("{0 1 0 []}", row("1", "https://e.com/1", "7"))
	add("{0 0 0 [{line 1 the dataset has a row 1 for another link, https://e.com/1}]}", row("1", "https://e.com/other", "1"))
	if want := map[string]int{"https://e.com/1": 1, "https://e.com/2": 1, "https://e.com/gone": 1}; !reflect.DeepEqual(asked, want) {
		t.Errorf("asked for %v", asked)
	}
}
