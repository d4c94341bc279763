package otlpredactionprocessor

import (
	"bytes"
	"context"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const secret = "sk-abcdefghijklmnopqrstuvwxyz"

// ids are no texts: each has its length.
var ids = map[protoreflect.Name]bool{"trace_id": true, "span_id": true, "parent_span_id": true}

// place is a way through the protocol's messages to a text.
type place []protoreflect.FieldDescriptor

func (p place) String() (s string) {
	for _, f := range p {
		s += "." + string(f.Name())
	}
	return s[1:]
}

// places lists all texts and bytes of a message. Values may hold values: each kind of them
// is looked at twice on one way.
func places(d protoreflect.MessageDescriptor, way place, seen map[protoreflect.FullName]int) (out []place) {
	if seen[d.FullName()] >= 3 {
		return nil
	}
	seen[d.FullName()]++
	defer func() { seen[d.FullName()]-- }()
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		to := append(way[:len(way):len(way)], f)
		switch f.Kind() {
		case protoreflect.StringKind, protoreflect.BytesKind:
			if !ids[f.Name()] {
				out = append(out, to)
			}
		case protoreflect.MessageKind:
			out = append(out, places(f.Message(), to, seen)...)
		}
	}
	return out
}

// fill makes a message with the secret in one place.
func fill(m protoreflect.Message, way place) {
	f := way[0]
	if len(way) > 1 {
		if f.IsList() {
			fill(m.Mutable(f).List().AppendMutable().Message(), way[1:])
		} else {
			fill(m.Mutable(f).Message(), way[1:])
		}
		return
	}
	v := protoreflect.ValueOfString("before " + secret + " after")
	if f.Kind() == protoreflect.BytesKind {
		v = protoreflect.ValueOfBytes([]byte("\x00 " + secret + " \xff"))
	}
	if f.IsList() {
		m.Mutable(f).List().Append(v)
	} else {
		m.Set(f, v)
	}
}

func testRedactor(t testing.TB, cfg *Config) *redactor {
	t.Helper()
	if cfg.Mask == "" {
		cfg.Mask = "****"
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	r, err := newRedactor(cfg, componenttest.NewNopTelemetrySettings())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.shutdown(context.Background()) })
	return r
}

// through brings data of the protocol through the processor.
func (r *redactor) through(t *testing.T, m proto.Message) []byte {
	t.Helper()
	in, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	switch m.(type) {
	case *tracepb.TracesData:
		td, bad := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(in)
		if bad != nil {
			t.Fatal(bad)
		}
		td, _ = r.traces(t.Context(), td)
		out, err = (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	case *logspb.LogsData:
		ld, bad := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(in)
		if bad != nil {
			t.Fatal(bad)
		}
		ld, _ = r.logs(t.Context(), ld)
		out, err = (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	case *metricspb.MetricsData:
		md, bad := (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(in)
		if bad != nil {
			t.Fatal(bad)
		}
		md, _ = r.metrics(t.Context(), md)
		out, err = (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestNoPlaceOfTheProtocolIsLeftOut puts a secret into each text of OTLP, one after the
// other, also those that come into it later.
func TestNoPlaceOfTheProtocolIsLeftOut(t *testing.T) {
	r := testRedactor(t, &Config{BlockedValues: []string{`\bsk-[A-Za-z0-9_-]{20,}`}})
	for name, c := range map[string]struct {
		empty func() proto.Message
		least int // places there are at the time of writing, so that the list is one
	}{
		"traces":  {func() proto.Message { return &tracepb.TracesData{} }, 60},
		"logs":    {func() proto.Message { return &logspb.LogsData{} }, 40},
		"metrics": {func() proto.Message { return &metricspb.MetricsData{} }, 80},
	} {
		list := places(c.empty().ProtoReflect().Descriptor(), nil, map[protoreflect.FullName]int{})
		kept := 0
		for _, p := range list {
			m := c.empty()
			fill(m.ProtoReflect(), p)
			out := r.through(t, m)
			if bytes.Contains(out, []byte(secret)) {
				t.Errorf("%s: the secret is still in %s", name, p)
			}
			if bytes.Contains(out, []byte("****")) {
				kept++
			}
		}
		t.Logf("%s: %d places, %d of which the Collector keeps", name, len(list), kept)
		if kept < c.least {
			t.Errorf("%s: only %d of %d places were masked", name, kept, len(list))
		}
	}
}
