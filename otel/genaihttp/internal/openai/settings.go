package openai

import (
	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/genaihttp/internal/scan"
	"github.com/technoshare/commentator/otel/genaihttp/internal/wire"
)

// setting reads a member of a request that several operations share, and reports whether it is one.
func setting(key []byte, v scan.Value, r *wire.Request) bool {
	switch string(key) {
	case "model":
		wire.Set(&r.Model, v)
	case "stream":
		r.Streams = v.True()
	case "temperature":
		r.Float(genai.RequestTemperatureKey, v)
	case "top_p":
		r.Float(genai.RequestTopPKey, v)
	case "top_k": // vLLM, llama.cpp, OpenRouter
		r.Float(genai.RequestTopKKey, v)
	case "max_tokens", "max_completion_tokens", "max_output_tokens":
		r.Int(genai.RequestMaxTokensKey, v)
	case "seed", "random_seed": // Mistral
		r.Int(genai.RequestSeedKey, v)
	case "frequency_penalty":
		r.Float(genai.RequestFrequencyPenaltyKey, v)
	case "presence_penalty":
		r.Float(genai.RequestPresencePenaltyKey, v)
	case "stop":
		r.Texts(genai.RequestStopSequencesKey, v)
	case "n":
		r.Choices(v)
	case "service_tier":
		if v.Is() && !v.Equal("auto") {
			r.Text(genai.OpenAIRequestServiceTierKey, v)
		}
	default:
		return false
	}
	return true
}

// outputType translates what a response_format, or a text.format, asks for.
func outputType(v scan.Value) string {
	switch kind := v.Get("type"); {
	case kind.Equal("json_schema"), kind.Equal("json_object"):
		return "json"
	case kind.Equal("text"):
		return "text"
	}
	return ""
}

// usage reads tokens of both of OpenAI's shapes.
func usage(v scan.Value, u *wire.Usage) {
	var total int64
	for m := v.Members(); m.Next(); {
		n, isNumber := m.Value.Int()
		switch string(m.Key) {
		case "prompt_tokens", "input_tokens":
			u.Input, u.Known = n, u.Known || isNumber
		case "completion_tokens", "output_tokens":
			u.Output, u.Known = n, u.Known || isNumber
		case "total_tokens":
			total = n
		case "prompt_cache_hit_tokens": // DeepSeek
			u.Cached = n
		case "reasoning_tokens": // xAI, Perplexity
			u.Reasoning = n
		case "prompt_tokens_details", "input_tokens_details":
			for d := m.Value.Members(); d.Next(); {
				n, _ := d.Value.Int()
				switch string(d.Key) {
				case "cached_tokens":
					u.Cached = n
				case "cache_write_tokens": // OpenRouter
					u.CacheWrite = n
				}
			}
		case "completion_tokens_details", "output_tokens_details":
			if n, ok := m.Value.Get("reasoning_tokens").Int(); ok {
				u.Reasoning = n
			}
		}
	}
	// xAI counts reasoning beside the answer, which the total tells.
	if u.Reasoning > 0 && total == u.Input+u.Output+u.Reasoning {
		u.Output += u.Reasoning
	}
}

// about reads a member of an answer that several operations share, and reports whether it is one.
func about(key []byte, v scan.Value, a *wire.Answer) bool {
	switch string(key) {
	case "id":
		wire.Set(&a.ID, v)
	case "model":
		wire.Set(&a.Model, v)
	case "usage":
		if v.Is() {
			usage(v, &a.Usage)
		}
	case "x_groq": // Groq's streams
		if u := v.Get("usage"); u.Is() {
			usage(u, &a.Usage)
		}
	case "error":
		a.Failed(v)
	default:
		return false
	}
	return true
}

// tier holds what is told with each chunk of a stream, and belongs to the answer once.
type tier struct{ service, fingerprint bool }

func (t *tier) read(key []byte, v scan.Value, a *wire.Answer) {
	switch string(key) {
	case "service_tier":
		if !t.service && v.Kind() == '"' {
			t.service = true
			a.Text(genai.OpenAIResponseServiceTierKey, v)
		}
	case "system_fingerprint":
		if !t.fingerprint && v.Kind() == '"' {
			t.fingerprint = true
			a.Text(genai.OpenAIResponseSystemFingerprintKey, v)
		}
	}
}
