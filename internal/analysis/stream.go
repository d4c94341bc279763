package analysis

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tidwall/gjson"
)

const (
	// maxStream bounds what is read of a streamed answer, in bytes. Each token
	// comes in an event of some 300 bytes, and a model may think for thousands
	// of tokens before it writes.
	maxStream = 64 << 20
	// maxEvent bounds one event.
	maxEvent = 1 << 20
)

// isStream reports whether an answer is a stream of server-sent events, by its
// content type or, for gateways that do not say so, by its first bytes.
func isStream(contentType string, start []byte) bool {
	if strings.Contains(strings.ToLower(contentType), "text/event-stream") {
		return true
	}
	start = bytes.TrimLeft(start, " \t\r\n\ufeff")
	for _, field := range []string{"data:", "event:", "id:", ":"} { // the last begins a comment
		if bytes.HasPrefix(start, []byte(field)) {
			return true
		}
	}
	return false
}

// errCutStream is the fault of a stream that ended without saying so.
var errCutStream = fmt.Errorf("streamed answer: %w", io.ErrUnexpectedEOF)

// joinStream reads a streamed answer to its end and writes it as the answer in
// one piece that it stands for. An event with an error becomes that error's
// body. Texts are bounded by maxBody, and large says that this or maxStream was
// reached.
func joinStream(r io.Reader) (body []byte, large bool, err error) {
	s := bufio.NewScanner(io.LimitReader(r, maxStream))
	s.Buffer(make([]byte, 64<<10), maxEvent)
	var j joined
	for s.Scan() {
		data, ok := bytes.CutPrefix(bytes.TrimSpace(s.Bytes()), []byte("data:"))
		if !ok {
			continue // a comment, a name, a blank line
		}
		data = bytes.TrimSpace(data)
		if bytes.Equal(data, []byte("[DONE]")) {
			j.ended = true
			break
		}
		if failure := j.add(data); failure != nil {
			return failure, false, nil
		}
		if j.size > maxBody {
			return nil, true, nil
		}
	}
	switch {
	case errors.Is(s.Err(), bufio.ErrTooLong):
		return nil, true, nil
	case s.Err() != nil:
		return nil, false, s.Err()
	case !j.ended && j.finish == "" && !j.whole:
		return nil, false, errCutStream
	}
	body, err = j.body()
	return body, false, err
}

// joined is a streamed answer as far as it has come.
type joined struct {
	id, model, finish         string
	content, refusal, thought strings.Builder
	arguments                 strings.Builder // of the first call of a tool
	filters                   json.RawMessage // what the server reported of its filters
	usage                     json.RawMessage
	size                      int  // of all texts, in bytes
	ended, whole              bool // [DONE] was seen; an event was a whole answer
	seen                      bool // a choice was
}

// add takes in one event. failure is the event itself when it is an error.
func (j *joined) add(data []byte) (failure []byte) {
	if !json.Valid(data) {
		return nil
	}
	v := gjson.ParseBytes(data)
	if e := v.Get("error"); e.Exists() && e.Type != gjson.Null {
		return bytes.Clone(data)
	}
	keep := func(to *string, from gjson.Result) {
		if from.Type == gjson.String && from.Str != "" {
			*to = strings.Clone(from.Str)
		}
	}
	keep(&j.id, v.Get("id"))
	keep(&j.model, v.Get("model"))
	if u := v.Get("usage"); u.IsObject() {
		j.usage = json.RawMessage(strings.Clone(u.Raw))
	}
	if f := v.Get("prompt_filter_results"); f.IsArray() {
		j.filters = json.RawMessage(strings.Clone(f.Raw))
	}
	choice := v.Get("choices.0")
	if !choice.Exists() || choice.Get("index").Int() != 0 {
		return nil
	}
	j.seen = true
	keep(&j.finish, choice.Get("finish_reason"))
	delta := choice.Get("delta")
	if m := choice.Get("message"); !delta.Exists() && m.Exists() {
		delta, j.whole = m, true // a server that sends one event with everything
	}
	write := func(b *strings.Builder, s string) {
		j.size += len(s)
		b.WriteString(s)
	}
	content, refusal := partsText(delta.Get("content"))
	write(&j.content, content)
	write(&j.refusal, refusal)
	write(&j.refusal, delta.Get("refusal").String())
	write(&j.thought, delta.Get("reasoning_content").String())
	if call := delta.Get("tool_calls.0"); call.Get("index").Int() == 0 {
		write(&j.arguments, call.Get("function.arguments").String())
	}
	return nil
}

// body writes the answer in one piece.
func (j *joined) body() ([]byte, error) {
	message := map[string]any{"role": "assistant", "content": j.content.String()}
	if j.refusal.Len() > 0 {
		message["refusal"] = j.refusal.String()
	}
	if j.thought.Len() > 0 {
		message["reasoning_content"] = j.thought.String()
	}
	if j.arguments.Len() > 0 {
		message["tool_calls"] = []any{map[string]any{"function": map[string]any{"arguments": j.arguments.String()}}}
	}
	out := map[string]any{"id": j.id, "model": j.model, "choices": []any{}}
	if j.seen {
		out["choices"] = []any{map[string]any{"index": 0, "finish_reason": j.finish, "message": message}}
	}
	if j.usage != nil {
		out["usage"] = j.usage
	}
	if j.filters != nil {
		out["prompt_filter_results"] = j.filters
	}
	return json.Marshal(out)
}
