package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/spool"
)

// killer stands before MLflow, is slow, and kills a process at a given request.
type killer struct {
	*mlflowtest.Proxy
	random *rand.Rand

	mu     sync.Mutex
	victim *process
	left   int // requests until the kill; 0: none
}

func newKiller(t *testing.T, target string, random *rand.Rand) *killer {
	k := &killer{Proxy: mlflowtest.NewProxy(t, target, "", false), random: random}
	k.SetFault(func(mlflowtest.Request) mlflowtest.Fault {
		k.mu.Lock()
		defer k.mu.Unlock()
		time.Sleep(time.Duration(k.random.IntN(15)) * time.Millisecond)
		if k.left--; k.left == 0 && k.victim != nil {
			// Some die before the server hears of the request, some while it
			// works on it, some with the answer.
			victim := k.victim
			switch k.random.IntN(3) {
			case 0:
				victim.kill()
				<-victim.done
			default:
				time.AfterFunc(time.Duration(k.random.IntN(80))*time.Millisecond, victim.kill)
			}
		}
		return mlflowtest.Fault{}
	})
	return k
}

func (k *killer) aim(p *process, requests int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.victim, k.left = p, requests
}

// crashes is a series of processes that die, one link each.
type crashes struct {
	*bench
	killer *killer
	random *rand.Rand
	slow   sync.Map // path → chan struct{}, closed when the page may be served

	printed map[string]jobReport // by link: the job was reported
	stored  map[string]string    // trace id → when it was seen in the outbox
	jobs    int
}

func (c *crashes) link() string {
	c.jobs++
	return c.pages.URL + "/page/" + strconv.Itoa(c.jobs)
}

func (c *crashes) outbox() []spool.Entry {
	c.t.Helper()
	entries, err := spool.List(filepath.Join(c.dir, "data", outboxFolder))
	if err != nil {
		c.t.Fatal(err)
	}
	return entries
}

// look notes what a dead process has left.
func (c *crashes) look(link string, p *process) {
	c.t.Helper()
	<-p.done
	for _, e := range c.outbox() {
		if id := e.TraceID.String(); c.stored[id] == "" {
			c.stored[id] = link
		}
	}
	if out := p.out.String(); strings.HasSuffix(out, "\n") {
		c.printed[link] = decode(c.t, out)[0]
	}
}

// TestKillsAtRandomMomentsLoseNothingAndDoubleNothing kills -9 in the job and in
// delivery. COMMENTATOR_TEST_CRASHES sets how often.
func TestKillsAtRandomMomentsLoseNothingAndDoubleNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	n := 20
	if s := os.Getenv("COMMENTATOR_TEST_CRASHES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatalf("COMMENTATOR_TEST_CRASHES: %v", err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("COMMENTATOR_TEST_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("COMMENTATOR_TEST_SEED: %v", err)
		}
	}
	t.Logf("COMMENTATOR_TEST_SEED=%d", seed)

	uri := server.URI(t)
	c := &crashes{bench: newOwnBench(t), random: rand.New(rand.NewPCG(seed, 1)), printed: map[string]jobReport{}, stored: map[string]string{}}
	c.killer = newKiller(t, uri, rand.New(rand.NewPCG(seed, 2)))
	page := demoPage(t, "fetch-api.html")
	c.pages.Config.Handler.(*http.ServeMux).HandleFunc("/page/", func(w http.ResponseWriter, r *http.Request) {
		if gate, ok := c.slow.Load(r.URL.Path); ok {
			select {
			case <-gate.(chan struct{}):
			case <-r.Context().Done():
				return
			}
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	})

	c.set("MLFLOW_TRACKING_URI", c.killer.URL)
	for i := range n {
		switch {
		case i%20 == 7:
			c.killWhileRunning()
		case i%2 == 0:
			c.killAtATime()
		default:
			c.killAtARequest()
		}
	}
	c.killRetries(max(n/5, 3))
	c.finish()
	c.check(c.bench.mlflow(uri))
}

// killAtATime lets the clock decide.
func (c *crashes) killAtATime() {
	link := c.link()
	p := c.start("run", "--json", link)
	select {
	case <-time.After(time.Duration(c.random.IntN(2000)) * time.Millisecond):
	case <-p.done:
	}
	p.kill()
	c.look(link, p)
}

// killAtARequest hits delivery, however fast the machine is.
func (c *crashes) killAtARequest() {
	link := c.link()
	c.killer.aim(nil, 0)
	p := c.start("run", "--json", link)
	c.killer.aim(p, 1+c.random.IntN(45))
	<-p.done
	c.killer.aim(nil, 0)
	c.look(link, p)
}

// killWhileRunning hits a job whose run is in MLflow as RUNNING already.
func (c *crashes) killWhileRunning() {
	link := c.link()
	gate := make(chan struct{})
	defer close(gate)
	c.slow.Store(strings.TrimPrefix(link, c.pages.URL), gate)
	p := c.start("run", "--json", link)
	for deadline := time.Now().Add(20 * time.Second); !c.created(link) && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	time.Sleep(time.Duration(c.random.IntN(300)) * time.Millisecond)
	p.kill()
	c.look(link, p)
}

func (c *crashes) created(link string) bool {
	return slices.ContainsFunc(c.killer.Requests(), func(r mlflowtest.Request) bool {
		return strings.HasSuffix(r.Path, "/runs/create") && bytes.Contains(r.Body, []byte(strconv.Quote(link)))
	})
}

// killRetries fills the outbox while MLflow is away, and kills those who empty
// it.
func (c *crashes) killRetries(kills int) {
	c.t.Helper()
	c.set("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
	for range 4 {
		link := c.link()
		p := c.start("run", "--json", "--wait=0s", link)
		if code := p.wait(c.t); code != exitWaiting {
			c.t.Fatalf("exit code %d with MLflow away\n%s\n%s", code, &p.out, &p.err)
		}
		c.look(link, p)
		if len(c.outbox()) == 0 {
			c.t.Fatal("the outbox is empty with MLflow away")
		}
	}
	c.set("MLFLOW_TRACKING_URI", c.killer.URL)
	for range kills {
		p := c.start("outbox", "retry", "--here")
		c.killer.aim(p, 3+c.random.IntN(60))
		<-p.done
		c.killer.aim(nil, 0)
	}
}

// finish delivers what is left, in peace.
func (c *crashes) finish() {
	c.t.Helper()
	p := c.start("outbox", "retry", "--here")
	if code := p.wait(c.t); code != exitOK {
		c.t.Fatalf("outbox retry: exit code %d\n%s\n%s", code, &p.out, &p.err)
	}
	link := c.link()
	p = c.start("run", "--json", "--wait=5m", link) // its start ends what processes left RUNNING
	if code := p.wait(c.t); code != exitOK {
		c.t.Fatalf("run: exit code %d\n%s\n%s", code, &p.out, &p.err)
	}
	c.look(link, p)
	if left := c.outbox(); len(left) > 0 {
		c.t.Errorf("left in the outbox: %+v", left)
	}
}

// check holds what MLflow has to what the processes left.
func (c *crashes) check(client *mlflow.Client) {
	c.t.Helper()
	traces, byLink := map[string][]mlflow.Run{}, map[string]string{}
	for _, r := range c.runsOf(client, "") {
		id := tags(r)["otel.trace_id"]
		traces[id] = append(traces[id], r)
		if link := tags(r)["target_url"]; link != "" {
			if other := byLink[link]; other != "" && other != id {
				c.t.Errorf("%s has two traces, %s and %s", link, other, id)
			}
			byLink[link] = id
		}
		if r.Info.Status == "RUNNING" {
			c.t.Errorf("run %s of trace %s is still RUNNING", r.Info.Name, id)
		}
	}
	for link, rep := range c.printed {
		if byLink[link] != rep.TraceID || !whole(traces[rep.TraceID]) {
			c.t.Errorf("reported job %s of %s is not whole in MLflow: %s", rep.JobID, link, describe(traces[rep.TraceID]))
		}
	}
	for id := range c.stored {
		if !whole(traces[id]) {
			c.t.Errorf("stored trace %s is not whole in MLflow: %s", id, describe(traces[id]))
		}
	}
	killed := 0
	for id, runs := range traces {
		switch {
		case whole(runs):
			c.checkTraceOf(client, id, runs)
		case len(runs) == 1 && runs[0].Info.Status == "KILLED": // died within the job
			killed++
		default:
			c.t.Errorf("trace %s has %s", id, describe(runs))
		}
	}
	c.t.Logf("%d processes: %d reported, %d traces seen in the outbox, %d traces in MLflow, %d of them killed within the job",
		c.jobs, len(c.printed), len(c.stored), len(traces), killed)
	if len(c.stored) < 5 || killed == 0 || len(c.printed) == c.jobs {
		c.t.Error("the kills hit neither delivery nor a running job: this test has shown nothing")
	}
}

// whole: the five runs of a job, each once and ended.
func whole(runs []mlflow.Run) bool {
	if len(runs) != 5 {
		return false
	}
	names, spans, parents := map[string]bool{}, map[string]bool{}, 0
	for _, r := range runs {
		t := tags(r)
		names[r.Info.Name], spans[t["otel.span_id"]] = true, true
		if t["mlflow.parentRunId"] == "" {
			parents++
		}
		if r.Info.Status != "FINISHED" {
			return false
		}
	}
	return parents == 1 && len(names) == 5 && len(spans) == 5
}

func (c *crashes) checkTraceOf(client *mlflow.Client, id string, runs []mlflow.Run) {
	c.t.Helper()
	for i, r := range runs {
		if tags(r)["mlflow.parentRunId"] != "" && i%3 != 0 {
			continue // links are made one after the other: a sample will do
		}
		found, err := client.SearchTraces(context.Background(), r.Info.ExperimentID, "attributes.run_id = '"+r.Info.RunID+"'", 10)
		if err != nil {
			c.t.Fatal(err)
		}
		if len(found) != 1 || found[0].TraceID != "tr-"+id || found[0].State != "OK" {
			c.t.Errorf("the Traces tab of %s shows %v", r.Info.Name, found)
		}
	}
}

func describe(runs []mlflow.Run) string {
	if len(runs) == 0 {
		return "no runs"
	}
	var b strings.Builder
	for _, r := range runs {
		fmt.Fprintf(&b, "%s %s, ", r.Info.Name, r.Info.Status)
	}
	return strings.TrimSuffix(b.String(), ", ")
}
