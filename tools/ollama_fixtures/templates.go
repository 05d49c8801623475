package main

var languageTemplates = []string{
	"plain", "{{ .Name }}", "a {{- .Name -}} b", "a {{.Name}} b", "a\n\n{{- .Name }}\n\t{{- .Num -}}  \n z", "{{ \"x\" }}{{ `r\\n` }}{{ \"a\\tb\\\"\\u00e9\\x41\\101\" }}",
	"{{ 1 }} {{ -2 }} {{ 0x1f }} {{ 1_000 }} {{ 2.5 }} {{ 'a' }} {{ true }}", "{{/* a comment */}}x{{- /* trimmed */ -}} y", "{{ .Real }} {{ .Big }} {{ 1e20 }} {{ 0.00001 }} {{ 1e6 }}",
	"{{ if .Yes }}a{{ end }}", "{{ if .No }}a{{ else }}b{{ end }}", "{{ if .Zero }}a{{ else if .Num }}b{{ else }}c{{ end }}", "{{ if .Empty }}a{{ end }}{{ if .None }}b{{ end }}{{ if .List }}c{{ end }}{{ if .Map }}d{{ end }}",
	"{{ if and .Yes .Name }}a{{ end }}{{ if or .No .Empty }}b{{ end }}", "{{ and .Name .Num }} {{ or .Empty .Name }} {{ not .Yes }}", "{{ or }}", "{{ and .Zero (index .List 9) }}", "{{ or .Name (index .List 9) }}",
	"{{ with .Name }}{{ . }}{{ $.Num }}{{ end }}", "{{ with .Empty }}a{{ else }}{{ .Name }}{{ end }}", "{{ with .Empty }}a{{ else with .Num }}{{ . }}{{ end }}", "{{ with $x := .Num }}{{ $x }}{{ end }}",
	"{{ range .List }}[{{ . }}]{{ end }}", "{{ range $i, $v := .List }}{{ $i }}={{ $v }};{{ end }}", "{{ range $v := .List }}{{ $v }}{{ end }}", "{{ range .None }}a{{ else }}none{{ end }}", "{{ range $k, $v := .Map }}{{ $k }}:{{ $v }} {{ end }}",
	"{{ range .List }}{{ if eq . \"y\" }}{{ continue }}{{ end }}{{ . }}{{ end }}", "{{ range .List }}{{ if eq . \"y\" }}{{ break }}{{ end }}{{ . }}{{ end }}", "{{ range 3 }}{{ . }}{{ end }}", "{{ range $i := 3 }}{{ $i }}{{ end }}",
	"{{ range .People }}{{ .Name }}-{{ .Age }} {{ end }}", "{{ $x := 1 }}{{ range .List }}{{ $x = . }}{{ end }}{{ $x }}", "{{ $x := 1 }}{{ if .Yes }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}", "{{ $x }}", "{{ $x := .Deep }}{{ $x.In.Side }}", "{{ (index .People 0).Name }}",
	"{{ range $i, $p := .People }}{{ range $j, $q := $.List }}{{ $i }}{{ $j }}{{ $p.Name }}{{ $q }} {{ end }}{{ end }}", "{{ $a := 1 }}{{ $b := 2 }}{{ $a }}{{ $b }}{{ $a = 3 }}{{ $a }}", "{{ $first := true }}{{ range .List }}{{ if not $first }}, {{ end }}{{ . }}{{ $first = false }}{{ end }}",
	"{{ eq .Num 7 }} {{ eq .Name \"Ada\" }} {{ eq .Name \"x\" \"Ada\" }} {{ ne .Num 8 }}", "{{ lt 1 2 }} {{ le 2 2 }} {{ gt 1 2 }} {{ ge 1 2 }} {{ lt \"a\" \"b\" }}", "{{ lt .Name 2 }}", "{{ lt .List 2 }}",
	"{{ len .List }} {{ len .Name }} {{ len .Utf }} {{ len .Map }}", "{{ len .Num }}", "{{ index .List 1 }} {{ index .Map \"b\" }} {{ index .Name 0 }}", "{{ index .List 3 }}", "{{ index .List -1 }}", "{{ index .People 1 \"Name\" }}",
	"{{ slice .List 1 }} {{ slice .List 1 2 }} {{ slice .Name 1 3 }} {{ slice .Name 2 }}", "{{ slice .List 4 }}", "{{ slice .List 2 1 }}", "{{ slice .Map 1 }}", "{{ len (slice .List 1) }}", "{{ eq (len (slice .List 2)) 1 }}",
	"{{ print 1 2 \"a\" 3 4 }}", "{{ print \"a\" \"b\" }}", "{{ println 1 \"a\" }}x", "{{ printf \"%s is %d\" .Name .Num }}", "{{ printf \"%v %v %v\" .Name .Num .Yes }}", "{{ printf \"%5d|%-5d|%05d|%+d\" 42 42 42 42 }}", "{{ printf \"%5s|%-5s|%.2s\" \"abc\" \"abc\" \"abc\" }}",
	"{{ printf \"%q\" \"a\\\"b\" }}", "{{ printf \"%.2f %f\" 2.5 1.0 }}", "{{ printf \"100%%\" }}", "{{ printf \"%x\" 255 }}", "{{ printf \"%t\" .Yes }}", "{{ .Name | printf \"%s-%s\" \"x\" }}", "{{ .List | len | printf \"%d\" }}", "{{ \"a\" | print }}", "{{ 1 | 2 }}",
	"{{ .Html | html }}", "{{ .Html | urlquery }}", "{{ json .List }} {{ json .Html }} {{ json .Map }} {{ json .Num }} {{ json nil }}", "{{ .Deep.In.Side }}", "{{ .Deep.Missing }}x", "{{ .Name.Missing }}", "{{ .List }} {{ .Nums }} {{ .None }}",
	"{{ define \"t\" }}[{{ . }}]{{ end }}{{ template \"t\" .Name }}{{ template \"t\" 3 }}", "{{ template \"missing\" }}", "{{ block \"b\" .Name }}<{{ . }}>{{ end }}", "{{ define \"r\" }}{{ if . }}x{{ template \"r\" (slice . 1) }}{{ end }}{{ end }}{{ template \"r\" .Name }}",
	"{{ if }}a{{ end }}", "{{ if .Yes }}a", "{{ end }}", "{{ else }}", "{{ .Name", "{{ .Name }", "{{ unknown 1 }}", "{{ .Name .Num }}", "{{ \"a }}", "{{ 'ab' }}", "{{ (.Name }}", "{{ .Name ) }}", "{{ /* x */ }}y", "{{ break }}", "{{ range .List }}{{ end }}{{ continue }}", "{{}}", "{{ }}",
	"{{ if (and (eq .Num 7) (or .No .Yes)) }}deep{{ end }}", "{{ not (eq .Name \"Bob\") }}", "{{- range $i, $_ := .List }}\n{{- $last := eq (len (slice $.List $i)) 1 }}\n{{- if $last }}L{{ else }}n{{ end }}\n{{- end }}", "{{ if ne .Name \"\" }}{{ .Name }}{{ end }}",
	"{{\n.Name\n}}", "{{ range\n .List }}{{ . }}{{ end }}", "{{ .Name}}{{.Num }}", "{{ nil }}", "{{ if nil }}a{{ end }}x", "{{ $.Missing }}", "{{ (len .List) }}", "{{ len (print .Num .Num) }}", "{{ eq }}", "{{ eq 1 }}", "{{ not }}", "{{ len }}", "{{ printf }}",
	"{{ range $i, $v := .Nums }}{{ if gt $v 1 }}{{ $i }}{{ $v }}{{ end }}{{ end }}", "{{ with index .List 0 }}{{ . }}{{ end }}", "x{{ if .Yes -}} a {{- end }} y", "{{ $v := index .List 0 }}{{ if eq $v \"x\" }}ok{{ end }}", "{{ .Num }}{{- 3 }}", "{{ 3 -}} x", "{{-3}}", "{{ eq .Yes true }}",
}

// Templates in the styles that models have: of turns, of messages, with tools and with thoughts.
var conversationTemplates = []string{
	"{{ if .System }}<|sys|>{{ .System }}<|e|>\n{{ end }}{{ if .Prompt }}<|usr|>{{ .Prompt }}<|e|>\n{{ end }}<|bot|>{{ .Response }}<|e|>\n",
	"{{ .System }}\nUSER: {{ .Prompt }}\nASSISTANT: ",
	"[I] {{ if .System }}<<{{ .System }}>> {{ end }}{{ .Prompt }} [/I]{{ if .Response }} {{ .Response }}</s>{{ end }} tail",
	"{{- range $i, $_ := .Messages }}<{{ .Role }}>{{ .Content }}{{ if .Thinking }}(thinks {{ .Thinking }}){{ end }}</{{ .Role }}>\n{{- $last := eq (len (slice $.Messages $i)) 1 }}{{ if and $last (ne .Role \"assistant\") }}<assistant>{{ end }}{{ end }}",
	"{{- if or .System .Tools }}<sys>{{ .System }}{{ if .Tools }}\nTools:{{ range .Tools }}\n{{ json . }} {{ .Function.Name }}({{ range $n, $p := .Function.Parameters.Properties }}{{ $n }}: {{ $p.Type }}, {{ end }}) {{ .Function.Parameters.Required }}{{ end }}{{ end }}</sys>{{ end }}" +
		"{{ range .Messages }}{{ if eq .Role \"user\" }}<u>{{ .Content }}{{ else if eq .Role \"assistant\" }}<a>{{ if .Content }}{{ .Content }}{{ else if .ToolCalls }}<tc>{{ range .ToolCalls }}{\"name\": \"{{ .Function.Name }}\", \"arguments\": {{ .Function.Arguments }}}{{ end }}</tc>{{ end }}" +
		"{{ else if eq .Role \"tool\" }}<tool name={{ .ToolName }}>{{ .Content }}</tool>{{ end }}{{ end }}<a>",
	"{{ if .Tools }}{{ .Tools }}{{ end }}{{ json .Tools }}{{ range .Messages }}{{ .Role }}{{ range .ToolCalls }}{{ json .Function.Arguments }}{{ range $k, $v := .Function.Arguments }}{{ $k }}={{ $v }};{{ end }}{{ end }}{{ end }}",
	"{{ range .Messages }}{{ .Content }}|{{ end }}{{ if and $.IsThinkSet $.Think }}<think>{{ else if $.IsThinkSet }}<nothink>{{ end }}{{ .ThinkLevel }}",
}

var conversationNames = []string{"plain", "system", "turns", "joined", "assistant_last", "tools", "think", "no_think", "level"}

var conversationTexts = map[string]string{
	"plain":          `{"messages": [{"role": "user", "content": "Hi <b> & co"}]}`,
	"system":         `{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]}`,
	"turns":          `{"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "A"}, {"role": "assistant", "content": "B", "thinking": "hm"}, {"role": "user", "content": "C"}, {"role": "system", "content": "T"}, {"role": "user", "content": "D"}]}`,
	"joined":         `{"messages": [{"role": "system", "content": "S"}, {"role": "system", "content": "T"}, {"role": "user", "content": "A"}, {"role": "user", "content": "B"}, {"role": "assistant", "content": "C"}, {"role": "assistant", "content": "D"}, {"role": "user", "content": "E"}]}`,
	"assistant_last": `{"messages": [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}]}`,
	"tools": `{"messages": [{"role": "user", "content": "Weather?"}, {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "weather", "arguments": {"city": "Paris <3", "days": 2}}}]}, {"role": "tool", "content": "22 C", "tool_name": "weather"}],
 "tools": [{"type": "function", "function": {"name": "weather", "description": "Tells & more", "parameters": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string", "description": "where"}, "days": {"type": "integer"}}}}}]}`,
	"think":    `{"messages": [{"role": "user", "content": "A"}], "think": true}`,
	"no_think": `{"messages": [{"role": "user", "content": "A"}], "think": false}`,
	"level":    `{"messages": [{"role": "user", "content": "A"}], "think": "high"}`,
}
