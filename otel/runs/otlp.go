package runs

import (
	"fmt"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/otlpfile"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
)

// File is the content of one file, and the name that errors mention.
type File struct {
	Name string
	Body []byte
}

// ReadOTLP reads OTLP files and merges them: protobuf (TracesData or
// ExportTraceServiceRequest, the same on the wire, also with the length prefixes of
// the Collector's file exporter) or OTLP JSON (one object, a list, or one object a
// line), each also as gzip. The content decides, not the name. A file without any
// span is an error.
func ReadOTLP(files ...File) (*tracepb.TracesData, error) {
	var parts []*tracepb.TracesData
	for _, f := range files {
		requests, err := otlpfile.Decode(f.Body)
		if err != nil {
			return nil, fmt.Errorf("read OTLP from %s: %w", f.Name, err)
		}
		spans := 0
		for _, td := range requests {
			spans += otlp.Count(td)
		}
		if spans == 0 {
			return nil, fmt.Errorf("read OTLP from %s: it holds no spans; expected an OTLP trace request as protobuf or JSON", f.Name)
		}
		parts = append(parts, requests...)
	}
	return Merge(parts...), nil
}

// Merge puts requests together. Of several reports of one span it keeps the
// finished one, then the later. The result shares spans with its arguments.
func Merge(parts ...*tracepb.TracesData) *tracepb.TracesData { return tree.Merge(parts...) }
