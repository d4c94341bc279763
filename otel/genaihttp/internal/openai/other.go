package openai

import (
	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// embeddings reads Embeddings. Vectors are no content, and are not kept.
type embeddings struct{}

func newEmbeddings() wire.Reader { return embeddings{} }

func (embeddings) Request(doc scan.Value, r *wire.Request) {
	for m := doc.Members(); m.Next(); {
		switch string(m.Key) {
		case "model":
			wire.Set(&r.Model, m.Value)
		case "dimensions":
			r.Int(genai.EmbeddingsDimensionsKey, m.Value)
		case "encoding_format":
			r.Texts(genai.RequestEncodingFormatsKey, m.Value)
		case "input":
			if r.Content {
				r.Input = inputs(m.Value)
			}
		}
	}
}

func (embeddings) Answer(doc scan.Value, a *wire.Answer) {
	for m := doc.Members(); m.Next(); {
		about(m.Key, m.Value, a)
	}
	a.Whole = true
}

func (e embeddings) Event(_ []byte, data scan.Value, a *wire.Answer) { e.Answer(data, a) }
func (embeddings) End(*wire.Answer)                                  {}

// images reads Images: generations, edits and variations.
type images struct{ embeddings }

func newImages() wire.Reader { return images{} }

func (images) Request(doc scan.Value, r *wire.Request) {
	r.OutputType = "image"
	for m := doc.Members(); m.Next(); {
		switch string(m.Key) {
		case "model":
			wire.Set(&r.Model, m.Value)
		case "n":
			r.Choices(m.Value)
		case "stream":
			r.Streams = m.Value.True()
		case "prompt":
			if r.Content {
				r.Input = inputs(m.Value)
			}
		}
	}
}

func (images) Answer(doc scan.Value, a *wire.Answer) {
	format := doc.Get("output_format").Text()
	if format == "" {
		format = "*"
	}
	out := wire.Message{Role: "assistant"}
	for m := doc.Members(); m.Next(); {
		if about(m.Key, m.Value, a) || string(m.Key) != "data" || !a.Content {
			continue
		}
		for e := m.Value.Elements(); len(out.Parts) < maxChoices && e.Next(); {
			if data := e.Value.Get("b64_json"); data.Is() {
				out.Parts = append(out.Parts, wire.Inline("image/"+format, data))
			} else {
				out.Parts = append(out.Parts, wire.Media("image", e.Value.Get("url")))
			}
		}
	}
	if len(out.Parts) > 0 {
		a.Output = []wire.Message{out}
	}
	a.Whole = true
}

// Event reads a stream's pictures: partial ones, and the last that has the usage.
func (images) Event(_ []byte, data scan.Value, a *wire.Answer) {
	kind := data.Get("type").Text()
	if kind == "image_generation.completed" || kind == "image_edit.completed" {
		usage(data.Get("usage"), &a.Usage)
		if a.Content {
			a.Output = wire.Add(a.Output, "assistant", wire.Inline("image/"+wire.Short(data.Get("output_format")), data.Get("b64_json")))
		}
		a.Whole = true
	}
	a.Failed(data.Get("error"))
}

// speech reads requests for speech. The answer is sound; as a stream of events it has usage.
type speech struct{ embeddings }

func newSpeech() wire.Reader { return speech{} }

func (speech) Request(doc scan.Value, r *wire.Request) {
	r.OutputType = "speech"
	for m := doc.Members(); m.Next(); {
		switch string(m.Key) {
		case "model":
			wire.Set(&r.Model, m.Value)
		case "stream_format":
			r.Streams = m.Value.Equal("sse")
		case "input":
			if r.Content {
				r.Input = inputs(m.Value)
			}
		}
	}
}

func (speech) Event(_ []byte, data scan.Value, a *wire.Answer) {
	if data.Get("type").Equal("speech.audio.done") {
		usage(data.Get("usage"), &a.Usage)
		a.Whole = true
	}
	a.Failed(data.Get("error"))
}

// transcription reads transcriptions and translations of sound.
type transcription struct{ texts wire.Texts }

func newTranscription() wire.Reader { return &transcription{} }

func (*transcription) Request(doc scan.Value, r *wire.Request) {
	r.OutputType = "text"
	for m := doc.Members(); m.Next(); {
		switch string(m.Key) {
		case "model":
			wire.Set(&r.Model, m.Value)
		case "temperature":
			r.Float(genai.RequestTemperatureKey, m.Value)
		case "stream":
			r.Streams = m.Value.True() || m.Value.Equal("true")
		}
	}
}

func (t *transcription) Answer(doc scan.Value, a *wire.Answer) {
	for m := doc.Members(); m.Next(); {
		if !about(m.Key, m.Value, a) && a.Content && string(m.Key) == "text" {
			t.texts.Append(0, 0, wire.Text, m.Value, a.MaxText)
		}
	}
	a.Whole = true
}

func (t *transcription) Event(_ []byte, data scan.Value, a *wire.Answer) {
	switch kind := data.Get("type"); {
	case kind.Equal("transcript.text.done"):
		usage(data.Get("usage"), &a.Usage)
		a.Whole = true
	case a.Content && kind.Equal("transcript.text.delta"):
		t.texts.Append(0, 0, wire.Text, data.Get("delta"), a.MaxText)
	}
	a.Failed(data.Get("error"))
}

func (t *transcription) End(a *wire.Answer) {
	a.Output = t.texts.Messages(nil)
}
