package genaimetrics

import (
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/technoshare/commentator/otel/genai"
)

// scopeName is the instrumentation scope of the metrics.
const scopeName = "github.com/technoshare/commentator/collector/genaimetrics"

// names are the attributes as they are written.
func names() [attributes]string {
	return [attributes]string{
		operation: string(genai.OperationNameKey), provider: string(genai.ProviderNameKey), requestModel: string(genai.RequestModelKey),
		responseModel: string(genai.ResponseModelKey), service: "service.name", agent: string(genai.AgentNameKey),
		errorType: string(genai.ErrorTypeKey), tokenType: string(genai.TokenTypeKey), costSource: "gen_ai.usage.cost.source",
	}
}

// overflowKey is what the metrics SDKs call it.
const overflowKey = "otel.metric.overflow"

// snapshot returns the points of all series as of now. With delta temporality they are what came since the last snapshot for which
// handedOn was called; series without anything new have no point. With cumulative temporality a series begins with a point of zero, and
// has its values from the next snapshot on: Prometheus takes the first value of a series that it sees for what was there before, and not
// for an increase. In the last snapshot there is no next one.
func (r *registry) snapshot(delta, last bool, now time.Time) (md pmetric.Metrics, handedOn func()) {
	md = pmetric.NewMetrics()
	scope := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty()
	scope.Scope().SetName(scopeName)
	scope.SetSchemaUrl(genai.SchemaURL)
	var done []func()
	for _, m := range r.metrics() {
		var points []point
		for k, s := range m.series {
			p := point{k, s.copy()}
			switch {
			case delta:
				p.series = s.since()
				if p.count == 0 {
					continue
				}
				sent := s.copy()
				sent.last = now // the next point begins there
				done = append(done, func() { s.sent, s.stage = &sent, withValues })
			case s.stage == fresh && !last:
				p.count, p.sum = 0, 0
				clear(p.buckets)
				done = append(done, func() { s.stage = begun })
			case s.stage != withValues:
				done = append(done, func() { s.stage = withValues })
			}
			points = append(points, p)
		}
		if len(points) > 0 {
			slices.SortFunc(points, func(a, b point) int { return strings.Compare(a.order(), b.order()) })
			m.write(scope.Metrics().AppendEmpty(), points, delta, now)
		}
	}
	return md, func() {
		for _, d := range done {
			d()
		}
	}
}

// point is a series at a time.
type point struct {
	key
	series
}

func (p *point) order() string { return strings.Join(p.values[:], "\x00") }

func (s *series) copy() series {
	out := *s
	out.buckets, out.sent = slices.Clone(s.buckets), nil
	return out
}

// since is what came since what was handed on last.
func (s *series) since() series {
	out := s.copy()
	if s.sent == nil {
		return out
	}
	out.start = s.sent.last
	out.count -= s.sent.count
	out.sum -= s.sent.sum
	for i := range out.buckets {
		out.buckets[i] -= s.sent.buckets[i]
	}
	return out
}

func (m *instrument) write(to pmetric.Metric, points []point, delta bool, now time.Time) {
	to.SetName(m.name)
	to.SetUnit(m.unit)
	to.SetDescription(m.description)
	temporality := pmetric.AggregationTemporalityCumulative
	if delta {
		temporality = pmetric.AggregationTemporalityDelta
	}
	if m.bounds == nil {
		sum := to.SetEmptySum()
		sum.SetIsMonotonic(true)
		sum.SetAggregationTemporality(temporality)
		for _, p := range points {
			dp := sum.DataPoints().AppendEmpty()
			p.describe(dp, now)
			dp.SetDoubleValue(p.sum)
		}
		return
	}
	histogram := to.SetEmptyHistogram()
	histogram.SetAggregationTemporality(temporality)
	for _, p := range points {
		dp := histogram.DataPoints().AppendEmpty()
		p.describe(dp, now)
		dp.SetCount(p.count)
		dp.SetSum(p.sum)
		dp.ExplicitBounds().FromRaw(m.bounds)
		dp.BucketCounts().FromRaw(p.buckets)
	}
}

// describe writes what points of all kinds have.
func (p *point) describe(dp interface {
	Attributes() pcommon.Map
	SetStartTimestamp(pcommon.Timestamp)
	SetTimestamp(pcommon.Timestamp)
}, now time.Time,
) {
	dp.SetStartTimestamp(pcommon.NewTimestampFromTime(p.start))
	dp.SetTimestamp(pcommon.NewTimestampFromTime(now))
	for i, name := range names() {
		if p.values[i] != "" {
			dp.Attributes().PutStr(name, p.values[i])
		}
	}
	if p.overflow {
		dp.Attributes().PutBool(overflowKey, true)
	}
}
