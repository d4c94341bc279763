package prompts

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/technoshare/commentator/internal/job"
)

// Encode writes a prompt as a file that [Parse] reads, and that people read, edit and compare by lines. A version of the
// registry is left out: the registry counts.
func Encode(p *job.Prompt) ([]byte, error) {
	var b bytes.Buffer
	for _, f := range []struct {
		key   string
		value any
		there bool
	}{
		{"name", p.Name, true},
		{"version", p.Version, p.Version != "" && !p.Registered},
		{"description", p.Description, p.Description != ""},
		{"content", p.System, true},
		{"user", p.User, p.User != ""},
		{"temperature", p.Temperature, p.Temperature != nil},
		{"max_tokens", p.MaxTokens, p.MaxTokens != 0},
	} {
		if !f.there {
			continue
		}
		if err := writeField(&b, f.key, f.value); err != nil {
			return nil, fmt.Errorf("write prompt %s: %w", p.Name, err)
		}
	}
	return b.Bytes(), nil
}

// writeField writes a key and its value.
func writeField(b *bytes.Buffer, key string, value any) error {
	s, isText := value.(string)
	switch {
	case isText && isBlock(s):
		writeBlock(b, key, s)
		return nil
	case isText && strings.Contains(s, "\n"): // as the library writes some of these, it can't read them
		value = &yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Value: s}
		line, err := yaml.Marshal(map[string]any{key: value})
		b.WriteString(byLines(string(line)))
		return err
	}
	line, err := yaml.Marshal(map[string]any{key: value})
	b.Write(line)
	return err
}

// byLines breaks a quoted text behind each of its line breaks. A backslash hides the break that is written, and the blanks
// behind it; one before a blank keeps that.
func byLines(quoted string) string {
	var b strings.Builder
	for i := 0; i < len(quoted); i++ {
		b.WriteByte(quoted[i])
		if quoted[i] != '\\' {
			continue
		}
		i++
		b.WriteByte(quoted[i])
		if quoted[i] != 'n' || quoted[i+1] == '"' {
			continue
		}
		b.WriteString("\\\n  ")
		if quoted[i+1] == ' ' {
			b.WriteByte('\\')
		}
	}
	return b.String()
}

// isBlock reports whether a text has several lines that YAML takes as they stand. The library quotes more of them: those with
// emoji, or blanks at the end of a line.
func isBlock(s string) bool {
	if !strings.Contains(s, "\n") || strings.Trim(s, "\n") == "" || !utf8.ValidString(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		switch r {
		case '\n', '\t':
			return false
		case '\u0085', '\u2028', '\u2029', '\ufeff', '\ufffe', '\uffff': // line breaks to YAML, a mark of the encoding, no characters
			return true
		}
		return unicode.IsControl(r)
	})
}

// writeBlock writes a text as a literal block. The header says how far it is indented where its first line does not show
// it, and what becomes of the line breaks at its end.
func writeBlock(b *bytes.Buffer, key, s string) {
	b.WriteString(key + ": |")
	if strings.IndexByte(" \t\n", s[0]) >= 0 {
		b.WriteByte('2')
	}
	lines := strings.Split(s, "\n")
	switch last := len(lines) - 1; {
	case lines[last] != "":
		b.WriteByte('-')
	case lines[last-1] == "":
		b.WriteByte('+')
		lines = lines[:last]
	default:
		lines = lines[:last]
	}
	b.WriteByte('\n')
	for _, line := range lines {
		if line != "" {
			b.WriteString("  " + line)
		}
		b.WriteByte('\n')
	}
}
