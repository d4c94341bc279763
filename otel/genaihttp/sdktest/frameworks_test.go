package sdktest

import (
	"context"
	"errors"
	"io"

	einoopenai "github.com/cloudwego/eino-ext/components/model/openai"
	"github.com/cloudwego/eino/schema"
	anyllm "github.com/mozilla-ai/any-llm-go"
	anyopenai "github.com/mozilla-ai/any-llm-go/providers/openai"
	"github.com/tmc/langchaingo/llms"
	langchainopenai "github.com/tmc/langchaingo/llms/openai"

	"github.com/technoshare/commentator/otel/genaihttp/internal/replaytest"
)

func langchain() replaytest.SDK {
	model := func(k *replaytest.Kit) (*langchainopenai.LLM, error) {
		return langchainopenai.New(langchainopenai.WithHTTPClient(k.Client), langchainopenai.WithBaseURL(k.URL+"/v1"),
			langchainopenai.WithToken("test"), langchainopenai.WithModel("gpt-4o-mini"))
	}
	return replaytest.SDK{Name: "github.com/tmc/langchaingo", Cases: []replaytest.Case{
		{What: "chat", Answers: []string{"openai/chat"}, Call: func(k *replaytest.Kit) error {
			m, err := model(k)
			if err != nil {
				return err
			}
			_, err = llms.GenerateFromSinglePrompt(k.Context(), m, "Hello")
			return err
		}, Spans: []string{`chat gpt-4o-mini 19→10 ["stop"]`}},
		{What: "chat stream", Answers: []string{"openai/chat_stream_tools"}, Call: func(k *replaytest.Kit) error {
			m, err := model(k)
			if err != nil {
				return err
			}
			_, err = llms.GenerateFromSinglePrompt(k.Context(), m, "Hello",
				llms.WithStreamingFunc(func(context.Context, []byte) error { return nil }))
			return err
		}, Spans: []string{`chat gpt-4o-mini 19→10 ["tool_calls"]`}},
	}}
}

func einoSDK() replaytest.SDK {
	model := func(k *replaytest.Kit) (*einoopenai.ChatModel, error) {
		return einoopenai.NewChatModel(k.Context(), &einoopenai.ChatModelConfig{APIKey: "test", BaseURL: k.URL + "/v1", Model: "gpt-4o-mini", HTTPClient: k.Client})
	}
	messages := []*schema.Message{schema.UserMessage("Hello")}
	return replaytest.SDK{Name: "github.com/cloudwego/eino-ext/components/model/openai", Cases: []replaytest.Case{
		{What: "chat", Answers: []string{"openai/chat"}, Call: func(k *replaytest.Kit) error {
			m, err := model(k)
			if err != nil {
				return err
			}
			_, err = m.Generate(k.Context(), messages)
			return err
		}, Spans: []string{`chat gpt-4o-mini 19→10 ["stop"]`}},
		{What: "chat stream", Answers: []string{"openai/chat_stream_tools"}, Call: func(k *replaytest.Kit) error {
			m, err := model(k)
			if err != nil {
				return err
			}
			s, err := m.Stream(k.Context(), messages)
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
	}}
}

func anyLLM() replaytest.SDK {
	return replaytest.SDK{Name: "github.com/mozilla-ai/any-llm-go", Cases: []replaytest.Case{
		{What: "chat", Answers: []string{"openai/chat"}, Call: func(k *replaytest.Kit) error {
			p, err := anyopenai.New(anyllm.WithAPIKey("test"), anyllm.WithBaseURL(k.URL+"/v1"), anyllm.WithHTTPClient(k.Client))
			if err != nil {
				return err
			}
			_, err = p.Completion(k.Context(), anyllm.CompletionParams{Model: "gpt-4o-mini", Messages: []anyllm.Message{{Role: anyllm.RoleUser, Content: "Hello"}}})
			return err
		}, Spans: []string{`chat gpt-4o-mini 19→10 ["stop"]`}},
	}}
}
