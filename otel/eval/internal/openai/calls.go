package openai

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Message is one of a chat.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// ChatRequest asks for one answer.
type ChatRequest struct {
	Model       string    `json:"model"`
	Messages    []Message `json:"messages"`
	Temperature *float64  `json:"temperature,omitempty"`
	MaxTokens   int       `json:"max_tokens,omitempty"`
}

// ChatAnswer is what came.
type ChatAnswer struct {
	ID, Model, Content, FinishReason string
	InputTokens, OutputTokens        int
	HasUsage                         bool
}

// Chat asks for an answer.
func (s Server) Chat(ctx context.Context, key string, r ChatRequest) (ChatAnswer, error) {
	var out struct {
		ID      string `json:"id"`
		Model   string `json:"model"`
		Choices []struct {
			Message      Message `json:"message"`
			FinishReason string  `json:"finish_reason"`
		} `json:"choices"`
		Usage *struct {
			Input  int `json:"prompt_tokens"`
			Output int `json:"completion_tokens"`
		} `json:"usage"`
	}
	if err := s.Post(ctx, "chat/completions", key, r, &out); err != nil {
		return ChatAnswer{}, err
	}
	if len(out.Choices) == 0 {
		return ChatAnswer{}, errors.New("the model server answered without a choice")
	}
	a := ChatAnswer{ID: out.ID, Model: out.Model, Content: out.Choices[0].Message.Content, FinishReason: out.Choices[0].FinishReason}
	if out.Usage != nil {
		a.HasUsage, a.InputTokens, a.OutputTokens = true, out.Usage.Input, out.Usage.Output
	}
	return a, nil
}

// Embeddings returns the vectors of texts, in their order.
func (s Server) Embeddings(ctx context.Context, key, model string, texts ...string) ([][]float64, error) {
	var out struct {
		Data []struct {
			Index     int       `json:"index"`
			Embedding []float64 `json:"embedding"`
		} `json:"data"`
	}
	if err := s.Post(ctx, "embeddings", key, map[string]any{"model": model, "input": texts}, &out); err != nil {
		return nil, err
	}
	vectors := make([][]float64, len(texts))
	for _, d := range out.Data {
		if d.Index >= 0 && d.Index < len(vectors) {
			vectors[d.Index] = d.Embedding
		}
	}
	if i := slices.IndexFunc(vectors, func(v []float64) bool { return len(v) == 0 }); i >= 0 {
		return nil, fmt.Errorf("the model server gave no embedding of text %d", i+1)
	}
	return vectors, nil
}
