// Streams with the packages for Go: client KIND URL MODEL prints the text that it read.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	openai1 "github.com/openai/openai-go"
	openai1option "github.com/openai/openai-go/option"
	responses1 "github.com/openai/openai-go/responses"
	openai3 "github.com/openai/openai-go/v3"
	openai3option "github.com/openai/openai-go/v3/option"
	responses3 "github.com/openai/openai-go/v3/responses"
)

const (
	question  = "Write one sentence about Paris."
	prompt    = "The capital of France is"
	maxTokens = 16
)

// reader is what all streams have in common.
type reader[T any] interface {
	Next() bool
	Current() T
	Err() error
}

func join[T any](stream reader[T], text func(T) string) (string, error) {
	var all strings.Builder
	for stream.Next() {
		all.WriteString(text(stream.Current()))
	}
	return all.String(), stream.Err()
}

func oldOpenAI(kind, url, model string) (string, error) {
	client := openai1.NewClient(openai1option.WithBaseURL(url+"/v1/"), openai1option.WithAPIKey("none"), openai1option.WithMaxRetries(0))
	ctx := context.Background()
	switch kind {
	case "chat":
		stream := client.Chat.Completions.NewStreaming(ctx, openai1.ChatCompletionNewParams{
			Model: model, Temperature: openai1.Float(0), MaxTokens: openai1.Int(maxTokens),
			Messages: []openai1.ChatCompletionMessageParamUnion{openai1.UserMessage(question)}})
		return join[openai1.ChatCompletionChunk](stream, func(chunk openai1.ChatCompletionChunk) string {
			if len(chunk.Choices) == 0 {
				return ""
			}
			return chunk.Choices[0].Delta.Content
		})
	case "completions":
		stream := client.Completions.NewStreaming(ctx, openai1.CompletionNewParams{
			Model: openai1.CompletionNewParamsModel(model), Temperature: openai1.Float(0), MaxTokens: openai1.Int(maxTokens),
			Prompt: openai1.CompletionNewParamsPromptUnion{OfString: openai1.String(prompt)}})
		return join[openai1.Completion](stream, func(chunk openai1.Completion) string { return chunk.Choices[0].Text })
	default:
		stream := client.Responses.NewStreaming(ctx, responses1.ResponseNewParams{
			Model: model, Temperature: openai1.Float(0), MaxOutputTokens: openai1.Int(maxTokens),
			Input: responses1.ResponseNewParamsInputUnion{OfString: openai1.String(question)}})
		return join[responses1.ResponseStreamEventUnion](stream, func(event responses1.ResponseStreamEventUnion) string {
			if event.Type != "response.output_text.delta" {
				return ""
			}
			return event.Delta.OfString
		})
	}
}

func newOpenAI(kind, url, model string) (string, error) {
	client := openai3.NewClient(openai3option.WithBaseURL(url+"/v1/"), openai3option.WithAPIKey("none"), openai3option.WithMaxRetries(0))
	ctx := context.Background()
	switch kind {
	case "chat":
		stream := client.Chat.Completions.NewStreaming(ctx, openai3.ChatCompletionNewParams{
			Model: model, Temperature: openai3.Float(0), MaxTokens: openai3.Int(maxTokens),
			Messages: []openai3.ChatCompletionMessageParamUnion{openai3.UserMessage(question)}})
		return join[openai3.ChatCompletionChunk](stream, func(chunk openai3.ChatCompletionChunk) string {
			if len(chunk.Choices) == 0 {
				return ""
			}
			return chunk.Choices[0].Delta.Content
		})
	case "completions":
		stream := client.Completions.NewStreaming(ctx, openai3.CompletionNewParams{
			Model: openai3.CompletionNewParamsModel(model), Temperature: openai3.Float(0), MaxTokens: openai3.Int(maxTokens),
			Prompt: openai3.CompletionNewParamsPromptUnion{OfString: openai3.String(prompt)}})
		return join[openai3.Completion](stream, func(chunk openai3.Completion) string { return chunk.Choices[0].Text })
	default:
		stream := client.Responses.NewStreaming(ctx, responses3.ResponseNewParams{
			Model: model, Temperature: openai3.Float(0), MaxOutputTokens: openai3.Int(maxTokens),
			Input: responses3.ResponseNewParamsInputUnion{OfString: openai3.String(question)}})
		return join[responses3.ResponseStreamEventUnion](stream, func(event responses3.ResponseStreamEventUnion) string {
			if event.Type != "response.output_text.delta" {
				return ""
			}
			return event.Delta
		})
	}
}

func claude(url, model string) (string, error) {
	client := anthropic.NewClient(anthropicoption.WithBaseURL(url), anthropicoption.WithAPIKey("none"), anthropicoption.WithMaxRetries(0))
	stream := client.Messages.NewStreaming(context.Background(), anthropic.MessageNewParams{
		Model: anthropic.Model(model), Temperature: anthropic.Float(0), MaxTokens: maxTokens,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(question))}})
	return join[anthropic.MessageStreamEventUnion](stream, func(event anthropic.MessageStreamEventUnion) string { return event.Delta.Text })
}

func main() {
	kind, url, model := os.Args[1], os.Args[2], os.Args[3]
	var text string
	var err error
	switch version, dialect, _ := strings.Cut(kind, "/"); version {
	case "v1":
		text, err = oldOpenAI(dialect, url, model)
	case "v3":
		text, err = newOpenAI(dialect, url, model)
	default:
		text, err = claude(url, model)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(text)
}
