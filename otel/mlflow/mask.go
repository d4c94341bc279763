package mlflow

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// minSecret is the length from which a credential is looked for in texts; a
// shorter one would mask ordinary words.
const minSecret = 4

// secrets masks the credentials in all forms in which a request carries them.
func (c config) secrets() *strings.Replacer {
	var pairs []string
	for _, secret := range []string{
		base64.StdEncoding.EncodeToString([]byte(c.user + ":" + c.password)),
		c.password, url.QueryEscape(c.password), c.token, url.QueryEscape(c.token),
	} {
		if len(secret) >= minSecret {
			pairs = append(pairs, secret, "***")
		}
	}
	return strings.NewReplacer(pairs...)
}

// apiError reads a refusal. A server, or a proxy before it, may repeat the
// credentials it was sent; they must not reach logs or the outbox.
func (c *Client) apiError(method, path string, resp *http.Response, body []byte) *APIError {
	e := newAPIError(method, path, resp, body)
	e.Message = c.secrets.Replace(e.Message)
	return e
}
