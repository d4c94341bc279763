package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/datasets"
	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/mlflow"
)

// shownRow is a line of dataset show --json.
type shownRow struct {
	ID           string
	Inputs       datasets.Inputs
	Expectations map[string]any
	Tags         map[string]string
}

// rows reads a dataset by the command.
func (b *bench) rows(name string) []shownRow {
	b.t.Helper()
	code, out, errs := b.run("dataset", "show", name, "--json")
	if code != exitOK {
		b.t.Fatalf("exit code %d: %s", code, errs)
	}
	var rows []shownRow
	for dec := json.NewDecoder(strings.NewReader(out)); dec.More(); {
		var r shownRow
		if err := dec.Decode(&r); err != nil {
			b.t.Fatal(err)
		}
		rows = append(rows, r)
	}
	return rows
}

// post sends JSON to the stand-in's control, as its page does.
func post(t *testing.T, url string, body any) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(url, "application/json", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", resp.Status, text)
	}
}

// TestFromAThumbToADataset goes the way of a 👎: the button below a comment, the form, the assessment and
// the expectation in MLflow, and the row with the page's evidence.
func TestFromAThumbToADataset(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	slack := fakeslack.New(fakeslack.WithChannel(fakeslack.Channel{ID: "C01RESEARCH", Name: "research"}))
	if err := slack.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slack.Close() })
	defer http.DefaultClient.CloseIdleConnections()
	b := newBench(t)
	c := b.mlflow(server.URI(t))
	for name, value := range map[string]string{
		"SLACK_API_URL": slack.APIURL(), "SLACK_APP_TOKEN": "xapp-test", "SLACK_BOT_TOKEN": "xoxb-test", "TECHNOSHARE_CHANNEL_ID": "C01RESEARCH",
		"COMMENTATOR_HTTP_ADDR": "",
	} {
		b.set(name, value)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() {
		ended <- execute(ctx, []string{"worker"}, streams{out: io.Discard, err: io.Discard, in: strings.NewReader("")})
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			t.Errorf("the worker ended with code %d", code)
		}
	})
	wait, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	if err := slack.WaitSockets(wait, 1); err != nil {
		t.Fatal(err)
	}
	link := b.page("fetch-api.html") + "?a=1&b=2"
	if _, err := slack.Say(fakeslack.Typed{Channel: "C01RESEARCH", User: "U0ALICE01", Text: link}); err != nil {
		t.Fatal(err)
	}
	comment := ""
	await := func(what string, holds func(*fakeslack.Server) bool) {
		t.Helper()
		if err := slack.WaitFor(wait, holds); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	await("a comment with buttons", func(s *fakeslack.Server) bool {
		for _, m := range s.Messages("C01RESEARCH") {
			if m["bot_id"] != nil && strings.Contains(fmt.Sprint(m["blocks"]), "feedback_buttons") {
				comment, _ = m["ts"].(string)
			}
		}
		return comment != ""
	})
	control := slack.URL() + "/_control/interaction"
	if _, err := slack.OpenModal(wait, "U0ALICE01", "", func() {
		post(t, control, map[string]any{"type": "block_actions", "channel": "C01RESEARCH", "message_ts": comment, "user": "U0ALICE01",
			"action_id": job.FeedbackAction, "value": job.FeedbackBad})
	}); err != nil {
		t.Fatalf("the form: %v", err)
	}
	resp, err := http.Get(slack.URL() + "/_page/modal?user=U0ALICE01")
	if err != nil {
		t.Fatal(err)
	}
	form, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	view := regexp.MustCompile(`data-view="([^"]+)"`).FindSubmatch(form)
	if view == nil || !bytes.Contains(form, []byte("What would have been right?")) {
		t.Fatalf("the page shows %s", form)
	}
	post(t, control, map[string]any{"type": "view_submission", "view_id": string(view[1]),
		"values": map[string]string{"why": "It misses <@U0BOBBY02>'s point", "better": "Say what fetch() replaces."}})

	var info mlflow.TraceInfo
	await("the expectation in MLflow", func(*fakeslack.Server) bool {
		e, err := c.ExperimentByName(wait, b.experiment)
		if err != nil {
			return false
		}
		all, err := c.SearchTraces(wait, e.ID, "", 10)
		if err != nil || len(all) != 1 {
			return false
		}
		info = all[0]
		for _, a := range info.Assessments {
			if a.Expectation != nil {
				return true
			}
		}
		return false
	})
	people := map[string]mlflow.Assessment{}
	for _, a := range info.Assessments {
		if a.Source.Type == "HUMAN" {
			people[a.Name] = a
		}
	}
	helpful, expected := people["helpful"], people[datasets.ExpectedResponse]
	if len(people) != 2 || helpful.Feedback.Value != false || !strings.HasPrefix(helpful.Rationale, "It misses <@U0BOBBY02>'s point\n\nalice reacted with 👎") ||
		expected.Expectation.Value != "Say what fetch() replaces." || expected.Source.ID != "U0ALICE01" {
		t.Errorf("assessments %+v", people)
	}

	for i, want := range []string{"golden: added 1, changed 0, unchanged 0, skipped 0", "golden: added 0, changed 0, unchanged 1, skipped 0"} {
		if code, out, errs := b.run("dataset", "build", "golden"); code != exitOK || !strings.HasPrefix(out, want) || !strings.Contains(out, "/datasets/d-") {
			t.Errorf("build %d: exit code %d\n%s%s", i, code, out, errs)
		}
	}
	rows := b.rows("golden")
	if len(rows) != 1 {
		t.Fatalf("rows %+v", rows)
	}
	r := rows[0]
	if r.Inputs.URL != link || r.Inputs.Evidence == nil || !strings.Contains(r.Inputs.Evidence.Text, "XMLHttpRequest") || len(r.Inputs.Evidence.Snippets) == 0 {
		t.Errorf("inputs %+v", r.Inputs)
	}
	if got := fmt.Sprint(r.Expectations); got != "map[expected_response:Say what fetch() replaces. reasons:[👎 It misses [person]'s point]]" {
		t.Errorf("expectations %s", got)
	}
	if r.Tags["from"] != "feedback" || r.Tags["feedback"] != "bad" || r.Tags["outcome"] != "success" {
		t.Errorf("tags %v", r.Tags)
	}
	if all := fmt.Sprint(r); strings.Contains(all, "alice") || strings.Contains(all, "U0ALICE01") || strings.Contains(all, "C01RESEARCH") {
		t.Errorf("the row names people or places: %s", all)
	}
}

func TestDatasetsOfAFile(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	b.mlflow(server.URI(t))
	var asked atomic.Int64
	b.pages.Config.Handler.(*http.ServeMux).HandleFunc("/once.html", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			asked.Add(1)
		}
		http.ServeFile(w, r, filepath.Join(sourceDir, "../../scripts/demo/fetch-api.html"))
	})
	file := filepath.Join(b.dir, "rows.jsonl")
	write := func(lines ...string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	good := fmt.Sprintf(`{"id": "fetch", "inputs": {"url": %q}, "expectations": {"facts": ["promises"]}, "tags": {"level": "easy"}}`, b.page("once.html"))
	write(good, `{"id": "x", "input": {}}`)
	if code, _, errs := b.run("dataset", "add", "d", file); code != exitUsage || !strings.Contains(errs, "rows.jsonl, line 2: ") {
		t.Errorf("a wrong line: exit code %d, %s", code, errs)
	}
	if code, _, errs := b.run("dataset", "list"); code != exitUsage || !strings.Contains(errs, "is not there yet") {
		t.Errorf("before there is an experiment: exit code %d, %s", code, errs)
	}
	write(good, fmt.Sprintf(`{"id": "gone", "inputs": {"url": %q}}`, b.page("none.html")))
	for i, want := range []string{"d: added 1, changed 0, unchanged 0, skipped 1", "d: added 0, changed 0, unchanged 1, skipped 1"} {
		code, out, errs := b.run("dataset", "add", "d", file)
		if code != exitJob || !strings.HasPrefix(out, want) || !strings.Contains(out, "skipped line 2: ") {
			t.Errorf("add %d: exit code %d\n%s%s", i, code, out, errs)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the page was fetched %d times", n)
	}
	rows := b.rows("d")
	if len(rows) != 1 || rows[0].ID != "fetch" || rows[0].Tags["level"] != "easy" || rows[0].Inputs.Evidence == nil {
		t.Fatalf("rows %+v", rows)
	}
	// What is shown is what can be added, elsewhere too, without any page.
	_, out, _ := b.run("dataset", "show", "d", "--json")
	write(out)
	if code, out, errs := b.run("dataset", "add", "copy", file); code != exitOK || !strings.HasPrefix(out, "copy: added 1") || asked.Load() != 1 {
		t.Errorf("a copy: exit code %d, %d fetches\n%s%s", code, asked.Load(), out, errs)
	}
	if code, out, _ := b.run("dataset", "list"); code != exitOK || !regexp.MustCompile(`(?m)^d +1 .* d-[0-9a-f]{32}$`).MatchString(out) {
		t.Errorf("list: exit code %d\n%s", code, out)
	}
	if code, out, _ := b.run("dataset", "list", "--json"); code != exitOK || strings.Count(out, `"rows":1,`) != 2 {
		t.Errorf("list --json: exit code %d\n%s", code, out)
	}
	if code, out, _ := b.run("dataset", "show", "d"); code != exitOK || !strings.Contains(out, `facts: ["promises"]`) || !strings.Contains(out, "level = easy") {
		t.Errorf("show: exit code %d\n%s", code, out)
	}
	for want, args := range map[string][]string{
		"name the dataset": {"dataset", "build", " "}, "--filter: ": {"dataset", "build", "wrong", "--filter", "tags.domain = "},
	} {
		if code, out, errs := b.run(args...); code != exitUsage || !strings.Contains(errs, want) || out != "" {
			t.Errorf("%q: exit code %d\n%s%s", args, code, out, errs)
		}
	}
	if _, out, _ := b.run("dataset", "list"); strings.Contains(out, "wrong") {
		t.Errorf("a filter that is not understood made a dataset:\n%s", out)
	}
	code, out, errs := b.run("dataset", "build", "nothing", "--from", "feedback,gates", "--since", "2w")
	told := regexp.MustCompile(`^commentator: no job since 20\d\d-\d\d-\d\d \d\d:\d\d was judged by people or stopped by gates: give a`)
	if code != exitOK || out != "" || !told.MatchString(errs) {
		t.Errorf("without a job: exit code %d\n%s%s", code, out, errs)
	}
	if code, _, errs := b.run("dataset", "show", "nothing"); code != exitUsage || !strings.Contains(errs, `no dataset "nothing"`) {
		t.Errorf("made without a job: exit code %d, %s", code, errs)
	}
	if code, _, errs := b.run("dataset", "show", "none"); code != exitUsage || !strings.Contains(errs, `no dataset "none"`) {
		t.Errorf("an unknown one: exit code %d, %s", code, errs)
	}
}

func TestAServerWithoutDatasetsIsSaid(t *testing.T) {
	b := newOwnBench(t)
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/version" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, "3.1.4")
	}))
	defer old.Close()
	b.mlflow(old.URL)
	code, _, errs := b.run("dataset", "list")
	if code != exitUsage || !strings.Contains(errs, "keeps no evaluation datasets: MLflow 3.4 or newer is needed, this is 3.1.4") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

func TestAgesMayBeInDays(t *testing.T) {
	for in, want := range map[string]time.Duration{"30d": 720 * time.Hour, "2w": 336 * time.Hour, "12h": 12 * time.Hour, "90m": 90 * time.Minute} {
		var a age
		if err := a.UnmarshalText([]byte(in)); err != nil || time.Duration(a) != want {
			t.Errorf("%s: %v, %v", in, time.Duration(a), err)
		}
	}
	for _, in := range []string{"", "d", "-1d", "0h", "1.5d", "99999d", "a while"} {
		if err := new(age).UnmarshalText([]byte(in)); err == nil || !strings.Contains(err.Error(), "30d") {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestRowsKeepTheirIndentOnANarrowTerminal(t *testing.T) {
	var out strings.Builder
	row := datasets.Row{ID: "two\nlines", Inputs: datasets.Inputs{URL: "https://e.com"}, Expectations: map[string]any{"reasons": "It does not say"}, Tags: map[string]string{"a": "b"}}
	if err := printRow(streams{out: &out, width: 20}, row); err != nil {
		t.Fatal(err)
	}
	const want = "two lines  https://e.com\n  without evidence\n  reasons: \"It does\n    not say\"\n  a = b\n\n"
	if out.String() != want {
		t.Errorf("%q\n%q", out.String(), want)
	}
}

func TestCommandsOfDatasetsAndPromptsSayThatMLflowIsAway(t *testing.T) {
	b := newOwnBench(t)
	b.mlflow("http://127.0.0.1:1")
	for _, args := range [][]string{
		{"dataset", "list"}, {"dataset", "build", "d"}, {"dataset", "show", "d"}, {"prompts", "list"}, {"prompts", "push", "p"}, {"prompts", "show", "p"},
		{"prompts", "promote", "p/1", "--force", "x"}, {"prompts", "rollback", "p"},
	} {
		code, out, errs := b.run(args...)
		if code != exitJob || out != "" || !strings.Contains(errs, "MLflow at http://127.0.0.1:1 does not answer: nothing listens there") {
			t.Errorf("%q: exit code %d\n%s%s", args, code, out, errs)
		}
	}
}
