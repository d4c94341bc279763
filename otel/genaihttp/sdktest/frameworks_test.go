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
)

func langchain() sdk {
	model := func(k *kit) (*langchainopenai.LLM, error) {
		return langchainopenai.New(langchainopenai.WithHTTPClient(k.client), langchainopenai.WithBaseURL(k.url+"/v1"),
			langchainopenai.WithToken("test"), langchainopenai.WithModel("gpt-4o-mini"))
	}
	return sdk{name: "github.com/tmc/langchaingo", cases: []usecase{
		{"chat", []string{"openai/chat"}, func(k *kit) error {
			m, err := model(k)
			if err != nil {
				return err
			}
			_, err = llms.GenerateFromSinglePrompt(k.Context(), m, "Hello")
			return err
		}, []string{`chat gpt-4o-mini 19→10 ["stop"]`}},
		{"chat stream", []string{"openai/chat_stream_tools"}, func(k *kit) error {
			m, err := model(k)
			if err != nil {
				return err
			}
			_, err = llms.GenerateFromSinglePrompt(k.Context(), m, "Hello",
				llms.WithStreamingFunc(func(context.Context, []byte) error { return nil }))
			return err
		}, []string{`chat gpt-4o-mini 19→10 ["tool_calls"]`}},
	}}
}

func einoSDK() sdk {
	model := func(k *kit) (*einoopenai.ChatModel, error) {
		return einoopenai.NewChatModel(k.Context(), &einoopenai.ChatModelConfig{APIKey: "test", BaseURL: k.url + "/v1", Model: "gpt-4o-mini", HTTPClient: k.client})
	}
	messages := []*schema.Message{schema.UserMessage("Hello")}
	return sdk{name: "github.com/cloudwego/eino-ext/components/model/openai", cases: []usecase{
		{"chat", []string{"openai/chat"}, func(k *kit) error {
			m, err := model(k)
			if err != nil {
				return err
			}
			_, err = m.Generate(k.Context(), messages)
			return err
		}, []string{`chat gpt-4o-mini 19→10 ["stop"]`}},
		{"chat stream", []string{"openai/chat_stream_tools"}, func(k *kit) error {
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
		}, []string{`chat gpt-4o-mini 19→10 ["tool_calls"]`}},
	}}
}

func anyLLM() sdk {
	return sdk{name: "github.com/mozilla-ai/any-llm-go", cases: []usecase{
		{"chat", []string{"openai/chat"}, func(k *kit) error {
			p, err := anyopenai.New(anyllm.WithAPIKey("test"), anyllm.WithBaseURL(k.url+"/v1"), anyllm.WithHTTPClient(k.client))
			if err != nil {
				return err
			}
			_, err = p.Completion(k.Context(), anyllm.CompletionParams{Model: "gpt-4o-mini", Messages: []anyllm.Message{{Role: anyllm.RoleUser, Content: "Hello"}}})
			return err
		}, []string{`chat gpt-4o-mini 19→10 ["stop"]`}},
	}}
}
