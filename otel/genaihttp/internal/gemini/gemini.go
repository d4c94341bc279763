// Package gemini reads generateContent, streamGenerateContent, embedContent and batchEmbedContents, at the Gemini API and on
// Vertex AI. The field names are those of Google's API reference.
package gemini

import (
	"strings"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// Match tells which operation a path asks for: …/models/MODEL:VERB.
func Match(host, path string) (wire.Route, bool) {
	colon := strings.LastIndexByte(path, ':')
	if colon < 0 {
		return wire.Route{}, false
	}
	r := wire.Route{New: New, Operation: genai.OperationGenerateContent, Sure: true, Provider: "gcp.gen_ai"}
	switch path[colon+1:] {
	case "generateContent":
	case "streamGenerateContent":
		r.Streams = true
	case "embedContent", "batchEmbedContents":
		r.New, r.Operation = newEmbedding, genai.OperationEmbeddings
	default:
		return wire.Route{}, false
	}
	r.Model = path[strings.LastIndexByte(path[:colon], '/')+1 : colon]
	switch {
	case strings.HasSuffix(host, "aiplatform.googleapis.com"):
		r.Provider = "gcp.vertex_ai"
	case strings.HasSuffix(host, "generativelanguage.googleapis.com"):
		r.Provider = "gcp.gemini"
	}
	return r, true
}

// New returns a reader of one call.
func New() wire.Reader { return &reader{ends: wire.Ends{Most: maxCandidates}} }

type reader struct {
	texts  wire.Texts
	ends   wire.Ends
	next   map[int]int // the number of the part under way, by candidate
	kind   map[int]string
	blocks int
}

func (p *reader) Request(doc scan.Value, r *wire.Request) {
	for m := doc.Members(); m.Next(); {
		switch string(m.Key) {
		case "generationConfig", "generation_config":
			settings(m.Value, r)
		case "systemInstruction", "system_instruction":
			if r.Content {
				r.System = parts(m.Value.Get("parts"))
			}
		case "contents":
			for e := m.Value.Elements(); r.Content && e.Next(); {
				r.Input = append(r.Input, messages(e.Value)...)
			}
		case "tools":
			for e := m.Value.Elements(); r.Content && e.Next(); {
				r.Tools = append(r.Tools, tools(e.Value)...)
			}
		}
	}
}

func settings(v scan.Value, r *wire.Request) {
	for m := v.Members(); m.Next(); {
		switch string(m.Key) {
		case "temperature":
			r.Float(genai.RequestTemperatureKey, m.Value)
		case "topP":
			r.Float(genai.RequestTopPKey, m.Value)
		case "topK":
			r.Float(genai.RequestTopKKey, m.Value)
		case "maxOutputTokens":
			r.Int(genai.RequestMaxTokensKey, m.Value)
		case "seed":
			r.Int(genai.RequestSeedKey, m.Value)
		case "frequencyPenalty":
			r.Float(genai.RequestFrequencyPenaltyKey, m.Value)
		case "presencePenalty":
			r.Float(genai.RequestPresencePenaltyKey, m.Value)
		case "stopSequences":
			r.Texts(genai.RequestStopSequencesKey, m.Value)
		case "candidateCount":
			r.Choices(m.Value)
		case "responseMimeType":
			switch {
			case m.Value.Equal("application/json"):
				r.OutputType = "json"
			case m.Value.Equal("text/plain"):
				r.OutputType = "text"
			}
		}
	}
}

func (p *reader) Answer(doc scan.Value, a *wire.Answer) {
	p.Event(nil, doc, a)
	a.Whole = true
}

func (p *reader) Event(_ []byte, data scan.Value, a *wire.Answer) {
	for m := data.Members(); m.Next(); {
		switch string(m.Key) {
		case "responseId":
			wire.Set(&a.ID, m.Value)
		case "modelVersion":
			wire.Set(&a.Model, m.Value)
		case "usageMetadata":
			usage(m.Value, a)
		case "candidates":
			n := 0
			for e := m.Value.Elements(); e.Next(); n++ {
				p.candidate(n, e.Value, a)
			}
		case "promptFeedback":
			if reason := m.Value.Get("blockReason"); reason.Is() && p.blocks == 0 {
				p.blocks++
				a.Finish(reason)
			}
		case "error":
			a.Failed(m.Value)
		}
	}
}

// usage reads tokens and the service tier; thoughts and the prompts of tools are counted beside the others.
func usage(v scan.Value, a *wire.Answer) {
	u := &a.Usage
	*u = wire.Usage{Known: true}
	for m := v.Members(); m.Next(); {
		n, _ := m.Value.Int()
		switch string(m.Key) {
		case "serviceTier", "trafficType": // of the Gemini API, and of Vertex AI
			if !strings.HasSuffix(strings.ToLower(wire.Short(m.Value)), "unspecified") {
				wire.Set(&a.ServiceTier, m.Value)
			}
		case "promptTokenCount", "toolUsePromptTokenCount":
			u.Input += n
		case "candidatesTokenCount":
			u.Output += n
		case "thoughtsTokenCount":
			u.Output += n
			u.Reasoning = n
		case "cachedContentTokenCount":
			u.Cached = n
		}
	}
}

const maxCandidates = 64

func (p *reader) candidate(n int, v scan.Value, a *wire.Answer) {
	index, ok := v.Get("index").Int()
	if !ok {
		index = int64(n)
	}
	if !p.ends.Add(index, v.Get("finishReason"), a) {
		return
	}
	n = int(index)
	if !a.Content {
		return
	}
	if p.next == nil {
		p.next, p.kind = map[int]int{}, map[int]string{}
	}
	for e := v.Get("content").Get("parts").Elements(); e.Next(); {
		part := read(e.Value)
		// Texts of one kind that follow each other are pieces of one.
		if part.Kind != p.kind[n] || part.Kind != wire.Text && part.Kind != wire.Reasoning {
			p.next[n]++
			p.kind[n] = part.Kind
		}
		if part.Kind == wire.Text || part.Kind == wire.Reasoning {
			p.texts.Append(n, p.next[n], part.Kind, e.Value.Get("text"), a.MaxText)
		} else if kept := p.texts.Part(n, p.next[n], part.Kind); kept != nil {
			*kept = part
		}
	}
}

func (p *reader) End(a *wire.Answer) {
	a.Output = p.texts.Messages(p.ends.Tell(a))
}

func messages(v scan.Value) []wire.Message {
	role := wire.Short(v.Get("role"))
	switch role {
	case "model":
		role = "assistant"
	case "":
		role = "user"
	}
	var out []wire.Message
	for _, p := range parts(v.Get("parts")) {
		r := role
		if p.Kind == wire.ToolResult {
			r = "tool"
		}
		out = wire.Add(out, r, p)
	}
	return out
}

func parts(v scan.Value) []wire.Part {
	var out []wire.Part
	for e := v.Elements(); len(out) < wire.MaxParts && e.Next(); {
		out = append(out, read(e.Value))
	}
	return out
}

// read reads a part, whose kind is the name of its member.
func read(v scan.Value) wire.Part {
	thought := v.Get("thought").True()
	for m := v.Members(); m.Next(); {
		switch string(m.Key) {
		case "text":
			if thought {
				return wire.TextPart(wire.Reasoning, m.Value)
			}
			return wire.TextPart(wire.Text, m.Value)
		case "inlineData", "inline_data":
			mime := m.Value.Get("mimeType")
			if !mime.Is() {
				mime = m.Value.Get("mime_type")
			}
			return wire.Inline(wire.Short(mime), m.Value.Get("data"))
		case "fileData", "file_data":
			return wire.Part{Kind: wire.URI, MIME: wire.Short(m.Value.Get("mimeType")), URI: m.Value.Get("fileUri").Text()}
		case "functionCall":
			return wire.Part{Kind: wire.ToolCall, ID: wire.Short(m.Value.Get("id")), Name: wire.Short(m.Value.Get("name")),
				JSON: wire.Copy(m.Value.Get("args"))}
		case "functionResponse":
			return wire.Part{Kind: wire.ToolResult, ID: wire.Short(m.Value.Get("id")), Name: wire.Short(m.Value.Get("name")),
				JSON: wire.Copy(m.Value.Get("response"))}
		case "executableCode", "codeExecutionResult":
			return wire.Part{Kind: string(m.Key), JSON: wire.Copy(m.Value)}
		}
	}
	return wire.Part{Kind: wire.Text}
}

func tools(v scan.Value) []wire.Tool {
	var out []wire.Tool
	for m := v.Members(); m.Next(); {
		if string(m.Key) != "functionDeclarations" {
			out = append(out, wire.Tool{Type: string(m.Key)}) // such as googleSearch
			continue
		}
		for e := m.Value.Elements(); e.Next(); {
			parameters := e.Value.Get("parameters")
			if !parameters.Is() {
				parameters = e.Value.Get("parametersJsonSchema")
			}
			out = append(out, wire.Tool{Type: "function", Name: wire.Short(e.Value.Get("name")), Description: e.Value.Get("description").Text(),
				Parameters: wire.Copy(parameters)})
		}
	}
	return out
}

// embedding reads embedContent and batchEmbedContents.
type embedding struct{ reader }

func newEmbedding() wire.Reader { return &embedding{} }

func (*embedding) Request(doc scan.Value, r *wire.Request) {
	read := func(v scan.Value) {
		if r.Content {
			r.Input = append(r.Input, messages(v.Get("content"))...)
		}
	}
	r.Int(genai.EmbeddingsDimensionsKey, doc.Get("outputDimensionality"))
	if requests := doc.Get("requests"); requests.Is() {
		e := requests.Elements()
		for first := true; e.Next(); first = false {
			if first {
				r.Int(genai.EmbeddingsDimensionsKey, e.Value.Get("outputDimensionality"))
			}
			read(e.Value)
			if !r.Content {
				break
			}
		}
		return
	}
	read(doc)
}
