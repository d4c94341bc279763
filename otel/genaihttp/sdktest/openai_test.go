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

	"github.com/technoshare/commentator/otel/genaihttp/internal/replaytest"
)

func sdks() []replaytest.SDK {
	return []replaytest.SDK{openAI(), azureOpenAI(), anthropicSDK(), googleGenAI(), goOpenAI(), langchain(), einoSDK(), anyLLM(), ollamaSDK(), bedrockSDK(), cohereSDK()}
}

func openAI() replaytest.SDK {
	client := func(k *replaytest.Kit) openai.Client {
		return openai.NewClient(option.WithHTTPClient(k.Client), option.WithBaseURL(k.URL+"/v1"), option.WithAPIKey("sk-test"))
	}
	params := openai.ChatCompletionNewParams{Model: "gpt-4o-mini", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Hello")}}
	streamed := params
	streamed.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	llama := func(k *replaytest.Kit, url string) openai.Client {
		return openai.NewClient(option.WithHTTPClient(k.Client), option.WithBaseURL(url), option.WithAPIKey("none"))
	}
	short := func(p openai.ChatCompletionNewParams, model string) openai.ChatCompletionNewParams {
		p.Model, p.MaxTokens = model, openai.Int(8)
		return p
	}
	chat := func(k *replaytest.Kit) error {
		c := client(k)
		_, err := c.Chat.Completions.New(k.Context(), params)
		return err
	}
	return replaytest.SDK{Name: "github.com/openai/openai-go/v3", Cases: []replaytest.Case{
		{What: "chat", Answers: []string{"openai/chat"}, Call: chat, Spans: []string{`chat gpt-4o-mini 19→10 ["stop"]`}},
		{What: "a retry", Answers: []string{"openai/chat_rate_limited", "openai/chat"}, Call: chat,
			// The SDK closes the body of a refusal that it retries without reading it: the error's code is in there.
			Spans: []string{"chat gpt-4o-mini  429 closed", `chat gpt-4o-mini 19→10 ["stop"] resend 1`}},
		{What: "chat stream with tools", Answers: []string{"openai/chat_stream_tools"}, Call: func(k *replaytest.Kit) error {
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
		}, Spans: []string{`chat gpt-4o-mini 19→10 ["tool_calls"]`}},
		{What: "responses", Answers: []string{"openai/responses"}, Call: func(k *replaytest.Kit) error {
			c := client(k)
			_, err := c.Responses.New(k.Context(), responses.ResponseNewParams{Model: "gpt-4.1",
				Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Hello")}})
			return err
		}, Spans: []string{`chat gpt-4.1 36→87 ["completed"]`}},
		{What: "responses stream", Answers: []string{"openai/responses_stream"}, Call: func(k *replaytest.Kit) error {
			c := client(k)
			s := c.Responses.NewStreaming(k.Context(), responses.ResponseNewParams{Model: "gpt-4.1",
				Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Hello")}})
			for s.Next() {
			}
			return s.Err()
		}, Spans: []string{`chat gpt-4.1 36→87 ["completed"]`}},
		{What: "completions", Answers: []string{"openai/completions"}, Call: func(k *replaytest.Kit) error {
			c := client(k)
			_, err := c.Completions.New(k.Context(), openai.CompletionNewParams{Model: "gpt-3.5-turbo-instruct",
				Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String("Once")}})
			return err
		}, Spans: []string{`text_completion gpt-3.5-turbo-instruct 5→7 ["length","stop"]`}},
		{What: "embeddings", Answers: []string{"openai/embeddings"}, Call: func(k *replaytest.Kit) error {
			c := client(k)
			_, err := c.Embeddings.New(k.Context(), openai.EmbeddingNewParams{Model: "text-embedding-3-small",
				Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("one")}})
			return err
		}, Spans: []string{`embeddings text-embedding-3-small 8→`}},
		{What: "images", Answers: []string{"openai/images"}, Call: func(k *replaytest.Kit) error {
			c := client(k)
			_, err := c.Images.Generate(k.Context(), openai.ImageGenerateParams{Model: "gpt-image-1", Prompt: "A cat"})
			return err
		}, Spans: []string{`generate_content gpt-image-1 50→50`}},
		{What: "speech", Answers: []string{"openai/speech"}, Call: func(k *replaytest.Kit) error {
			c := client(k)
			resp, err := c.Audio.Speech.New(k.Context(), openai.AudioSpeechNewParams{Model: "tts-1", Input: "Hello", Voice: openai.AudioSpeechNewParamsVoiceUnion{OfString: openai.String("alloy")}})
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			return err
		}, Spans: []string{`generate_content tts-1`}},
		{What: "transcription", Answers: []string{"openai/transcription"}, Call: func(k *replaytest.Kit) error {
			c := client(k)
			_, err := c.Audio.Transcriptions.New(k.Context(), openai.AudioTranscriptionNewParams{Model: "gpt-4o-transcribe",
				File: openai.File(bytes.NewReader(make([]byte, 100_000)), "a.mp3", "audio/mpeg")})
			return err
		}, Spans: []string{`generate_content gpt-4o-transcribe 14→45`}},
		{What: "Azure", Answers: []string{"openai/chat_azure"}, Call: func(k *replaytest.Kit) error {
			c := openai.NewClient(option.WithHTTPClient(k.Client), azure.WithEndpoint(k.Secure(), "2024-10-21"), azure.WithAPIKey("test"))
			_, err := c.Chat.Completions.New(k.Context(), params)
			return err
		}, Spans: []string{`chat gpt-4o-mini 8→1 ["stop"]`}},
	}, Llamas: []replaytest.LlamaCase{
		{What: "chat", Call: func(k *replaytest.Kit, url, model string) (int64, int64, error) {
			c := llama(k, url)
			r, err := c.Chat.Completions.New(k.Context(), short(params, model))
			if err != nil {
				return 0, 0, err
			}
			return r.Usage.PromptTokens, r.Usage.CompletionTokens, nil
		}},
		{What: "chat stream", Call: func(k *replaytest.Kit, url, model string) (in, out int64, err error) {
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

func goOpenAI() replaytest.SDK {
	client := func(k *replaytest.Kit, url string) *compatible.Client {
		c := compatible.DefaultConfig("sk-test")
		c.BaseURL, c.HTTPClient = url, k.Client
		return compatible.NewClientWithConfig(c)
	}
	request := compatible.ChatCompletionRequest{Model: "gpt-4o-mini", Messages: []compatible.ChatCompletionMessage{{Role: "user", Content: "Hello"}}}
	return replaytest.SDK{Name: "github.com/sashabaranov/go-openai", Cases: []replaytest.Case{
		{What: "chat", Answers: []string{"openai/chat"}, Call: func(k *replaytest.Kit) error {
			_, err := client(k, k.URL+"/v1").CreateChatCompletion(k.Context(), request)
			return err
		}, Spans: []string{`chat gpt-4o-mini 19→10 ["stop"]`}},
		{What: "chat stream with tools", Answers: []string{"openai/chat_stream_tools"}, Call: func(k *replaytest.Kit) error {
			s, err := client(k, k.URL+"/v1").CreateChatCompletionStream(k.Context(), request)
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
		}, Spans: []string{`chat gpt-4o-mini 19→10 ["tool_calls"]`}},
		{What: "embeddings", Answers: []string{"openai/embeddings"}, Call: func(k *replaytest.Kit) error {
			_, err := client(k, k.URL+"/v1").CreateEmbeddings(k.Context(), compatible.EmbeddingRequest{Model: "text-embedding-3-small", Input: "one"})
			return err
		}, Spans: []string{`embeddings text-embedding-3-small 8→`}},
		{What: "transcription", Answers: []string{"openai/transcription"}, Call: func(k *replaytest.Kit) error {
			_, err := client(k, k.URL+"/v1").CreateTranscription(k.Context(), compatible.AudioRequest{Model: "gpt-4o-transcribe",
				FilePath: "a.mp3", Reader: strings.NewReader("ID3 sound")})
			return err
		}, Spans: []string{`generate_content gpt-4o-transcribe 14→45`}},
	}, Llamas: []replaytest.LlamaCase{
		{What: "chat", Call: func(k *replaytest.Kit, url, model string) (int64, int64, error) {
			r := request
			r.Model, r.MaxCompletionTokens = model, 8
			resp, err := client(k, url).CreateChatCompletion(k.Context(), r)
			return int64(resp.Usage.PromptTokens), int64(resp.Usage.CompletionTokens), err
		}},
	}}
}
