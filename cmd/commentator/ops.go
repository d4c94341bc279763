package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/httpserver"
	"github.com/technoshare/commentator/internal/prompts/webhook"
	"github.com/technoshare/commentator/internal/slack"
	"github.com/technoshare/commentator/otel/spool"
)

// ops is the worker's own HTTP server: health, readiness, metrics, MLflow's webhook, and
// Slack's events where they come by HTTP. It has no login; it listens on loopback by
// default.
type ops struct {
	worker *worker
	mux    *http.ServeMux

	ready recent[readiness]
	disk  patient
}

// newOps sets the routes up. /healthz says that the process runs and asks
// nothing, so that a container is not killed because Slack is down; /readyz
// says whether it does its work.
func newOps(ctx context.Context, w *worker) (*ops, error) {
	o := &ops{worker: w, mux: http.NewServeMux()}
	o.ready.look, o.ready.kept, o.disk.ask = o.readiness, readyKept, o.writeDisk
	if err := w.metrics.observeReady(func(ctx context.Context) bool { return o.ready.get(ctx).Ready }); err != nil {
		return nil, fmt.Errorf("set up metrics: %w", err)
	}
	o.mux.HandleFunc("GET /healthz", alive)
	o.mux.Handle("GET /readyz", o.local(http.HandlerFunc(o.showReady)))
	metrics := promhttp.HandlerFor(w.metrics.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes})
	o.mux.Handle("GET /metrics", o.local(httpserver.Whole(metrics)))
	if w.command.Worker.RiverUI {
		// The page can cancel and delete jobs.
		if !isLoopback(w.command.Worker.HTTPAddr) {
			return nil, usage(fmt.Errorf("COMMENTATOR_RIVER_UI: the page has no login and COMMENTATOR_HTTP_ADDR is %s; "+
				"set it to a loopback address such as 127.0.0.1:8090", w.command.Worker.HTTPAddr))
		}
		pages, err := w.store.Queue.Pages(ctx, "/river")
		if err != nil {
			return nil, err
		}
		o.mux.Handle("/river/", o.local(httpserver.Changes(pages)))
	}
	if w.command.Listen && w.command.Worker.HTTPEvents {
		h, err := w.bot.Handler()
		if err != nil {
			return nil, err
		}
		o.mux.Handle("/slack/events", h)
	}
	if secret := w.command.Worker.MLflowWebhook; secret.IsSet() && w.app.prompts != nil {
		h := webhook.New(secret.Reveal(), w.app.prompts.Wake, w.log)
		if err := w.metrics.observeWebhook(h.Counts); err != nil {
			return nil, fmt.Errorf("set up metrics: %w", err)
		}
		o.mux.Handle(webhookPath, h)
	}
	return o, nil
}

// webhookPath is where MLflow's webhook posts to.
const webhookPath = "/mlflow/webhook"

// maxScrapes bounds the requests for metrics at once; each gathers all of them anew.
const maxScrapes = 4

// local keeps requests out that ask for another machine, where the server listens on loopback:
// a web page in a browser of this machine may reach it under its own site's name. Slack's events
// and MLflow's webhook are not kept out, since a tunnel brings them under its own name; they are signed.
func (o *ops) local(h http.Handler) http.Handler {
	if !isLoopback(o.worker.command.Worker.HTTPAddr) {
		return h
	}
	return httpserver.OnlyHosts(h, httpserver.Loopback)
}

// alive answers /healthz.
func alive(rw http.ResponseWriter, _ *http.Request) { fmt.Fprintln(rw, "ok") }

// isLoopback reports whether only this machine reaches the address. Names other
// than localhost count as reachable, whatever they resolve to, and so does an
// empty host, which is every interface.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// readiness is the body of /readyz. Ready is false exactly when there are
// problems; each is a sentence for people. So are the notes, of what may be wrong
// and keeps the worker from nothing.
type readiness struct {
	Ready     bool     `json:"ready"`
	Problems  []string `json:"problems"`
	Notes     []string `json:"notes,omitempty"`
	Connected bool     `json:"connected"`
	LastHeard string   `json:"last_heard,omitempty"`
	Queued    int      `json:"queued"`
	Running   int      `json:"running"`
	Waiting   int      `json:"waiting"`
	OldestSec float64  `json:"oldest_seconds"`
	Outbox    int      `json:"outbox"`
}

// staleQueue is how old the oldest waiting link may be before the worker says
// that it does not keep up.
const staleQueue = 10 * time.Minute

// newReadiness says what a person has to look after, if anything. socket says
// whether this process is to hold a connection to Slack.
func newReadiness(got slack.Readiness, socket bool, outbox int, mask *config.Masker) readiness {
	out := readiness{
		Problems: []string{}, Connected: got.Connected, Queued: got.Queue.Queued, Running: got.Queue.Running, Waiting: got.Queue.Waiting,
		OldestSec: got.Queue.Oldest.Seconds(), Outbox: outbox,
	}
	if !got.LastHeard.IsZero() {
		out.LastHeard = got.LastHeard.UTC().Format(time.RFC3339)
	}
	add := func(format string, args ...any) {
		out.Problems = append(out.Problems, mask.Mask(fmt.Sprintf(format, args...)))
	}
	if got.Database != nil {
		add("database: %v", got.Database)
	}
	if socket && !got.Connected {
		add("no socket to Slack is open")
	}
	if got.Problem != "" {
		add("Slack: %s", got.Problem)
	}
	if got.Queue.Oldest > staleQueue {
		add("the oldest link has waited %s", got.Queue.Oldest.Round(time.Second))
	}
	out.Ready = len(out.Problems) == 0
	return out
}

// readyTime bounds how long database and disk may take to answer before they count as away.
const readyTime = 3 * time.Second

// readyKept is for how long an answer of /readyz holds: whoever asks often costs no more, and what changes is
// noticed soon.
const readyKept = 2 * time.Second

// writeDisk tries whether the folders in which the worker keeps something can be written: traces in one,
// and the database where it is a file.
func (o *ops) writeDisk() error {
	dir := o.worker.command.Storage.DataDir
	err := config.ProveWritable(dir)
	if file := o.worker.store.DB.File(); file != "" && filepath.Dir(file) != filepath.Clean(dir) {
		err = errors.Join(err, config.ProveWritable(filepath.Dir(file)))
	}
	return err
}

// readiness asks all parts of the worker. It is asked through ready.
func (o *ops) readiness(ctx context.Context) readiness {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	out := newReadiness(o.worker.bot.Readiness(ctx), o.worker.socket(), o.outbox(), o.worker.mask)
	problem := func(what string, err error) {
		if err != nil {
			out.Ready = false
			out.Problems = append(out.Problems, o.worker.mask.Mask(fmt.Sprintf("%s: %v", what, err)))
		}
	}
	problem("disk", o.disk.get(ctx))
	if s := o.spool(); s != nil {
		problem("outbox", s.Health())
		if n := s.Stats().Elsewhere; n > 0 {
			out.Notes = append(out.Notes, fmt.Sprintf("%d parts of traces in the outbox were made for another server: commentator outbox list", n))
		}
	}
	if clock := o.worker.store.DB.ClockProblem(); clock != "" {
		out.Notes = append(out.Notes, clock)
	}
	return out
}

// showReady answers 200, or 503 while there are problems.
func (o *ops) showReady(rw http.ResponseWriter, r *http.Request) {
	out := o.ready.get(r.Context())
	// Headers are sent with the status, hence before it.
	rw.Header().Set("Content-Type", "application/json")
	if !out.Ready {
		rw.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(rw).Encode(out)
}

// outbox counts the traces that wait. Their number is shown, but is no problem:
// delivery goes on by itself when MLflow is back. It asks the outbox of this process,
// never the disk.
func (o *ops) outbox() int {
	if s := o.spool(); s != nil {
		return s.Stats().Pending
	}
	return 0
}

// spool is the outbox of this process, nil while MLflow is switched off.
func (o *ops) spool() *spool.Spool {
	runs := o.worker.app.telemetry.runs
	if runs == nil {
		return nil
	}
	return runs.Spool()
}
