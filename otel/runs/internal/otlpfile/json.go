package otlpfile

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// readJSON decodes a stream of objects or lists of objects, such as one a line.
func readJSON(body []byte) ([]*tracepb.TracesData, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var out []*tracepb.TracesData
	for {
		var doc any
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		offset := dec.InputOffset()
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			offset = syntax.Offset
		}
		line := 1 + bytes.Count(body[:min(int(offset), len(body))], []byte("\n"))
		if err != nil {
			return nil, fmt.Errorf("decode JSON at line %d: %w", line, err)
		}
		list, ok := doc.([]any)
		if !ok {
			list = []any{doc}
		}
		for _, d := range list {
			td, err := fromJSON(d)
			if err != nil {
				return nil, fmt.Errorf("decode JSON at line %d: %w", line, err)
			}
			out = append(out, td)
		}
	}
}

// fromJSON makes a request of one decoded object. Fields that this version of OTLP does
// not know are passed over.
func fromJSON(doc any) (*tracepb.TracesData, error) {
	obj, ok := doc.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("expected an object with resourceSpans, found %T", doc)
	}
	if err := hexIDs(obj, "", 0); err != nil {
		return nil, err
	}
	b, err := json.Marshal(obj)
	if err != nil {
		return nil, fmt.Errorf("encode JSON: %w", err)
	}
	td := &tracepb.TracesData{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(b, td); err != nil {
		return nil, err
	}
	return td, nil
}

// hexIDs turns the ids of OTLP JSON, which are hexadecimal, into base64, which
// protobuf's JSON expects (OTLP specification, JSON Protobuf Encoding). It does
// not look into attributes, and takes files from before scopes were renamed.
func hexIDs(v any, path string, depth int) error {
	if depth > value.MaxDepth {
		return nil
	}
	switch x := v.(type) {
	case []any:
		for i, e := range x {
			if err := hexIDs(e, fmt.Sprintf("%s[%d]", path, i), depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		if old, ok := x["instrumentationLibrarySpans"]; ok {
			x["scopeSpans"] = old
			delete(x, "instrumentationLibrarySpans")
		}
		for _, k := range value.SortedKeys(x) {
			switch k {
			case "traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id":
				s, ok := x[k].(string)
				if !ok {
					return fmt.Errorf("%s.%s: expected text", path, k)
				}
				b64, err := idToBase64(s, k == "traceId" || k == "trace_id")
				if err != nil {
					return fmt.Errorf("%s.%s: %w", path, k, err)
				}
				x[k] = b64
			case "attributes":
			default:
				at := k
				if path != "" {
					at = path + "." + k
				}
				if err := hexIDs(x[k], at, depth+1); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// idToBase64 takes an id as OTLP JSON has it, or as protobuf's own JSON does.
func idToBase64(s string, trace bool) (string, error) {
	size := 8
	if trace {
		size = 16
	}
	if raw, err := hex.DecodeString(s); err == nil {
		return base64.StdEncoding.EncodeToString(raw), nil
	}
	if raw, err := base64.StdEncoding.DecodeString(s); err == nil && len(raw) == size {
		return s, nil // written by protobuf's own JSON encoder
	}
	return "", fmt.Errorf("%q is not %d hexadecimal digits", s, 2*size)
}
