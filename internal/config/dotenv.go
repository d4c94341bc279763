package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/joho/godotenv"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/otel/namedfile"
)

// maxDotenv bounds a .env file, in bytes: far above one with every setting in it.
const maxDotenv = 1 << 20

// byteOrderMark is what editors on Windows put before a text in UTF-8.
var byteOrderMark = []byte("\ufeff")

// readDotenv reads the variables of a .env file. Its errors show no value, which may be a secret.
func readDotenv(file string, settings map[string]field) (map[string]string, error) {
	body, err := namedfile.Read(file, maxDotenv)
	if err != nil {
		return nil, err
	}
	body = bytes.TrimPrefix(body, byteOrderMark)
	if bytes.IndexByte(body, 0) >= 0 {
		return nil, errors.New("it is no text in UTF-8, but in UTF-16 perhaps, as PowerShell writes it: save it as UTF-8")
	}
	vars, err := godotenv.UnmarshalBytes(body)
	if err != nil { // it quotes the file
		return nil, fmt.Errorf("a line is malformed%s; each line must read NAME=value", malformed(body))
	}
	return vars, checkReferences(body, vars, settings)
}

// maxSearched bounds the lines among which the malformed one is looked for: it takes their square.
const maxSearched = 1000

// malformed says where a file is malformed: behind the longest beginning of it that is not.
func malformed(body []byte) string {
	lines := bytes.SplitAfter(body, []byte("\n"))
	if len(lines) > maxSearched {
		return ""
	}
	end := len(body)
	for i := len(lines) - 1; i >= 0; i-- {
		end -= len(lines[i])
		if _, err := godotenv.UnmarshalBytes(body[:end]); err == nil {
			return fmt.Sprintf(", line %d", i+1)
		}
	}
	return ""
}

// reference matches what godotenv takes for a variable, with the brackets that it takes away.
var reference = lazyregexp.New(`\$(\(?)(\{?)([A-Z0-9_]+)(\}?)`)

// checkReferences refuses settings of which a part was lost: a $ stands for a variable that stands further up in the
// same file, and for nothing where there is none, as in most passwords with a $.
func checkReferences(body []byte, vars map[string]string, settings map[string]field) error {
	literal, err := godotenv.UnmarshalBytes(bytes.ReplaceAll(body, []byte("$"), []byte(`\$`)))
	if err != nil {
		return nil // it can't be told
	}
	for name, value := range vars {
		_, ours := settings[strings.TrimSuffix(name, "_FILE")]
		if written := strings.ReplaceAll(literal[name], `\$`, "$"); !ours || written == value {
			continue
		}
		for _, m := range reference.FindAllStringSubmatch(literal[name], -1) {
			meant, set := vars[m[3]]
			if whole := m[1] == "" && (m[2] == "") == (m[4] == ""); !whole || !set || !strings.Contains(value, meant) {
				return fmt.Errorf("%s has a $ that stands for a variable which this file does not set, or not before: "+
					"put the value in single quotes, or write out what is meant", name)
			}
		}
	}
	return nil
}
