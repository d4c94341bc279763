package otlpredactionprocessor

import (
	"context"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func (r *redactor) traces(ctx context.Context, td ptrace.Traces) (ptrace.Traces, error) {
	s := &sweep{redactor: r}
	defer s.done(ctx)
	for _, rs := range td.ResourceSpans().All() {
		s.resource(rs.Resource())
		s.text(rs.SchemaUrl(), rs.SetSchemaUrl)
		for _, ss := range rs.ScopeSpans().All() {
			s.scope(ss.Scope())
			s.text(ss.SchemaUrl(), ss.SetSchemaUrl)
			for _, span := range ss.Spans().All() {
				s.span(span)
			}
		}
	}
	return td, nil
}

func (s *sweep) span(span ptrace.Span) {
	s.text(span.Name(), span.SetName)
	s.text(span.TraceState().AsRaw(), span.TraceState().FromRaw)
	s.text(span.Status().Message(), span.Status().SetMessage)
	s.attributes(span.Attributes())
	for _, e := range span.Events().All() {
		s.text(e.Name(), e.SetName)
		s.attributes(e.Attributes())
	}
	for _, l := range span.Links().All() {
		s.text(l.TraceState().AsRaw(), l.TraceState().FromRaw)
		s.attributes(l.Attributes())
	}
}

func (r *redactor) logs(ctx context.Context, ld plog.Logs) (plog.Logs, error) {
	s := &sweep{redactor: r}
	defer s.done(ctx)
	for _, rl := range ld.ResourceLogs().All() {
		s.resource(rl.Resource())
		s.text(rl.SchemaUrl(), rl.SetSchemaUrl)
		for _, sl := range rl.ScopeLogs().All() {
			s.scope(sl.Scope())
			s.text(sl.SchemaUrl(), sl.SetSchemaUrl)
			for _, record := range sl.LogRecords().All() {
				s.text(record.SeverityText(), record.SetSeverityText)
				s.text(record.EventName(), record.SetEventName)
				s.value(record.Body())
				s.attributes(record.Attributes())
			}
		}
	}
	return ld, nil
}

func (r *redactor) metrics(ctx context.Context, md pmetric.Metrics) (pmetric.Metrics, error) {
	s := &sweep{redactor: r}
	defer s.done(ctx)
	for _, rm := range md.ResourceMetrics().All() {
		s.resource(rm.Resource())
		s.text(rm.SchemaUrl(), rm.SetSchemaUrl)
		for _, sm := range rm.ScopeMetrics().All() {
			s.scope(sm.Scope())
			s.text(sm.SchemaUrl(), sm.SetSchemaUrl)
			for _, m := range sm.Metrics().All() {
				s.text(m.Name(), m.SetName)
				s.text(m.Description(), m.SetDescription)
				s.text(m.Unit(), m.SetUnit)
				s.attributes(m.Metadata())
				s.points(m)
			}
		}
	}
	return md, nil
}

func (s *sweep) points(m pmetric.Metric) {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		s.numbers(m.Gauge().DataPoints())
	case pmetric.MetricTypeSum:
		s.numbers(m.Sum().DataPoints())
	case pmetric.MetricTypeHistogram:
		for _, p := range m.Histogram().DataPoints().All() {
			s.attributes(p.Attributes())
			s.exemplars(p.Exemplars())
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, p := range m.ExponentialHistogram().DataPoints().All() {
			s.attributes(p.Attributes())
			s.exemplars(p.Exemplars())
		}
	case pmetric.MetricTypeSummary:
		for _, p := range m.Summary().DataPoints().All() {
			s.attributes(p.Attributes())
		}
	}
}

func (s *sweep) numbers(list pmetric.NumberDataPointSlice) {
	for _, p := range list.All() {
		s.attributes(p.Attributes())
		s.exemplars(p.Exemplars())
	}
}

func (s *sweep) exemplars(list pmetric.ExemplarSlice) {
	for _, e := range list.All() {
		s.attributes(e.FilteredAttributes())
	}
}
