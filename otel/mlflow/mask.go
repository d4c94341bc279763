package mlflow

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// hidden stands where a secret was.
const hidden = "***"

// minSecret is the length in bytes from which a credential is looked for in texts;
// a shorter one would mask ordinary words.
const minSecret = 4

// maskSecrets takes secrets out of a text, in the forms in which requests carry
// them.
func maskSecrets(text string, secrets []string) string {
	var forms []string
	for _, s := range secrets {
		forms = append(forms, s, url.QueryEscape(s), url.PathEscape(s))
	}
	forms = slices.DeleteFunc(forms, func(f string) bool { return len(f) < minSecret })
	// The longest first: of two that begin alike nothing must be left.
	slices.SortFunc(forms, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	pairs := make([]string, 0, 2*len(forms))
	for _, f := range forms {
		pairs = append(pairs, f, hidden)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// secrets are the client's credentials at the moment: tokens change.
func (t *authTransport) secrets() []string {
	var all []string
	if t.auth != nil {
		all = t.auth.secrets()
	}
	return slices.Concat(all, t.hidden, t.cookies.secrets())
}

// apiError reads a refusal. A server, or a proxy before it, may repeat the
// credentials it was sent; they must not reach logs or the outbox.
func (c *Client) apiError(method, path string, resp *http.Response, body []byte) *APIError {
	secrets := c.auth.secrets()
	// Also before the message is shortened: of a token that is cut, the rest would not
	// be known for one.
	e := newAPIError(method, path, resp, []byte(maskSecrets(string(body), secrets)))
	e.Message = maskSecrets(e.Message, secrets)
	return e
}
