package sdktest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/azure"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	compatible "github.com/sashabaranov/go-openai"
)

func sdks() []sdk {
	return []sdk{openAI(), anthropicSDK(), googleGenAI(), goOpenAI(), langchain(), einoSDK(), anyLLM(), ollamaSDK(), bedrockSDK(), cohereSDK()}
}

func openAI() sdk {
	client := func(k *kit) openai.Client {
		return openai.NewClient(option.WithHTTPClient(k.client), option.WithBaseURL(k.url+"/v1"), option.WithAPIKey("sk-test"))
	}
	params := openai.ChatCompletionNewParams{Model: "gpt-4o-mini", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Hello")}}
	streamed := params
	streamed.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	llama := func(k *kit, url string) openai.Client {
		return openai.NewClient(option.WithHTTPClient(k.client), option.WithBaseURL(url), option.WithAPIKey("none"))
	}
	short := func(p openai.ChatCompletionNewParams, model string) openai.ChatCompletionNewParams {
		p.Model, p.MaxTokens = model, openai.Int(8)
		return p
	}
	chat := func(k *kit) error {
		c := client(k)
		_, err := c.Chat.Completions.New(k.Context(), params)
		return err
	}
	return sdk{name: "github.com/openai/openai-go/v3", cases: []usecase{
		{"chat", []string{"openai/chat"}, chat, []string{`chat gpt-4o-mini 19→10 ["stop"]`}},
		{"a retry", []string{"openai/chat_rate_limited", "openai/chat"}, chat,
			// The SDK closes the body of a refusal that it retries without reading it: the error's code is in there.
			[]string{"chat gpt-4o-mini  429 closed", `chat gpt-4o-mini 19→10 ["stop"] resend 1`}},
		{"chat stream with tools", []string{"openai/chat_stream_tools"}, func(k *kit) error {
			c := client(k)
			s := c.Chat.Completions.NewStreaming(k.Context(), streamed)
			n := 0
			for s.Next() {
				n++
			}
			if n != 7 {
				return fmt.Errorf("%d chunks", n)
			}
			return s.Err()
		}, []string{`chat gpt-4o-mini 19→10 ["tool_calls"]`}},
		{"responses", []string{"openai/responses"}, func(k *kit) error {
			c := client(k)
			_, err := c.Responses.New(k.Context(), responses.ResponseNewParams{Model: "gpt-4.1",
				Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Hello")}})
			return err
		}, []string{`chat gpt-4.1 36→87 ["completed"]`}},
		{"responses stream", []string{"openai/responses_stream"}, func(k *kit) error {
			c := client(k)
			s := c.Responses.NewStreaming(k.Context(), responses.ResponseNewParams{Model: "gpt-4.1",
				Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Hello")}})
			for s.Next() {
			}
			return s.Err()
		}, []string{`chat gpt-4.1 36→87 ["completed"]`}},
		{"completions", []string{"openai/completions"}, func(k *kit) error {
			c := client(k)
			_, err := c.Completions.New(k.Context(), openai.CompletionNewParams{Model: "gpt-3.5-turbo-instruct",
				Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String("Once")}})
			return err
		}, []string{`text_completion gpt-3.5-turbo-instruct 5→7 ["length","stop"]`}},
		{"embeddings", []string{"openai/embeddings"}, func(k *kit) error {
			c := client(k)
			_, err := c.Embeddings.New(k.Context(), openai.EmbeddingNewParams{Model: "text-embedding-3-small",
				Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("one")}})
			return err
		}, []string{`embeddings text-embedding-3-small 8→`}},
		{"images", []string{"openai/images"}, func(k *kit) error {
			c := client(k)
			_, err := c.Images.Generate(k.Context(), openai.ImageGenerateParams{Model: "gpt-image-1", Prompt: "A cat"})
			return err
		}, []string{`generate_content gpt-image-1 50→50`}},
		{"speech", []string{"openai/speech"}, func(k *kit) error {
			c := client(k)
			resp, err := c.Audio.Speech.New(k.Context(), openai.AudioSpeechNewParams{Model: "tts-1", Input: "Hello", Voice: openai.AudioSpeechNewParamsVoiceUnion{OfString: openai.String("alloy")}})
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			return err
		}, []string{`generate_content tts-1`}},
		{"transcription", []string{"openai/transcription"}, func(k *kit) error {
			c := client(k)
			_, err := c.Audio.Transcriptions.New(k.Context(), openai.AudioTranscriptionNewParams{Model: "gpt-4o-transcribe",
				File: openai.File(bytes.NewReader(make([]byte, 100_000)), "a.mp3", "audio/mpeg")})
			return err
		}, []string{`generate_content gpt-4o-transcribe 14→45`}},
		{"Azure", []string{"openai/chat_azure"}, func(k *kit) error {
			c := openai.NewClient(option.WithHTTPClient(k.client), azure.WithEndpoint(k.secure(), "2024-10-21"), azure.WithAPIKey("test"))
			_, err := c.Chat.Completions.New(k.Context(), params)
			return err
		}, []string{`chat gpt-4o-mini 8→1 ["stop"]`}},
	}, llamas: []llamacase{
		{"chat", func(k *kit, url, model string) (int64, int64, error) {
			c := llama(k, url)
			r, err := c.Chat.Completions.New(k.Context(), short(params, model))
			if err != nil {
				return 0, 0, err
			}
			return r.Usage.PromptTokens, r.Usage.CompletionTokens, nil
		}},
		{"chat stream", func(k *kit, url, model string) (in, out int64, err error) {
			c := llama(k, url)
			s := c.Chat.Completions.NewStreaming(k.Context(), short(streamed, model))
			for s.Next() {
				if u := s.Current().Usage; u.TotalTokens > 0 {
					in, out = u.PromptTokens, u.CompletionTokens
				}
			}
			return in, out, s.Err()
		}},
	}}
}

func goOpenAI() sdk {
	client := func(k *kit, url string) *compatible.Client {
		c := compatible.DefaultConfig("sk-test")
		c.BaseURL, c.HTTPClient = url, k.client
		return compatible.NewClientWithConfig(c)
	}
	request := compatible.ChatCompletionRequest{Model: "gpt-4o-mini", Messages: []compatible.ChatCompletionMessage{{Role: "user", Content: "Hello"}}}
	return sdk{name: "github.com/sashabaranov/go-openai", cases: []usecase{
		{"chat", []string{"openai/chat"}, func(k *kit) error {
			_, err := client(k, k.url+"/v1").CreateChatCompletion(k.Context(), request)
			return err
		}, []string{`chat gpt-4o-mini 19→10 ["stop"]`}},
		{"chat stream with tools", []string{"openai/chat_stream_tools"}, func(k *kit) error {
			s, err := client(k, k.url+"/v1").CreateChatCompletionStream(k.Context(), request)
			if err != nil {
				return err
			}
			defer s.Close()
			for err == nil {
				_, err = s.Recv()
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}, []string{`chat gpt-4o-mini 19→10 ["tool_calls"]`}},
		{"embeddings", []string{"openai/embeddings"}, func(k *kit) error {
			_, err := client(k, k.url+"/v1").CreateEmbeddings(k.Context(), compatible.EmbeddingRequest{Model: "text-embedding-3-small", Input: "one"})
			return err
		}, []string{`embeddings text-embedding-3-small 8→`}},
		{"transcription", []string{"openai/transcription"}, func(k *kit) error {
			_, err := client(k, k.url+"/v1").CreateTranscription(k.Context(), compatible.AudioRequest{Model: "gpt-4o-transcribe",
				FilePath: "a.mp3", Reader: strings.NewReader("ID3 sound")})
			return err
		}, []string{`generate_content gpt-4o-transcribe 14→45`}},
	}, llamas: []llamacase{
		{"chat", func(k *kit, url, model string) (int64, int64, error) {
			r := request
			r.Model, r.MaxCompletionTokens = model, 8
			resp, err := client(k, url).CreateChatCompletion(k.Context(), r)
			return int64(resp.Usage.PromptTokens), int64(resp.Usage.CompletionTokens), err
		}},
	}}
}
