package openai

import (
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// maxMessages bounds how many messages are read of one request: of more, the last ones.
const maxMessages = 4096

func messages(v scan.Value) []wire.Message {
	var out []wire.Message
	for e := v.Elements(); e.Next(); {
		out = append(latest(out, 2*maxMessages), message(e.Value))
	}
	return latest(out, maxMessages)
}

// latest returns the last [maxMessages] of more than limit messages. A list that grows is cut at twice as many, so that each is
// moved once.
func latest(ms []wire.Message, limit int) []wire.Message {
	if len(ms) <= limit {
		return ms
	}
	return append(ms[:0], ms[len(ms)-maxMessages:]...)
}

// message reads a message of Chat Completions, of a request or an answer.
func message(v scan.Value) wire.Message {
	out := wire.Message{Role: wire.Short(v.Get("role"))}
	call := v.Get("tool_call_id")
	for m := v.Members(); m.Next(); {
		switch string(m.Key) {
		case "content":
			if out.Role == "tool" {
				out.Add(wire.Part{Kind: wire.ToolResult, ID: wire.Short(call), JSON: result(m.Value)})
				continue
			}
			for _, p := range parts(m.Value) {
				out.Add(p)
			}
		case "reasoning_content", "reasoning":
			if m.Value.Kind() == '"' {
				out.Add(wire.TextPart(wire.Reasoning, m.Value))
			}
		case "refusal":
			if m.Value.Kind() == '"' {
				out.Add(wire.TextPart("refusal", m.Value))
			}
		case "tool_calls":
			for e := m.Value.Elements(); e.Next(); {
				f := e.Value.Get("function")
				out.Add(wire.Part{Kind: wire.ToolCall, ID: wire.Short(e.Value.Get("id")), Name: wire.Short(f.Get("name")),
					JSON: []byte(f.Get("arguments").Text())})
			}
		case "audio":
			if m.Value.Is() {
				out.Add(wire.Inline("audio/*", m.Value.Get("data")))
			}
		}
	}
	return out
}

// result returns a tool's result: a text as it is, parts as JSON.
func result(v scan.Value) []byte {
	if v.Kind() == '"' {
		return []byte(v.Text())
	}
	return wire.Copy(v)
}

// parts reads the content of a message, which is a text or a list.
func parts(v scan.Value) []wire.Part {
	if v.Kind() == '"' {
		return []wire.Part{wire.TextPart(wire.Text, v)}
	}
	var out []wire.Part
	for e := v.Elements(); len(out) < maxMessages && e.Next(); {
		out = append(out, part(e.Value))
	}
	return out
}

// part reads a part of Chat Completions or of Responses, whose kinds differ by a prefix.
func part(v scan.Value) wire.Part {
	if v.Kind() == '"' {
		return wire.TextPart(wire.Text, v)
	}
	kind := wire.Short(v.Get("type"))
	switch kind {
	case "text", "input_text", "output_text", "summary_text", "reasoning_text":
		return wire.TextPart(wire.Text, v.Get("text"))
	case "thinking": // Mistral: a list of texts
		text := v.Get("thinking")
		if e := text.Elements(); e.Next() {
			text = e.Value.Get("text")
		}
		return wire.TextPart(wire.Reasoning, text)
	case "refusal":
		return wire.TextPart("refusal", v.Get("refusal"))
	case "image_url", "input_image", "video_url":
		modality := "image"
		if kind == "video_url" {
			modality = "video"
		}
		url := v.Get("image_url")
		if kind == "video_url" {
			url = v.Get("video_url")
		}
		if url.Kind() == '{' {
			url = url.Get("url")
		}
		if id := v.Get("file_id"); !url.Is() && id.Is() {
			return wire.Part{Kind: wire.File, MIME: modality + "/*", URI: wire.Short(id)}
		}
		return wire.Media(modality, url)
	case "input_audio":
		audio := v.Get("input_audio")
		return wire.Inline("audio/"+wire.Short(audio.Get("format")), audio.Get("data"))
	case "file", "input_file":
		return file(v)
	}
	return wire.Part{Kind: kind, JSON: wire.Copy(v)}
}

func file(v scan.Value) wire.Part {
	if f := v.Get("file"); f.Is() {
		v = f
	}
	name := wire.Short(v.Get("filename"))
	switch {
	case v.Get("file_data").Is():
		p := wire.Media("application", v.Get("file_data"))
		p.Name = name
		return p
	case v.Get("file_url").Is():
		return wire.Part{Kind: wire.URI, Name: name, URI: v.Get("file_url").Text()}
	}
	return wire.Part{Kind: wire.File, Name: name, URI: wire.Short(v.Get("file_id"))}
}

// tools reads tool definitions of Chat Completions and of Responses, whose functions are not wrapped.
func tools(v scan.Value) []wire.Tool {
	var out []wire.Tool
	for e := v.Elements(); len(out) < maxMessages && e.Next(); {
		t, f := wire.Tool{Type: wire.Short(e.Value.Get("type"))}, e.Value
		if inner := f.Get("function"); inner.Is() {
			f = inner
		}
		t.Name, t.Description = wire.Short(f.Get("name")), f.Get("description").Text()
		if t.Name == "" {
			t.Name = wire.Short(f.Get("server_label")) // of an MCP server
		}
		t.Parameters = wire.Copy(f.Get("parameters"))
		out = append(out, t)
	}
	return out
}
