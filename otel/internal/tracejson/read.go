package tracejson

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// stored is a span of either schema, as far as it is read back.
type stored struct {
	TraceID string  `json:"trace_id"`
	SpanID  string  `json:"span_id"`
	Parent  *string `json:"parent_span_id"`
	Context *struct {
		SpanID  string `json:"span_id"`
		TraceID string `json:"trace_id"`
	} `json:"context"` // V2 only
	ParentV2      *string         `json:"parent_id"`
	Name          string          `json:"name"`
	Start         uint64          `json:"start_time_unix_nano"`
	StartV2       uint64          `json:"start_time"`
	End           uint64          `json:"end_time_unix_nano"` // null for none
	EndV2         uint64          `json:"end_time"`
	Status        json.RawMessage `json:"status"`
	StatusCode    string          `json:"status_code"`    // V2
	StatusMessage string          `json:"status_message"` // V2
	Attributes    map[string]any  `json:"attributes"`
	Events        []struct {
		Name       string         `json:"name"`
		Time       json.Number    `json:"time_unix_nano"`
		TimeV2     json.Number    `json:"timestamp"`
		Attributes map[string]any `json:"attributes"`
	} `json:"events"`
	Links []struct {
		TraceID    string         `json:"trace_id"`
		SpanID     string         `json:"span_id"`
		Attributes map[string]any `json:"attributes"`
	} `json:"links"`
}

// read puts the spans of a stored file into set.
func read(data []byte, set map[spanID]*span) error {
	var file struct {
		Spans []stored `json:"spans"`
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber() // numbers of 64 bits must come back as they were
	if err := d.Decode(&file); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	for i := range file.Spans {
		s, err := file.Spans[i].span()
		if err != nil {
			return fmt.Errorf("span %d: %w", i, err)
		}
		set[s.id] = s
	}
	return nil
}

func (f *stored) span() (*span, error) {
	s := &span{
		name: f.Name, start: max(f.Start, f.StartV2), end: max(f.End, f.EndV2, f.Start, f.StartV2),
		attributes: make(map[string]string, len(f.Attributes)),
	}
	traceText, idText, parentText := f.TraceID, f.SpanID, f.Parent
	if f.Context != nil {
		traceText, idText, parentText = f.Context.TraceID, f.Context.SpanID, f.ParentV2
	}
	if err := errors.Join(decodeID(s.traceID[:], traceText), decodeID(s.id[:], idText)); err != nil {
		return nil, err
	}
	if !s.id.IsValid() {
		return nil, errors.New("its id is zero")
	}
	if parentText != nil && *parentText != "" {
		if err := decodeID(s.parent[:], *parentText); err != nil {
			return nil, err
		}
	}
	for k, v := range f.Attributes {
		text, ok := v.(string)
		if !ok {
			text = string(marshal(v))
		}
		s.attributes[k] = text
	}
	if was, moved := s.attributes[parentKey]; moved {
		s.parent = spanID{}
		if id, err := trace.SpanIDFromHex(unquote(was)); err == nil {
			s.parent = id
		}
		delete(s.attributes, parentKey)
	}
	delete(s.attributes, requestKey) // written anew
	s.readStatus(f)
	for _, e := range f.Events {
		at := e.Time
		if at == "" {
			at = e.TimeV2
		}
		var ns uint64
		if at != "" && json.Unmarshal([]byte(at), &ns) != nil {
			ns = s.start // a time that OTLP cannot hold
		}
		s.events = append(s.events, event{e.Name, ns, e.Attributes})
	}
	for _, l := range f.Links {
		traceID, err := trace.TraceIDFromHex(strings.TrimPrefix(l.TraceID, "tr-"))
		id, errSpan := trace.SpanIDFromHex(l.SpanID)
		if errors.Join(err, errSpan) == nil {
			s.links = append(s.links, link{traceID, id, l.Attributes})
		}
	}
	return s, nil
}

func (s *span) readStatus(f *stored) {
	var status struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	s.status, s.message = strings.TrimPrefix(f.StatusCode, "STATUS_CODE_"), f.StatusMessage
	if len(f.Status) > 0 && json.Unmarshal(f.Status, &status) == nil {
		s.status, s.message = strings.TrimPrefix(status.Code, "STATUS_CODE_"), status.Message
	}
	if s.status != "OK" && s.status != "ERROR" {
		s.status = "UNSET"
	}
}

// decodeID reads an id in hexadecimal digits, also behind 0x or tr-, or in base64.
func decodeID(id []byte, text string) error {
	b, err := hex.DecodeString(strings.TrimPrefix(strings.TrimPrefix(text, "0x"), "tr-"))
	if err != nil || len(b) != len(id) {
		b, err = base64.StdEncoding.DecodeString(text)
	}
	if err != nil || len(b) != len(id) {
		return fmt.Errorf("id %.40q is not %d bytes in hexadecimal digits or base64", text, len(id))
	}
	copy(id, b)
	return nil
}
