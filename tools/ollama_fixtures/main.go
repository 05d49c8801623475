// Writes templates/go_language.json, templates/go_conversations.json and modelfiles.json of tests/fixtures: what
// Go's text/template makes of templates, and Ollama's packages of conversations and of Modelfiles.
//
//	cd tools/ollama_fixtures && go run . ../../tests/fixtures
package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/parser"
	ollama "github.com/ollama/ollama/template"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func write(folder, name string, value any) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	check(encoder.Encode(value))
	check(os.WriteFile(filepath.Join(folder, name), out.Bytes(), 0o644))
}

type languageCase struct {
	Template string  `json:"template"`
	Out      *string `json:"out"` // null: an error
}

func asJSON(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

// What templates are run on, without what Go and JSON print differently.
func context() map[string]any {
	return map[string]any{
		"Name": "Ada", "Empty": "", "Html": "<a & \"b\">", "Num": 7, "Zero": 0, "Real": 2.5, "Big": 1e21, "Yes": true, "No": false,
		"List": []any{"x", "y", "z"}, "None": []any{}, "Nums": []any{3, 1, 2},
		"Map": map[string]any{"a": "1", "b": "2"}, "Deep": map[string]any{"In": map[string]any{"Side": "here"}},
		"People": []any{map[string]any{"Name": "Ada", "Age": 36}, map[string]any{"Name": "Bob", "Age": 7}},
		"Utf":    "größer",
	}
}

func language() []languageCase {
	var cases []languageCase
	for _, source := range languageTemplates {
		one := languageCase{Template: source}
		parsed, err := template.New("").Option("missingkey=zero").Funcs(template.FuncMap{"json": asJSON}).Parse(source)
		var out bytes.Buffer
		if err == nil && parsed.Execute(&out, context()) == nil {
			text := out.String()
			one.Out = &text
		}
		cases = append(cases, one)
	}
	return cases
}

type conversationCase struct {
	Template     string  `json:"template"`
	Conversation string  `json:"conversation"`
	Out          *string `json:"out"`
}

func conversations() any {
	var cases []conversationCase
	for _, source := range conversationTemplates {
		parsed, err := ollama.Parse(source)
		check(err)
		for _, given := range conversationNames {
			if given == "tools" && !parsed.Contains("Messages") {
				continue // Ollama loses what the tools answered
			}
			var values struct {
				Messages []api.Message   `json:"messages"`
				Tools    api.Tools       `json:"tools"`
				Think    *api.ThinkValue `json:"think"`
			}
			check(json.Unmarshal([]byte(conversationTexts[given]), &values))
			run := ollama.Values{Messages: values.Messages, Tools: values.Tools}
			if values.Think != nil {
				run.IsThinkSet = true
				run.Think = values.Think.Bool()
				if values.Think.IsString() {
					run.ThinkLevel = values.Think.String()
				}
			}
			one := conversationCase{Template: source, Conversation: given}
			var out bytes.Buffer
			if parsed.Execute(&out, run) == nil {
				text := out.String()
				one.Out = &text
			}
			cases = append(cases, one)
		}
	}
	given := map[string]json.RawMessage{}
	for name, text := range conversationTexts {
		given[name] = json.RawMessage(text)
	}
	return map[string]any{"conversations": given, "cases": cases}
}

type modelfileCase struct {
	Text     string     `json:"text"`
	Commands [][]string `json:"commands"` // null: an error
}

func modelfiles() []modelfileCase {
	var cases []modelfileCase
	for _, text := range modelfileTexts {
		one := modelfileCase{Text: text}
		if file, err := parser.ParseFile(strings.NewReader(text)); err == nil {
			for _, command := range file.Commands {
				one.Commands = append(one.Commands, []string{command.Name, command.Args})
			}
		}
		cases = append(cases, one)
	}
	return cases
}

func main() {
	templates := filepath.Join(os.Args[1], "templates")
	write(templates, "go_language.json", map[string]any{"context": context(), "cases": language()})
	write(templates, "go_conversations.json", conversations())
	write(os.Args[1], "modelfiles.json", modelfiles())
}
