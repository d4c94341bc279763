package analysis

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// noSystem refuses a system message, and counts nothing else.
func noSystem(_ int, body string) reply {
	if hasSystem(gjson.Parse(body)) {
		return reply{status: 400, body: `{"object":"error","message":"System role not supported"}`}
	}
	return says(good)
}

// started is an analyst of a process that has just started.
func started(t *testing.T, s *server, file, model string) *openAIAnalyst {
	t.Helper()
	a, _, _ := analyst(t, s, func(c *OpenAIConfig) {
		c.BaseURL, c.Model, c.FormFile = "http://user:hunter2@models.example:8080/v1?key=k", model, file
	})
	return a
}

func analysed(t *testing.T, a *openAIAnalyst) {
	t.Helper()
	if _, err := a.Analyze(t.Context(), page(t, "coverage")); err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasLearntOutlivesTheProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "forms.json")
	s := &server{answer: noSystem}
	analysed(t, started(t, s, file, "some-model"))
	if s.calls() != 2 {
		t.Fatalf("the first analysis made %d calls", s.calls())
	}
	analysed(t, started(t, s, file, "some-model"))
	if s.calls() != 3 {
		t.Errorf("after a restart it took %d calls", s.calls()-2)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "hunter2") || strings.Contains(string(data), testKey) || strings.Contains(string(data), "key=k") {
		t.Errorf("a secret is kept: %s", data)
	}
	// Another model of the same server is another matter.
	analysed(t, started(t, s, file, "other-model"))
	if s.calls() != 5 {
		t.Errorf("another model took %d calls", s.calls()-3)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	analysed(t, started(t, s, file, "other-model"))
	if again, err := os.Stat(file); err != nil || !again.ModTime().Equal(info.ModTime()) {
		t.Errorf("the file is written though nothing was learnt: %v", err)
	}
}

func TestNothingIsKeptOfAServerThatTakesEverything(t *testing.T) {
	file := filepath.Join(t.TempDir(), "forms.json")
	analysed(t, started(t, &server{answer: always(says(good))}, file, "some-model"))
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("a file: %v", err)
	}
}

func TestWhatWasLearntIsDoubtedAfterATime(t *testing.T) {
	for name, tc := range map[string]struct {
		answer func(int, string) reply
		after  time.Duration
		calls  int
	}{
		"what was said, within a week":   {noSystem, 6 * 24 * time.Hour, 1},
		"what was said, after a week":    {noSystem, 8 * 24 * time.Hour, 2},
		"what was guessed, within a day": {picky(func(b gjson.Result) string { return badIf(hasSystem(b)) }), 23 * time.Hour, 1},
		"what was guessed, after a day":  {picky(func(b gjson.Result) string { return badIf(hasSystem(b)) }), 25 * time.Hour, 2},
		"the clock was wrong":            {noSystem, -time.Hour, 2},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "forms.json")
			s := &server{answer: tc.answer}
			first := started(t, s, file, "some-model")
			analysed(t, first)
			before := s.calls()
			later := func() time.Time { return time.Now().Add(tc.after) }
			// Of a process that goes on, and of one that starts then.
			first.now = later
			analysed(t, first)
			if got := s.calls() - before; got != tc.calls {
				t.Errorf("%d calls, want %d", got, tc.calls)
			}
		})
	}
}

func badIf(refused bool) string {
	if refused {
		return "Bad request"
	}
	return ""
}

// A server may be replaced by one that takes less, or something else.
func TestWhatHasCeasedToWorkIsForgotten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "forms.json")
	s := &server{answer: noSystem}
	analysed(t, started(t, s, file, "some-model"))
	t.Run("the new server wants the role", func(t *testing.T) {
		s.answer = picky(func(b gjson.Result) string { return badIf(!hasSystem(b)) })
		before := s.calls()
		a := started(t, s, file, "some-model")
		analysed(t, a)
		analysed(t, a)
		if got := s.calls() - before; got != 3 {
			t.Errorf("%d calls for two analyses, want 3", got)
		}
		if _, ok := a.memory.file.get(a.memory.key); ok {
			t.Error("the old form is still kept")
		}
	})
	t.Run("nothing works", func(t *testing.T) {
		s.answer = noSystem
		analysed(t, started(t, s, file, "some-model"))
		s.answer = always(fails(400, "Bad request"))
		a := started(t, s, file, "some-model")
		before := s.calls()
		if _, err := a.Analyze(t.Context(), page(t, "coverage")); err == nil || s.calls()-before > maxTries {
			t.Errorf("%v after %d calls", err, s.calls()-before)
		}
		if _, ok := a.memory.file.get(a.memory.key); ok {
			t.Error("a form that does not work is still kept")
		}
	})
}

func TestADamagedFileOfFormsCostsARefusalAndNothingElse(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "not JSON": "{", "another shape": `{"a":1}`, "a wrong entry": `[1,{"server":7}]`,
		"a later version": `[{"server":"http://models.example:8080/v1","model":"some-model","at":"2026-11-29T00:00:00Z","form":{"rung":"telepathy"}}]`,
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "forms.json")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			s := &server{answer: noSystem}
			analysed(t, started(t, s, file, "some-model"))
			analysed(t, started(t, s, file, "some-model"))
			if s.calls() != 3 {
				t.Errorf("%d calls, want 3", s.calls())
			}
		})
	}
	t.Run("a folder that is not there", func(t *testing.T) {
		s := &server{answer: noSystem}
		analysed(t, started(t, s, filepath.Join(t.TempDir(), "missing", "forms.json"), "some-model"))
	})
}

func TestTheFileOfFormsIsBounded(t *testing.T) {
	f := &formFile{path: filepath.Join(t.TempDir(), "forms.json")}
	at := time.Now()
	for i := range maxForms + 10 {
		if err := f.put(formKey{Server: "http://s", Model: strconv.Itoa(i)}, &learntForm{Form: form{SystemInUser: true}, At: at}); err != nil {
			t.Fatal(err)
		}
	}
	entries := f.read()
	if len(entries) != maxForms || entries[0].Model != strconv.Itoa(maxForms+9) {
		t.Errorf("%d entries, the first of model %s", len(entries), entries[0].Model)
	}
	if _, ok := f.get(formKey{Server: "http://s", Model: "0"}); ok {
		t.Error("the oldest is still there")
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(f.path), ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

func TestAllFormsSurviveTheFile(t *testing.T) {
	f := &formFile{path: filepath.Join(t.TempDir(), "forms.json")}
	for r := rungBounded; r <= rungText; r++ {
		want := learntForm{
			Form: form{Rung: r, CompletionTokens: true, NoTemperature: true, NoSeed: true, NoStrict: true, SystemInUser: true, Stream: streamYes},
			At:   time.Now().UTC().Round(0), Guessed: true,
		}
		if err := f.put(formKey{"http://s", "m"}, &want); err != nil {
			t.Fatal(err)
		}
		if got, ok := f.get(formKey{"http://s", "m"}); !ok || got.Form != want.Form || !got.At.Equal(want.At) || !got.Guessed {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}
