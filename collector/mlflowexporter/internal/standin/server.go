// Package standin is a tracking server for tests of load and of crashes. In go
// the requests of an exporter; out come counts: which spans arrived, and how
// many runs were made for each span. It checks nothing a real MLflow checks and
// keeps no content, so what the exporter writes is tested against a real one.
package standin

import (
	"cmp"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Server is an http.Handler.
type Server struct {
	// Delay is the time of each answer; a real MLflow needs about 20 ms.
	Delay time.Duration
	// Fault may answer a request instead of the server; it returns 0 when not.
	Fault func(r *http.Request) (status int, body string)
	// Received is called with each request of spans before it counts, not with one
	// that only asks whether there is a way for spans; an answer other than 200
	// refuses them.
	Received func(*coltracepb.ExportTraceServiceRequest) int

	mu          sync.Mutex
	experiments map[string]string // name → id
	runs        map[string]*run
	byTrace     map[string][]*run
	spans       map[string]int    // span and trace id → times it came
	stored      map[string]bool   // traces of which spans came, by MLflow's id
	infos       map[string]object // by MLflow's id
	calls       int

	tracesDeleted int
}

type run struct {
	ID, Experiment, Name, Status string
	Deleted                      bool
	Start, End                   int64
	Tags                         map[string]string
}

// New makes an empty server.
func New() *Server {
	return &Server{
		experiments: map[string]string{"Default": "0"}, runs: map[string]*run{}, byTrace: map[string][]*run{}, spans: map[string]int{},
		stored: map[string]bool{}, infos: map[string]object{},
	}
}

// Spans gives how many different spans arrived, and how many requests there were.
func (s *Server) Spans() (spans, calls int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.spans), s.calls
}

// HasSpan reports whether a span arrived.
func (s *Server) HasSpan(traceID, spanID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spans[traceID+spanID] > 0
}

// Runs gives the names of the runs of a trace that are not deleted.
func (s *Server) Runs(traceID string) (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.byTrace[traceID] {
		if !r.Deleted {
			names = append(names, r.Name)
		}
	}
	return names
}

// Run is what became of a span.
type Run struct {
	ID, Name, Status string
	Tags             map[string]string
}

// RunsBySpan gives the runs of a trace that are not deleted, by span id.
func (s *Server) RunsBySpan(traceID string) map[string]Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]Run{}
	for _, r := range s.byTrace[traceID] {
		if !r.Deleted {
			out[r.Tags[mlflowattr.SpanIDTag]] = Run{ID: r.ID, Name: r.Name, Status: r.Status, Tags: maps.Clone(r.Tags)}
		}
	}
	return out
}

// Traces lists the traces that have runs.
func (s *Server) Traces() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.byTrace {
		ids = append(ids, id)
	}
	return ids
}

// TracesDeleted counts the calls that delete a trace.
func (s *Server) TracesDeleted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tracesDeleted
}

// Doubled lists the spans for which there are several runs, and the runs that
// are not finished.
func (s *Server) Doubled() (doubled, unfinished []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := map[string]int{}
	for _, r := range s.runs {
		if r.Deleted {
			continue
		}
		key := r.Tags[mlflowattr.TraceIDTag] + r.Tags[mlflowattr.SpanIDTag]
		if n[key]++; n[key] == 2 {
			doubled = append(doubled, key)
		}
		if r.Status == "RUNNING" {
			unfinished = append(unfinished, key)
		}
	}
	return doubled, unfinished
}

// Experiments gives the names of the experiments and how many runs each has.
func (s *Server) Experiments() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int{}
	for name, id := range s.experiments {
		out[name] = 0
		for _, r := range s.runs {
			if r.Experiment == id {
				out[name]++
			}
		}
	}
	return out
}

type object = map[string]any

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Fault != nil {
		if status, body := s.Fault(r); status != 0 {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return
		}
	}
	body, err := read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if s.Delay > 0 {
		time.Sleep(s.Delay)
	}
	status, answer := s.answer(r, body)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func read(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(r.Body)
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func (s *Server) answer(r *http.Request, body []byte) (int, any) {
	if r.URL.Path == "/v1/traces" {
		var in coltracepb.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &in); err != nil {
			return http.StatusBadRequest, object{"detail": err.Error()}
		}
		if s.Received != nil && len(in.GetResourceSpans()) > 0 && len(in.GetResourceSpans()[0].GetScopeSpans()) > 0 {
			if status := s.Received(&in); status != http.StatusOK {
				return status, object{"detail": "as told"}
			}
		}
		s.count(&in)
		return http.StatusOK, object{}
	}
	if id, ok := strings.CutPrefix(r.URL.Path, "/api/3.0/mlflow/traces"); ok && len(id) < 40 { // others act on a trace
		return s.traceInfo(strings.TrimPrefix(id, "/"), body)
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/api/2.0/mlflow/")
	if !ok {
		s.mu.Lock()
		s.calls++
		s.mu.Unlock()
		return http.StatusOK, object{}
	}
	var in request
	_ = json.Unmarshal(body, &in) // calls without a body have no fields
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if call, ok := strings.CutPrefix(path, "runs/"); ok {
		return http.StatusOK, s.runCall(call, in)
	}
	switch path {
	case "experiments/get-by-name":
		name := r.URL.Query().Get("experiment_name")
		id, ok := s.experiments[name]
		if !ok {
			return http.StatusNotFound, object{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no experiment"}
		}
		return http.StatusOK, experiment(id, name)
	case "experiments/get":
		id := r.URL.Query().Get("experiment_id")
		for name, one := range s.experiments {
			if one == id {
				return http.StatusOK, experiment(id, name)
			}
		}
		return http.StatusNotFound, object{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "No Experiment with id=" + id + " exists"}
	case "experiments/create":
		id := fmt.Sprint(len(s.experiments))
		s.experiments[in.Name] = id
		return http.StatusOK, object{"experiment_id": id}
	case "traces/delete-traces":
		s.tracesDeleted++
		return http.StatusOK, object{"traces_deleted": 1}
	case "logged-models/search":
		model := object{"info": object{"model_id": "m-1", "name": "m", "status": "LOGGED_MODEL_READY"}}
		return http.StatusOK, object{"models": []any{model}}
	}
	return http.StatusOK, object{}
}

// traceInfo keeps what a body says of a trace, or gives what is known of the one with an id. As on
// MLflow, a trace is there from its first span on, and says where its spans are.
func (s *Server) traceInfo(id string, body []byte) (int, any) {
	var in struct {
		Trace struct {
			Info object `json:"trace_info"`
		} `json:"trace"`
	}
	_ = json.Unmarshal(body, &in) // a question has no body
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	info := in.Trace.Info
	if info != nil {
		id, _ = info["trace_id"].(string)
		s.infos[id] = info
	} else if info = s.infos[id]; info == nil {
		if !s.stored[id] {
			return http.StatusNotFound, object{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Trace with ID " + id + " not found."}
		}
		info = object{"trace_id": id}
	}
	info = maps.Clone(info)
	if s.stored[id] {
		list, _ := info["tags"].(object)
		list = maps.Clone(list)
		if list == nil {
			list = object{}
		}
		list["mlflow.trace.spansLocation"] = "TRACKING_STORE"
		info["tags"] = list
	}
	return http.StatusOK, object{"trace": object{"trace_info": info}}
}

func experiment(id, name string) object {
	return object{"experiment": object{"experiment_id": id, "name": name, "lifecycle_stage": "active"}}
}

// request has the fields of all calls that are looked at.
type request struct {
	Name         string              `json:"name"`
	ExperimentID string              `json:"experiment_id"`
	RunName      string              `json:"run_name"`
	RunID        string              `json:"run_id"`
	Status       string              `json:"status"`
	StartTime    int64               `json:"start_time"`
	EndTime      int64               `json:"end_time"`
	Filter       string              `json:"filter"`
	Key          string              `json:"key"`
	Tags         []map[string]string `json:"tags"`
}

// runCall answers a call below runs/; called under mu. A run that does not exist
// takes everything.
func (s *Server) runCall(call string, in request) object {
	switch call {
	case "create":
		one := &run{
			ID: fmt.Sprintf("%032x", len(s.runs)+1), Experiment: in.ExperimentID, Name: in.RunName,
			Status: "RUNNING", Start: in.StartTime, Tags: tags(in.Tags),
		}
		s.runs[one.ID] = one
		trace := one.Tags[mlflowattr.TraceIDTag]
		s.byTrace[trace] = append(s.byTrace[trace], one)
		return object{"run": one.json()}
	case "search":
		_, id, _ := strings.Cut(in.Filter, "= '")
		found := []any{}
		for _, one := range s.byTrace[strings.TrimSuffix(id, "'")] {
			found = append(found, one.json())
		}
		return object{"runs": found}
	}
	one := s.runs[in.RunID]
	if one == nil {
		return object{}
	}
	switch call {
	case "update":
		one.Status, one.End = in.Status, cmp.Or(in.EndTime, one.End)
		one.Name = cmp.Or(in.RunName, one.Name)
		return object{"run_info": one.json()["info"]}
	case "log-batch":
		maps.Copy(one.Tags, tags(in.Tags))
	case "delete":
		one.Deleted = true
	case "delete-tag":
		delete(one.Tags, in.Key)
	}
	return object{}
}

func (r *run) json() object {
	stage := "active"
	if r.Deleted {
		stage = "deleted"
	}
	list := []object{}
	for k, v := range r.Tags {
		list = append(list, object{"key": k, "value": v})
	}
	return object{
		"info": object{
			"run_id": r.ID, "experiment_id": r.Experiment, "run_name": r.Name, "status": r.Status,
			"start_time": r.Start, "end_time": r.End,
			"artifact_uri": "mlflow-artifacts:/0/" + r.ID + "/artifacts", "lifecycle_stage": stage,
		},
		"data": object{"tags": list},
	}
}

func tags(list []map[string]string) map[string]string {
	m := map[string]string{}
	for _, t := range list {
		m[t["key"]] = t["value"]
	}
	return m
}

func (s *Server) count(in *coltracepb.ExportTraceServiceRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	for _, rs := range in.GetResourceSpans() {
		for _, ss := range rs.GetScopeSpans() {
			for _, sp := range ss.GetSpans() {
				s.spans[hex.EncodeToString(sp.GetTraceId())+hex.EncodeToString(sp.GetSpanId())]++
				s.stored["tr-"+hex.EncodeToString(sp.GetTraceId())] = true
			}
		}
	}
}
