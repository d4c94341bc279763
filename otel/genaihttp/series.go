package genaihttp

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/technoshare/commentator/otel/genai"
)

// maxSeries bounds how many series are remembered; a program that has more makes them anew.
const maxSeries = 256

// seriesKey is what all metrics of a call are told apart by.
type seriesKey struct {
	operation, provider, model, answered, host string
	port                                       int
}

// series has the attributes of metrics as the instruments take them, which is dear to make.
type series struct {
	key           seriesKey
	same          []metric.RecordOption
	input, output []metric.RecordOption // of token types
	add           []metric.AddOption
}

// seriesOf returns the series of a call, as far as the call is known.
func (i *instruments) seriesOf(c *call) *series {
	if c.series != nil {
		return c.series
	}
	key := seriesKey{c.route.Operation, c.route.Provider, c.request.Model, c.answer.Model, c.host, c.port}
	i.mu.Lock()
	defer i.mu.Unlock()
	s := i.known[key]
	if s == nil {
		if len(i.known) >= maxSeries {
			clear(i.known)
		}
		s = newSeries(key)
		i.known[key] = s
	}
	c.series = s
	return s
}

func newSeries(key seriesKey) *series {
	s := &series{key: key}
	with := func(kv ...attribute.KeyValue) []metric.RecordOption {
		return []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(append(s.attributes(), kv...)...))}
	}
	s.same = with()
	s.input, s.output = with(genai.TokenTypeKey.String("input")), with(genai.TokenTypeKey.String("output"))
	s.add = []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(s.attributes()...))}
	return s
}

func (s *series) attributes() []attribute.KeyValue {
	k := &s.key
	kv := make([]attribute.KeyValue, 0, 8)
	kv = append(kv, genai.OperationNameKey.String(k.operation), genai.ProviderNameKey.String(k.provider))
	if k.model != "" {
		kv = append(kv, genai.RequestModelKey.String(k.model))
	}
	if k.answered != "" {
		kv = append(kv, genai.ResponseModelKey.String(k.answered))
	}
	if k.host != "" {
		kv = append(kv, genai.ServerAddressKey.String(k.host), genai.ServerPortKey.Int(k.port))
	}
	return kv
}
