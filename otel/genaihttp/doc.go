// Package genaihttp records the model calls of a program where they leave it: a round tripper around any HTTP
// client that knows the protocols of model servers, and is given to an SDK as its http.Client:
//
//	client := openai.NewClient(option.WithHTTPClient(&http.Client{Transport: genaihttp.NewTransport(nil)}))
//
// In go the calls of OpenAI's Chat Completions, Responses, Completions, Embeddings, Images and Audio, on OpenAI, Azure and
// every server that is compatible; Anthropic's Messages, also on Vertex AI and Bedrock; Gemini's generateContent, streamGenerateContent and
// embedContent; Bedrock's Converse and ConverseStream; Cohere's v2 chat and embed; and Ollama's own API. Out come CLIENT
// spans and metrics by the GenAI conventions (see package genai for the revision): operation, provider, models asked
// and answered, settings, tokens with
// those of caches and of reasoning among them, finish reasons, the response's id, time to the first chunk, error type.
// Everything else passes at the price of a look at the path.
//
// # What it does not do
//
// It changes no byte of a request or an answer (but see [WithStreamUsage]), and delays none: an answer is read as
// it passes, in bounded memory, streamed or not, compressed with gzip or deflate or not. The span ends when the body was
// read to its end or closed, or when that failed. One that is forgotten ends when the garbage collector finds it,
// or after the idle timeout: see [BodyEndKey]. It puts no trace context into the request, which a transport below may do.
//
// # Content
//
// Messages, system instructions, tool definitions, calls and results are recorded only when somebody asked for it, with
// [WithContent] or the variable [genai.CaptureVariable]; they can be masked ([WithMask]) and are bounded ([WithMaxContent]).
// Media inside of messages are referred to by their SHA-256, as in "sha256:6b7f…", and never recorded. What a
// server says in sentences of an error is content too, as it may quote the request.
//
// # One span for one call
//
// Each attempt of an SDK is a span; those after the first have http.request.resend_count where the SDK tells, as those of OpenAI,
// Anthropic and AWS do. A request whose context has the span of a model call already, such as one of genai.StartChat or
// of another instrumentation, gets no second one, and no metrics; [Suppress] says so for spans that cannot be recognised.
// A program that wants to end the span itself, after it has judged the answer, takes [Hold].
//
// # Metrics
//
// gen_ai.client.operation.duration, .time_to_first_chunk, .time_per_output_chunk and gen_ai.client.token.usage; or
// the names that followed, gen_ai.client.inference.*, or both: see [OptInVariable].
package genaihttp
