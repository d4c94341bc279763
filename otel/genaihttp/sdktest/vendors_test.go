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
)

func anthropicSDK() sdk {
	client := func(k *kit) anthropic.Client {
		return anthropic.NewClient(anthropicoption.WithHTTPClient(k.client), anthropicoption.WithBaseURL(k.url), anthropicoption.WithAPIKey("test"))
	}
	params := anthropic.MessageNewParams{Model: "claude-sonnet-4-5", MaxTokens: 100,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Hello"))}}
	return sdk{name: "github.com/anthropics/anthropic-sdk-go", cases: []usecase{
		{"messages", []string{"anthropic/messages"}, func(k *kit) error {
			c := client(k)
			_, err := c.Messages.New(k.Context(), params)
			return err
		}, []string{`chat claude-sonnet-4-5 843→42 ["tool_use"]`}},
		{"messages stream", []string{"anthropic/messages_stream"}, func(k *kit) error {
			c := client(k)
			s := c.Messages.NewStreaming(k.Context(), params)
			for s.Next() {
			}
			return s.Err()
		}, []string{`chat claude-sonnet-4-5 843→42 ["tool_use"]`}},
		{"a refusal", []string{"anthropic/overloaded"}, func(k *kit) error {
			c := client(k)
			_, err := c.Messages.New(k.Context(), params, anthropicoption.WithMaxRetries(0))
			if err == nil {
				return errors.New("there is an answer")
			}
			return nil
		}, []string{`chat claude-sonnet-4-5  overloaded_error`}},
	}}
}

func googleGenAI() sdk {
	client := func(k *kit) (*genai.Client, error) {
		return genai.NewClient(k.Context(), &genai.ClientConfig{APIKey: "test", Backend: genai.BackendGeminiAPI, HTTPClient: k.client,
			HTTPOptions: genai.HTTPOptions{BaseURL: k.url}})
	}
	return sdk{name: "google.golang.org/genai", cases: []usecase{
		{"generateContent", []string{"gemini/generate"}, func(k *kit) error {
			c, err := client(k)
			if err != nil {
				return err
			}
			_, err = c.Models.GenerateContent(k.Context(), "gemini-2.5-flash", genai.Text("Hello"), nil)
			return err
		}, []string{`generate_content gemini-2.5-flash 35→27 ["STOP"]`}},
		{"streamGenerateContent", []string{"gemini/generate_stream"}, func(k *kit) error {
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
		}, []string{`generate_content gemini-2.5-flash 35→27 ["STOP"]`}},
		{"batchEmbedContents", []string{"gemini/embed"}, func(k *kit) error {
			c, err := client(k)
			if err != nil {
				return err
			}
			_, err = c.Models.EmbedContent(k.Context(), "gemini-embedding-001", genai.Text("one"), nil)
			return err
		}, []string{`embeddings gemini-embedding-001`}},
	}}
}

func bedrockSDK() sdk {
	client := func(k *kit) *bedrockruntime.Client {
		return bedrockruntime.New(bedrockruntime.Options{Region: "us-east-1", BaseEndpoint: aws.String(k.url), HTTPClient: k.client,
			Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "")})
	}
	messages := []bedrocktypes.Message{{Role: bedrocktypes.ConversationRoleUser,
		Content: []bedrocktypes.ContentBlock{&bedrocktypes.ContentBlockMemberText{Value: "Hello"}}}}
	return sdk{name: "github.com/aws/aws-sdk-go-v2/service/bedrockruntime", cases: []usecase{
		{"Converse", []string{"bedrock/converse"}, func(k *kit) error {
			_, err := client(k).Converse(k.Context(), &bedrockruntime.ConverseInput{ModelId: aws.String("us.amazon.nova-pro-v1:0"), Messages: messages})
			return err
		}, []string{`chat us.amazon.nova-pro-v1:0 130→628 ["tool_use"]`}},
		{"ConverseStream", []string{"bedrock/converse_stream"}, func(k *kit) error {
			out, err := client(k).ConverseStream(k.Context(), &bedrockruntime.ConverseStreamInput{ModelId: aws.String("us.amazon.nova-pro-v1:0"), Messages: messages})
			if err != nil {
				return err
			}
			s := out.GetStream()
			for range s.Events() {
			}
			return errors.Join(s.Err(), s.Close())
		}, []string{`chat us.amazon.nova-pro-v1:0 130→628 ["tool_use"]`}},
	}}
}

// cohereSDK makes no streamed call: the SDK cannot read an event stream that arrives event by event, with or without
// a transport of ours (v2.15.3 takes what its buffer has for a whole line).
func cohereSDK() sdk {
	client := func(k *kit) *cohereclient.Client {
		return cohereclient.NewClient(cohereoption.WithHTTPClient(k.client), cohereoption.WithBaseURL(k.url), cohereoption.WithToken("test"))
	}
	messages := cohere.ChatMessages{{Role: "user", User: &cohere.UserMessageV2{Content: &cohere.UserMessageV2Content{String: "Hello"}}}}
	return sdk{name: "github.com/cohere-ai/cohere-go/v2", cases: []usecase{
		{"chat", []string{"cohere/chat"}, func(k *kit) error {
			_, err := client(k).V2.Chat(k.Context(), &cohere.V2ChatRequest{Model: "command-a-03-2025", Messages: messages})
			return err
		}, []string{`chat command-a-03-2025 17→12 ["COMPLETE"]`}},
		{"embed", []string{"cohere/embed"}, func(k *kit) error {
			_, err := client(k).V2.Embed(k.Context(), &cohere.V2EmbedRequest{Model: "embed-v4.0", InputType: cohere.EmbedInputTypeSearchQuery, Texts: []string{"one", "two"}})
			return err
		}, []string{`embeddings embed-v4.0 2→`}},
	}}
}

func ollamaSDK() sdk {
	client := func(k *kit) *ollama.Client {
		u, err := url.Parse(k.url)
		if err != nil {
			k.Fatal(err)
		}
		return ollama.NewClient(u, k.client)
	}
	chat := func(stream bool) func(k *kit) error {
		return func(k *kit) error {
			return client(k).Chat(k.Context(), &ollama.ChatRequest{Model: "qwen3", Stream: &stream,
				Messages: []ollama.Message{{Role: "user", Content: "Hello"}}}, func(ollama.ChatResponse) error { return nil })
		}
	}
	return sdk{name: "github.com/ollama/ollama", cases: []usecase{
		{"chat", []string{"ollama/chat"}, chat(false), []string{`chat qwen3 26→282 ["stop"]`}},
		{"chat stream", []string{"ollama/chat_stream"}, chat(true), []string{`chat qwen3 26→282 ["stop"]`}},
		{"embed", []string{"ollama/embed"}, func(k *kit) error {
			_, err := client(k).Embed(k.Context(), &ollama.EmbedRequest{Model: "nomic", Input: "one"})
			return err
		}, []string{`embeddings nomic 8→`}},
	}}
}
