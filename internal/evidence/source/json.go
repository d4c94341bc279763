package source

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/text"
)

// MaxAnswer bounds an answer of an API, in bytes.
const MaxAnswer = 16 << 20

// GetJSON fetches an API's answer and decodes it into v. credential
// names the API's, see [fetch.Request]; "" for none. Fields that v does not name are ignored, as APIs add some at any time.
func GetJSON(ctx context.Context, web Web, link, credential string, v any) (*fetch.Response, error) {
	res, err := web.Get(ctx, fetch.Request{URL: link, Accept: "application/json", Credential: credential, MaxBytes: MaxAnswer})
	if err != nil {
		return nil, err
	}
	if err := DecodeJSON(res.Body, v); err != nil {
		return nil, NotTheAPI(link, err)
	}
	return res, nil
}

// DecodeJSON decodes body, which may begin with a byte order mark, into v.
func DecodeJSON(body []byte, v any) error {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	return json.Unmarshal(body, v)
}

// maxListed bounds the entries of a list that are named.
const maxListed = 30

// NameOf reads a field that APIs fill with a string, a number, an object that
// has a name, type or url, or a list of these. It is "" for anything else.
func NameOf(v any) string {
	switch t := v.(type) {
	case string:
		return text.OneLine(t)
	case map[string]any:
		for _, k := range []string{"name", "type", "url"} {
			if s, ok := t[k].(string); ok && s != "" {
				return text.OneLine(s)
			}
		}
	case []any:
		return namesOf(t)
	case float64:
		return fmt.Sprint(t)
	}
	return ""
}

// namesOf joins the names of a list's first entries.
func namesOf(list []any) string {
	var out []string
	for _, e := range list[:min(len(list), maxListed)] {
		if s := NameOf(e); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}
