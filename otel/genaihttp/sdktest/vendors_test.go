package sdktest

import (
	"errors"
	"net/url"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	bedrocktypes "github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	cohere "github.com/cohere-ai/cohere-go/v2"
	cohereclient "github.com/cohere-ai/cohere-go/v2/client"
	cohereoption "github.com/cohere-ai/cohere-go/v2/option"
	ollama "github.com/ollama/ollama/api"
	"google.golang.org/genai"

	"github.com/technoshare/commentator/otel/genaihttp/internal/replaytest"
)

func anthropicSDK() replaytest.SDK {
	client := func(k *replaytest.Kit) anthropic.Client {
		return anthropic.NewClient(anthropicoption.WithHTTPClient(k.Client), anthropicoption.WithBaseURL(k.URL), anthropicoption.WithAPIKey("test"))
	}
	params := anthropic.MessageNewParams{Model: "claude-sonnet-4-5", MaxTokens: 100,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Hello"))}}
	return replaytest.SDK{Name: "github.com/anthropics/anthropic-sdk-go", Cases: []replaytest.Case{
		{What: "messages", Answers: []string{"anthropic/messages"}, Call: func(k *replaytest.Kit) error {
			c := client(k)
			_, err := c.Messages.New(k.Context(), params)
			return err
		}, Spans: []string{`chat claude-sonnet-4-5 843→42 ["tool_use"]`}},
		{What: "messages stream", Answers: []string{"anthropic/messages_stream"}, Call: func(k *replaytest.Kit) error {
			c := client(k)
			s := c.Messages.NewStreaming(k.Context(), params)
			for s.Next() {
			}
			return s.Err()
		}, Spans: []string{`chat claude-sonnet-4-5 843→42 ["tool_use"]`}},
		{What: "a refusal", Answers: []string{"anthropic/overloaded"}, Call: func(k *replaytest.Kit) error {
			c := client(k)
			_, err := c.Messages.New(k.Context(), params, anthropicoption.WithMaxRetries(0))
			if err == nil {
				return errors.New("there is an answer")
			}
			return nil
		}, Spans: []string{`chat claude-sonnet-4-5  overloaded_error`}},
	}}
}

func googleGenAI() replaytest.SDK {
	client := func(k *replaytest.Kit) (*genai.Client, error) {
		return genai.NewClient(k.Context(), &genai.ClientConfig{APIKey: "test", Backend: genai.BackendGeminiAPI, HTTPClient: k.Client,
			HTTPOptions: genai.HTTPOptions{BaseURL: k.URL}})
	}
	return replaytest.SDK{Name: "google.golang.org/genai", Cases: []replaytest.Case{
		{What: "generateContent", Answers: []string{"gemini/generate"}, Call: func(k *replaytest.Kit) error {
			c, err := client(k)
			if err != nil {
				return err
			}
			_, err = c.Models.GenerateContent(k.Context(), "gemini-2.5-flash", genai.Text("Hello"), nil)
			return err
		}, Spans: []string{`generate_content gemini-2.5-flash 35→27 ["STOP"]`}},
		{What: "streamGenerateContent", Answers: []string{"gemini/generate_stream"}, Call: func(k *replaytest.Kit) error {
			c, err := client(k)
			if err != nil {
				return err
			}
			for _, err := range c.Models.GenerateContentStream(k.Context(), "gemini-2.5-flash", genai.Text("Hello"), nil) {
				if err != nil {
					return err
				}
			}
			return nil
		}, Spans: []string{`generate_content gemini-2.5-flash 35→27 ["STOP"]`}},
		{What: "batchEmbedContents", Answers: []string{"gemini/embed"}, Call: func(k *replaytest.Kit) error {
			c, err := client(k)
			if err != nil {
				return err
			}
			_, err = c.Models.EmbedContent(k.Context(), "gemini-embedding-001", genai.Text("one"), nil)
			return err
		}, Spans: []string{`embeddings gemini-embedding-001`}},
	}}
}

func bedrockSDK() replaytest.SDK {
	client := func(k *replaytest.Kit) *bedrockruntime.Client {
		return bedrockruntime.New(bedrockruntime.Options{Region: "us-east-1", BaseEndpoint: aws.String(k.URL), HTTPClient: k.Client,
			Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "")})
	}
	messages := []bedrocktypes.Message{{Role: bedrocktypes.ConversationRoleUser,
		Content: []bedrocktypes.ContentBlock{&bedrocktypes.ContentBlockMemberText{Value: "Hello"}}}}
	return replaytest.SDK{Name: "github.com/aws/aws-sdk-go-v2/service/bedrockruntime", Cases: []replaytest.Case{
		{What: "Converse", Answers: []string{"bedrock/converse"}, Call: func(k *replaytest.Kit) error {
			_, err := client(k).Converse(k.Context(), &bedrockruntime.ConverseInput{ModelId: aws.String("us.amazon.nova-pro-v1:0"), Messages: messages})
			return err
		}, Spans: []string{`chat us.amazon.nova-pro-v1:0 130→628 ["tool_use"]`}},
		{What: "ConverseStream", Answers: []string{"bedrock/converse_stream"}, Call: func(k *replaytest.Kit) error {
			out, err := client(k).ConverseStream(k.Context(), &bedrockruntime.ConverseStreamInput{ModelId: aws.String("us.amazon.nova-pro-v1:0"), Messages: messages})
			if err != nil {
				return err
			}
			s := out.GetStream()
			for range s.Events() {
			}
			return errors.Join(s.Err(), s.Close())
		}, Spans: []string{`chat us.amazon.nova-pro-v1:0 130→628 ["tool_use"]`}},
	}}
}

// cohereSDK makes no streamed call: the SDK cannot read an event stream that arrives event by event, with or without
// a transport of ours (v2.15.3 takes what its buffer has for a whole line).
func cohereSDK() replaytest.SDK {
	client := func(k *replaytest.Kit) *cohereclient.Client {
		return cohereclient.NewClient(cohereoption.WithHTTPClient(k.Client), cohereoption.WithBaseURL(k.URL), cohereoption.WithToken("test"))
	}
	messages := cohere.ChatMessages{{Role: "user", User: &cohere.UserMessageV2{Content: &cohere.UserMessageV2Content{String: "Hello"}}}}
	return replaytest.SDK{Name: "github.com/cohere-ai/cohere-go/v2", Cases: []replaytest.Case{
		{What: "chat", Answers: []string{"cohere/chat"}, Call: func(k *replaytest.Kit) error {
			_, err := client(k).V2.Chat(k.Context(), &cohere.V2ChatRequest{Model: "command-a-03-2025", Messages: messages})
			return err
		}, Spans: []string{`chat command-a-03-2025 17→12 ["COMPLETE"]`}},
		{What: "embed", Answers: []string{"cohere/embed"}, Call: func(k *replaytest.Kit) error {
			_, err := client(k).V2.Embed(k.Context(), &cohere.V2EmbedRequest{Model: "embed-v4.0", InputType: cohere.EmbedInputTypeSearchQuery, Texts: []string{"one", "two"}})
			return err
		}, Spans: []string{`embeddings embed-v4.0 2→`}},
	}}
}

func ollamaSDK() replaytest.SDK {
	client := func(k *replaytest.Kit) *ollama.Client {
		u, err := url.Parse(k.URL)
		if err != nil {
			k.Fatal(err)
		}
		return ollama.NewClient(u, k.Client)
	}
	chat := func(stream bool) func(k *replaytest.Kit) error {
		return func(k *replaytest.Kit) error {
			return client(k).Chat(k.Context(), &ollama.ChatRequest{Model: "qwen3", Stream: &stream,
				Messages: []ollama.Message{{Role: "user", Content: "Hello"}}}, func(ollama.ChatResponse) error { return nil })
		}
	}
	return replaytest.SDK{Name: "github.com/ollama/ollama", Cases: []replaytest.Case{
		{What: "chat", Answers: []string{"ollama/chat"}, Call: chat(false), Spans: []string{`chat qwen3 26→282 ["stop"]`}},
		{What: "chat stream", Answers: []string{"ollama/chat_stream"}, Call: chat(true), Spans: []string{`chat qwen3 26→282 ["stop"]`}},
		{What: "embed", Answers: []string{"ollama/embed"}, Call: func(k *replaytest.Kit) error {
			_, err := client(k).Embed(k.Context(), &ollama.EmbedRequest{Model: "nomic", Input: "one"})
			return err
		}, Spans: []string{`embeddings nomic 8→`}},
	}}
}
