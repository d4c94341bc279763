package sdktest

import (
	"errors"
	"io"

	"github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"

	"github.com/technoshare/commentator/otel/genaihttp/internal/replaytest"
)

// azureOpenAI has requests whose GetBody gives no copy, but the body itself, put back to its start.
func azureOpenAI() replaytest.SDK {
	client := func(k *replaytest.Kit) (*azopenai.Client, error) {
		o := &azopenai.ClientOptions{}
		o.Transport, o.Retry.RetryDelay = k.Client, 1
		return azopenai.NewClientWithKeyCredential(k.Secure(), azcore.NewKeyCredential("test"), o)
	}
	messages := []azopenai.ChatRequestMessageClassification{
		&azopenai.ChatRequestUserMessage{Content: azopenai.NewChatRequestUserMessageContent("Hello")},
	}
	chat := func(k *replaytest.Kit) error {
		c, err := client(k)
		if err != nil {
			return err
		}
		_, err = c.GetChatCompletions(k.Context(), azopenai.ChatCompletionsOptions{DeploymentName: to.Ptr("my-gpt"), Messages: messages}, nil)
		return err
	}
	return replaytest.SDK{Name: "github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai", Cases: []replaytest.Case{
		{What: "chat", Answers: []string{"openai/chat_azure"}, Call: chat, Spans: []string{`chat my-gpt 8→1 ["stop"]`}},
		{What: "a retry", Answers: []string{"openai/chat_bad_gateway", "openai/chat_azure"}, Call: chat,
			Spans: []string{`chat my-gpt  502`, `chat my-gpt 8→1 ["stop"]`}},
		{What: "chat stream", Answers: []string{"openai/chat_stream_tools"}, Call: func(k *replaytest.Kit) error {
			c, err := client(k)
			if err != nil {
				return err
			}
			s, err := c.GetChatCompletionsStream(k.Context(),
				azopenai.ChatCompletionsStreamOptions{DeploymentName: to.Ptr("my-gpt"), Messages: messages}, nil)
			if err != nil {
				return err
			}
			defer func() { _ = s.ChatCompletionsStream.Close() }()
			for err == nil {
				_, err = s.ChatCompletionsStream.Read()
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}, Spans: []string{`chat my-gpt 19→10 ["tool_calls"]`}},
		{What: "embeddings", Answers: []string{"openai/embeddings"}, Call: func(k *replaytest.Kit) error {
			c, err := client(k)
			if err != nil {
				return err
			}
			_, err = c.GetEmbeddings(k.Context(), azopenai.EmbeddingsOptions{DeploymentName: to.Ptr("my-gpt"), Input: []string{"one"}}, nil)
			return err
		}, Spans: []string{`embeddings my-gpt 8→`}},
	}}
}
