package mlflowexporter

import (
	"context"
	"fmt"
	"iter"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/logrecords"
)

// pushLogs stores the log records of a request that belong to traces, as push stores
// spans: each becomes a carrier in its trace, and is put onto its span at delivery.
func (e *mlflowExporter) pushLogs(ctx context.Context, ld plog.Logs) error {
	projected, others := dropRecords(ld)
	e.telemetry.skippedRecords(projected, skippedProjected)
	defer func() { e.telemetry.skippedRecords(others, skippedNonGenAI) }()
	if ld.LogRecordCount() == 0 {
		return nil
	}
	td, sessions, skipped, err := carriers(ld)
	if err != nil {
		return err
	}
	others += skipped
	now := time.Now()
	cut, err := split(td, now, e.cfg.bounds())
	if err != nil {
		return err
	}
	e.fitted(cut.cut, now)
	for _, one := range cut.order {
		one.idle = sessions[one.id]
	}
	return e.store(ctx, cut, now, e.telemetry.rejectedRecords)
}

// dropRecords takes out of a request what is not stored: records of processes that
// deliver themselves, and those that are not GenAI, which are most. They are known
// without decoding the request a second time. Of the others what is nested too deep to be
// decoded becomes text.
func dropRecords(ld plog.Logs) (projected, others int) {
	ld.ResourceLogs().RemoveIf(func(rl plog.ResourceLogs) bool {
		skip := isProjected(rl.Resource())
		rl.ScopeLogs().RemoveIf(func(sl plog.ScopeLogs) bool {
			sl.LogRecords().RemoveIf(func(r plog.LogRecord) bool {
				switch {
				case skip:
					projected++
				case !logrecords.IsGenAI(eventName(r), keysOf(r.Attributes())):
					others++
				default:
					flatten(r.Body(), 0)
					flattenAll(r.Attributes())
					return false
				}
				return true
			})
			flattenAll(sl.Scope().Attributes())
			return sl.LogRecords().Len() == 0
		})
		flattenAll(rl.Resource().Attributes())
		return rl.ScopeLogs().Len() == 0
	})
	return projected, others
}

func eventName(r plog.LogRecord) string {
	body := ""
	if r.Body().Type() == pcommon.ValueTypeStr {
		body = r.Body().Str()
	}
	return logrecords.EventName(r.EventName(), textOf(r.Attributes(), logrecords.EventNameKey), body)
}

func keysOf(m pcommon.Map) iter.Seq[string] {
	return func(yield func(string) bool) {
		for key := range m.All() {
			if !yield(key) {
				return
			}
		}
	}
}

// carriers turns a request of log records into one of spans that carry them. sessions are
// the traces that end by silence.
func carriers(ld plog.Logs) (td ptrace.Traces, sessions map[pcommon.TraceID]bool, skipped int, err error) {
	encoded, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	if err != nil {
		return td, nil, 0, fmt.Errorf("encode log records: %w", err)
	}
	data, err := logrecords.Decode(encoded)
	if err != nil {
		return td, nil, 0, err
	}
	parts, skipped := logrecords.Carriers(data)
	all := &tracepb.TracesData{}
	sessions = map[pcommon.TraceID]bool{}
	for _, p := range parts {
		sessions[pcommon.TraceID(p.TraceID)] = p.Session
		all.ResourceSpans = append(all.ResourceSpans, p.Data.ResourceSpans...)
	}
	if encoded, err = proto.Marshal(all); err != nil {
		return td, nil, 0, fmt.Errorf("encode log records: %w", err)
	}
	if td, err = (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(encoded); err != nil {
		return td, nil, 0, fmt.Errorf("read log records: %w", err)
	}
	return td, sessions, skipped, nil
}
