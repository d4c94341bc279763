package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/otel/mlflow"
)

// soakReply is a message of the bot in a thread.
type soakReply struct {
	link   int
	job    string // from the message's metadata
	thread string
	text   string
}

// replies are the bot's, in the order of the channel.
func (s *soak) replies() []soakReply {
	var out []soakReply
	for _, m := range s.slack.Messages(fakeslack.DefaultChannel) {
		thread, _ := m["thread_ts"].(string)
		if thread == "" || thread == m["ts"] || m["bot_id"] == nil {
			continue
		}
		body, err := json.Marshal(m)
		if err != nil {
			s.t.Fatal(err)
		}
		var key struct {
			Metadata struct {
				Payload struct {
					Key string `json:"key"`
				} `json:"event_payload"`
			} `json:"metadata"`
		}
		_ = json.Unmarshal(body, &key)
		job, _, _ := strings.Cut(key.Metadata.Payload.Key, "/")
		out = append(out, soakReply{link: soakNumber(string(body)), job: job, thread: thread, text: fmt.Sprint(m["text"])})
	}
	return out
}

// soakJob is what is known of one job, by all who know of it.
type soakJob struct {
	link    int
	replies int
	parents []mlflow.Run
	runs    []mlflow.Run
	answer  mlflow.Run // the parent of the attempt that answered
}

// soakTable is the count of everything.
type soakTable struct {
	rows  [][3]string
	fails []string
}

// row adds a line; a count that is not the wanted one is a failure.
func (t *soakTable) row(what string, got, want int) {
	mark := "ok"
	if got != want {
		mark = fmt.Sprintf("WANT %d", want)
		t.fails = append(t.fails, fmt.Sprintf("%s: %d, want %d", what, got, want))
	}
	t.rows = append(t.rows, [3]string{what, fmt.Sprint(got), mark})
}

func (t *soakTable) note(what string, got any) {
	t.rows = append(t.rows, [3]string{what, fmt.Sprint(got), ""})
}

func (t *soakTable) String() string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, r := range t.rows {
		fmt.Fprintf(w, "%s\t%s\t%s\n", r[0], r[1], r[2])
	}
	_ = w.Flush()
	return b.String()
}

// reconcile holds Slack, MLflow and the model's ledger against each other.
func (s *soak) reconcile(c *mlflow.Client) {
	s.t.Helper()
	table := new(soakTable)
	table.note("links in", s.links)
	found := s.byJob(c)

	once, lost, doubled, badText := 0, 0, 0, 0
	perLink := make([]int, s.links)
	thread := map[int]string{}
	for _, p := range s.posted {
		for _, n := range p.links {
			thread[n] = p.ts
		}
	}
	for _, r := range s.replies() {
		if r.link < 0 || r.link >= s.links || thread[r.link] != r.thread {
			s.t.Errorf("a reply in the wrong thread, or about nothing: %+v", r)
			continue
		}
		perLink[r.link]++
		if !strings.Contains(r.text, "Notes on the") {
			badText++
			s.t.Errorf("link %d was answered with %q", r.link, r.text)
		}
	}
	for n, k := range perLink {
		switch {
		case k == 0:
			lost++
			s.t.Errorf("link %d has no reply", n)
		case k > 1:
			doubled++
			s.t.Errorf("link %d has %d replies", n, k)
		default:
			once++
		}
	}
	table.row("links with exactly one reply in Slack", once, s.links)
	table.row("  lost", lost, 0)
	table.row("  doubled", doubled, 0)
	table.row("  not a comment", badText, 0)
	table.row("messages marked as answered", s.marked(), len(s.posted))
	s.traces = map[string]soakTrace{}
	for _, tr := range s.allTraces(c) {
		s.traces[tr.ID] = tr
	}
	s.runRows(table, found)
	s.traceRows(table, found)
	s.callRows(table)

	s.mu.Lock()
	table.note("processes killed with -9; ended by SIGTERM", fmt.Sprintf("%d; %d", len(s.died)-s.ended, s.ended))
	table.note("MLflow away, share of the rough time", fmt.Sprintf("%.0f %%", 100*s.away.Seconds()/s.rough.Seconds()))
	s.mu.Unlock()
	st := s.slack.Stats()
	table.note("sockets opened; events delivered again", fmt.Sprintf("%d; %d", st.Opened, st.Retried))
	table.note("faults put on Slack", s.wrong)
	table.note("rough time; time until all was done", fmt.Sprintf("%s; %s", s.rough.Round(time.Second), s.calm.Round(time.Second)))
	s.t.Logf("\n%s", table)
	for _, f := range table.fails {
		s.t.Error(f)
	}
	if len(s.died) < 3 || s.away == 0 {
		s.t.Error("hardly anything went wrong: this test has shown nothing")
	}
	if s.t.Failed() {
		for _, p := range s.procs {
			s.t.Logf("%s:\n%s", p.name, tailOf(p.log))
		}
	}
}

// byJob reads all runs of the experiment.
func (s *soak) byJob(c *mlflow.Client) map[string]*soakJob {
	s.t.Helper()
	out := map[string]*soakJob{}
	at := func(id string) *soakJob {
		if out[id] == nil {
			out[id] = &soakJob{link: -1}
		}
		return out[id]
	}
	for _, r := range s.replies() {
		j := at(r.job)
		j.link, j.replies = r.link, j.replies+1
	}
	for _, r := range s.allRuns(c, "") {
		t := tags(r)
		j := at(t["job_id"])
		j.runs = append(j.runs, r)
		if t["mlflow.parentRunId"] == "" {
			j.parents = append(j.parents, r)
			if n := soakNumber(t["target_url"]); j.link != n {
				s.t.Errorf("job %s is about link %d in Slack, about %s in MLflow", t["job_id"], j.link, t["target_url"])
			}
		}
	}
	return out
}

// allRuns pages through the runs of the experiment.
func (s *soak) allRuns(c *mlflow.Client, view string) []mlflow.Run {
	s.t.Helper()
	e, err := c.ExperimentByName(context.Background(), s.experiment)
	if err != nil {
		s.t.Fatal(err)
	}
	q := mlflow.RunSearch{ExperimentIDs: []string{e.ID}, View: view, MaxResults: 500}
	var all []mlflow.Run
	for {
		page, next, err := c.SearchRuns(context.Background(), q)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, page...)
		if next == "" {
			return all
		}
		q.PageToken = next
	}
}

func (s *soak) runRows(table *soakTable, found map[string]*soakJob) {
	s.t.Helper()
	one, running, doubled, trees, stale := 0, 0, 0, 0, 0
	for id, j := range found {
		// A tree an attempt: those before the last ended in a passing error.
		byTrace := map[string][]mlflow.Run{}
		for _, r := range j.runs {
			byTrace[tags(r)["otel.trace_id"]] = append(byTrace[tags(r)["otel.trace_id"]], r)
			if r.Info.Status == "RUNNING" {
				running++
			}
		}
		trees += len(j.parents)
		good, attempts := 0, map[string]bool{}
		for _, p := range j.parents {
			attempts[tags(p)["attempt"]] = true
			if p.Info.Status == "FINISHED" && tags(p)["outcome"] == "success" && whole(byTrace[tags(p)["otel.trace_id"]]) {
				good++
				j.answer = p
			}
		}
		if good == 1 {
			one++
		}
		if t := tags(j.answer); t["error"] != "" {
			stale++
			s.t.Errorf("job %s ended well, and its run says %q", id, t["error"])
		}
		if len(attempts) != len(j.parents) || len(byTrace) != len(j.parents) || good > 1 || repeated(j.runs) {
			doubled++
		}
		if good != 1 || len(j.parents) != 1 {
			s.t.Logf("job %s (link %d) has %s", id, j.link, describeTrees(j.runs))
		}
	}
	done, attempts := s.attempts()
	table.row("links that are done in the queue's records", done, s.links)
	table.row("jobs known to Slack or MLflow", len(found), s.links)
	table.row("jobs with exactly one tree of five runs, FINISHED, success", one, s.links)
	table.row("  run trees doubled", doubled, 0)
	table.row("  runs still RUNNING", running, 0)
	table.row("  runs with the error of a run that was cut", stale, 0)
	table.note("attempts in the queue's records", attempts)
	table.row("run trees in MLflow, one an attempt", trees, attempts)
	table.row("traces in MLflow, one an attempt", len(s.traces), attempts)
}

// repeated reports whether a span has two runs.
func repeated(runs []mlflow.Run) bool {
	seen := map[string]bool{}
	for _, r := range runs {
		id := tags(r)["otel.span_id"]
		if seen[id] {
			return true
		}
		seen[id] = true
	}
	return false
}

func describeTrees(runs []mlflow.Run) string {
	slices.SortFunc(runs, func(a, b mlflow.Run) int {
		return strings.Compare(tags(a)["otel.trace_id"]+a.Info.Name, tags(b)["otel.trace_id"]+b.Info.Name)
	})
	var b strings.Builder
	for _, r := range runs {
		t := tags(r)
		fmt.Fprintf(&b, "\n  %s %s %s trace %.6s span %.6s attempt %s resumed? %s instance %.6s %s", r.Info.RunID, r.Info.Name, r.Info.Status,
			t["otel.trace_id"], t["otel.span_id"], t["attempt"], t["resumed"], t["otel.instance_id"], t["error"])
	}
	return b.String()
}

// soakTrace is a trace as the server lists it.
type soakTrace struct {
	ID       string            `json:"trace_id"`
	State    string            `json:"state"`
	Metadata map[string]string `json:"trace_metadata"`
}

func (s *soak) traceRows(table *soakTable, found map[string]*soakJob) {
	s.t.Helper()
	good := 0
	for id, j := range found {
		tr, there := s.traces["tr-"+tags(j.answer)["otel.trace_id"]]
		if there && tr.State == "OK" && tr.Metadata["mlflow.sourceRun"] == j.answer.Info.RunID {
			good++
		} else {
			s.t.Errorf("job %s: run %s has trace %+v", id, j.answer.Info.RunID, tr)
		}
	}
	table.row("jobs with exactly one trace, OK, that names their run", good, s.links)
}

// allTraces pages through the traces of the experiment.
func (s *soak) allTraces(c *mlflow.Client) []soakTrace {
	s.t.Helper()
	e, err := c.ExperimentByName(context.Background(), s.experiment)
	if err != nil {
		s.t.Fatal(err)
	}
	var all []soakTrace
	token := ""
	for {
		ask, err := json.Marshal(map[string]any{"locations": []mlflow.TraceLocation{mlflow.InExperiment(e.ID)}, "max_results": 500,
			"page_token": token})
		if err != nil {
			s.t.Fatal(err)
		}
		res, err := http.Post(c.URI()+"/api/3.0/mlflow/traces/search", "application/json", bytes.NewReader(ask))
		if err != nil {
			s.t.Fatal(err)
		}
		var page struct {
			Traces []soakTrace `json:"traces"`
			Next   string      `json:"next_page_token"`
		}
		err = json.NewDecoder(res.Body).Decode(&page)
		_ = res.Body.Close()
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, page.Traces...)
		if token = page.Next; token == "" {
			return all
		}
	}
}

// keepTime is how long after its answer a call may be lost with its process:
// by then the answer is kept in the database.
const keepTime = 3 * time.Second

// callRows reads the model's ledger. A call is lost when its process was
// killed before the answer was kept; only then may it be made again.
func (s *soak) callRows(table *soakTable) {
	s.t.Helper()
	kept, lost, total, paidTwice := 0, 0, 0, 0
	s.model.mu.Lock()
	defer s.model.mu.Unlock()
	refused := 0
	for _, k := range s.model.refused {
		refused += k
	}
	for n, calls := range s.model.answered {
		total += len(calls)
		keptOf := 0
		for i, c := range calls {
			died, dead := s.died[c.caller]
			if i < len(calls)-1 && dead && died.After(c.at.Add(-time.Second)) && died.Before(c.at.Add(keepTime)) {
				lost++
				continue
			}
			keptOf++
		}
		if keptOf > 1 {
			paidTwice++
			s.t.Errorf("link %d: the model was asked again though the answer was kept: %+v", n, calls)
		}
		if keptOf == 1 {
			kept++
		}
	}
	table.row("model calls answered and kept, one a link", kept, s.links)
	table.row("  links paid for twice", paidTwice, 0)
	table.note("  answered, but lost with the process before it was kept", lost)
	table.note("  answered in all; refused with 429; cut before the answer", fmt.Sprintf("%d; %d; %d", total, refused, s.model.cut))
}

// marked counts messages that carry ✅ and not ⚠️.
func (s *soak) marked() int {
	n := 0
	for _, m := range s.slack.Messages(fakeslack.DefaultChannel) {
		done, bad := false, false
		list, _ := m["reactions"].([]any)
		for _, r := range list {
			body, _ := json.Marshal(r)
			done = done || bytes.Contains(body, []byte("white_check_mark"))
			bad = bad || bytes.Contains(body, []byte("warning"))
		}
		if done && !bad {
			n++
		}
	}
	return n
}
