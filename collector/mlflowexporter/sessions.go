package mlflowexporter

import (
	"sync"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/logrecords"
)

// maxSpanSessions bounds the sessions that are remembered, in each of two generations.
const maxSpanSessions = 8192

// spanSessions remembers the sessions of coding agents of which spans came. What their
// log records say that name no trace is in those spans too: it is not delivered a second
// time.
type spanSessions struct {
	mu            sync.Mutex
	recent, older map[trace.TraceID]struct{} // the traces that the records become
}

// see learns of the sessions of which a request has spans, and gives those that are new.
func (s *spanSessions) see(td ptrace.Traces) (found []trace.TraceID) {
	for _, rs := range td.ResourceSpans().All() {
		service := textOf(rs.Resource().Attributes(), "service.name")
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				id, ok := logrecords.SessionOfSpan(service, func(key string) string { return textOf(span.Attributes(), key) })
				if ok && s.add(id) {
					found = append(found, id)
				}
			}
		}
	}
	return found
}

// add remembers a session, and reports whether it is new.
func (s *spanSessions) add(id trace.TraceID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, recent := s.recent[id]
	_, older := s.older[id]
	if s.recent == nil || len(s.recent) >= maxSpanSessions {
		s.recent, s.older = map[trace.TraceID]struct{}{}, s.recent
	}
	s.recent[id] = struct{}{}
	return !recent && !older
}

// has reports whether spans of the session came whose records became the trace.
func (s *spanSessions) has(id trace.TraceID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, recent := s.recent[id]
	_, older := s.older[id]
	return recent || older
}

func textOf(m pcommon.Map, key string) string {
	if v, ok := m.Get(key); ok && v.Type() == pcommon.ValueTypeStr {
		return v.Str()
	}
	return ""
}
