package runs

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// File is the content of one file, and the name that errors mention.
type File struct {
	Name string
	Body []byte
}

// maxUnpacked bounds what one compressed file may hold.
const maxUnpacked = 1 << 30

// ReadOTLP reads OTLP files and merges them: protobuf (TracesData or
// ExportTraceServiceRequest, the same on the wire, also with the length
// prefixes of the Collector's file exporter) or OTLP JSON (one object, a list,
// or one object a line), each also as gzip. The content decides, not the name.
func ReadOTLP(files ...File) (*tracepb.TracesData, error) {
	var parts []*tracepb.TracesData
	for _, f := range files {
		tds, err := readFile(f.Body)
		if err != nil {
			return nil, fmt.Errorf("read OTLP from %s: %w", f.Name, err)
		}
		spans := 0
		for _, td := range tds {
			spans += countSpans(td)
		}
		if spans == 0 {
			return nil, fmt.Errorf("read OTLP from %s: it holds no spans; expected an OTLP trace request as protobuf or JSON", f.Name)
		}
		parts = append(parts, tds...)
	}
	return Merge(parts...), nil
}

// Merge puts requests together. Of two reports of one span it keeps the
// finished one, then the later. The result shares spans with its arguments.
func Merge(parts ...*tracepb.TracesData) *tracepb.TracesData {
	type key struct{ trace, span string }
	best := map[key]*node{}
	for _, td := range parts {
		for _, rs := range td.GetResourceSpans() {
			for _, ss := range rs.GetScopeSpans() {
				for _, s := range ss.GetSpans() {
					if s == nil {
						continue
					}
					n := &node{pb: s}
					n.readTimes()
					k := key{fixID(s.GetTraceId(), 16, s), fixID(s.GetSpanId(), 8, s)}
					if prev := best[k]; prev == nil || n.better(prev) {
						best[k] = n
					}
				}
			}
		}
	}
	kept := make(map[*tracepb.Span]bool, len(best))
	for _, n := range best {
		kept[n.pb] = true
	}
	out := &tracepb.TracesData{}
	for _, td := range parts {
		for _, rs := range td.GetResourceSpans() {
			nrs := &tracepb.ResourceSpans{Resource: rs.GetResource(), SchemaUrl: rs.GetSchemaUrl()}
			for _, ss := range rs.GetScopeSpans() {
				nss := &tracepb.ScopeSpans{Scope: ss.GetScope(), SchemaUrl: ss.GetSchemaUrl()}
				for _, s := range ss.GetSpans() {
					if kept[s] {
						nss.Spans = append(nss.Spans, s)
						delete(kept, s)
					}
				}
				if len(nss.Spans) > 0 {
					nrs.ScopeSpans = append(nrs.ScopeSpans, nss)
				}
			}
			if len(nrs.ScopeSpans) > 0 {
				out.ResourceSpans = append(out.ResourceSpans, nrs)
			}
		}
	}
	return out
}

func countSpans(td *tracepb.TracesData) int {
	n := 0
	for _, rs := range td.GetResourceSpans() {
		for _, ss := range rs.GetScopeSpans() {
			n += len(ss.GetSpans())
		}
	}
	return n
}

func readFile(body []byte) ([]*tracepb.TracesData, error) {
	if bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("unpack gzip: %w", err)
		}
		body, err = io.ReadAll(io.LimitReader(r, maxUnpacked+1))
		if err != nil {
			return nil, fmt.Errorf("unpack gzip: %w", err)
		}
		if len(body) > maxUnpacked {
			return nil, fmt.Errorf("unpack gzip: more than %d bytes", maxUnpacked)
		}
	}
	plain := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	if len(plain) == 0 {
		return nil, errors.New("it is empty")
	}
	// A protobuf request starts with 0x0a, which is white space as well, so a
	// bracket after it may be a length: what does not parse as JSON from the
	// first word on is protobuf.
	var probe json.Token
	if plain[0] == '{' || plain[0] == '[' {
		dec := json.NewDecoder(bytes.NewReader(plain))
		var err error
		if probe, err = dec.Token(); err == nil && probe != nil {
			if _, err = dec.Token(); err == nil {
				return readJSON(plain)
			}
		}
	}
	td, err := readProto(body)
	if err != nil {
		return nil, err
	}
	return []*tracepb.TracesData{td}, nil
}

func readProto(body []byte) (*tracepb.TracesData, error) {
	if body[0] == 0 { // the Collector's file exporter: length, message, length, …
		var out []*tracepb.TracesData
		for rest := body; len(rest) > 0; {
			if len(rest) < 4 || int(binary.BigEndian.Uint32(rest)) > len(rest)-4 {
				return nil, errors.New("decode protobuf: a length prefix points past the end of the file")
			}
			n := int(binary.BigEndian.Uint32(rest))
			td, err := decodeProto(rest[4 : 4+n])
			if err != nil {
				return nil, err
			}
			out = append(out, td)
			rest = rest[4+n:]
		}
		return Merge(out...), nil
	}
	return decodeProto(body)
}

func decodeProto(body []byte) (*tracepb.TracesData, error) {
	td := &tracepb.TracesData{}
	err := proto.Unmarshal(body, td)
	if err == nil {
		return td, nil
	}
	// Text that is not UTF-8 is mended; anything else is no OTLP.
	mended, ok := mendWire(body, td.ProtoReflect().Descriptor(), 0)
	if ok {
		td = &tracepb.TracesData{}
		if proto.Unmarshal(mended, td) == nil {
			return td, nil
		}
	}
	return nil, fmt.Errorf("decode protobuf: %w", err)
}

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
	if depth > maxDepth {
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
		for _, k := range sortedKeys(x) {
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
