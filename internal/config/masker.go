package config

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/otel/mlflow"
)

// minMasked is the length in bytes from which a secret is looked for in texts.
// Shorter ones would mask common words.
const minMasked = 6

// minLong is the length in bytes from which a secret is looked for in content
// too: longer than nearly all words, shorter than what services give out.
const minLong = 12

// Masker replaces secrets in texts by Mask, in every form in which a server may
// repeat them: as they are, in percent encoding, quoted as Go and JSON do, and
// in HTTP basic authentication. It is immutable once built and may be used by
// several goroutines; a nil Masker changes nothing. Its forms are what must be
// kept out of logs: never print one.
type Masker struct {
	forms []string
	plain []string // of forms: values that are secret only perhaps, for errors and logs
}

// NewMasker returns a Masker of the given secrets.
func NewMasker(secrets ...string) *Masker {
	m := new(Masker)
	for _, s := range secrets {
		m.add(s)
	}
	return m
}

// add adds the forms of a secret, as far as they are long enough and new.
// Quoting is without the quotation marks, since a text that quotes may quote
// more than the secret.
func (m *Masker) add(secret string) {
	quoted := strconv.Quote(secret)
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), quoted[1 : len(quoted)-1]}
	if body, err := json.Marshal(secret); err == nil {
		forms = append(forms, string(body[1:len(body)-1]))
	}
	for _, form := range forms {
		if len(form) >= minMasked && !slices.Contains(m.forms, form) {
			m.forms = append(m.forms, form)
		}
	}
}

// Long returns a masker of those forms only that no word of a text could be, for
// texts that must not lose words: people set "ollama" as the key of a server that
// wants none.
// A nil Masker gives nil.
func (m *Masker) Long() *Masker {
	if m == nil {
		return nil
	}
	return &Masker{forms: slices.DeleteFunc(slices.Clone(m.forms), func(form string) bool {
		return len(form) < minLong || slices.Contains(m.plain, form)
	})}
}

// addBasic adds a password and the header in which it travels (RFC 7617).
func (m *Masker) addBasic(user, password string) {
	if password == "" {
		return
	}
	m.add(password)
	m.add(base64.StdEncoding.EncodeToString([]byte(user + ":" + password)))
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

// Mask returns the text without the secrets. Secrets that overlap are masked as
// one, so that of two with a common part nothing is left. The time is the
// length of the text times the number of forms.
func (m *Masker) Mask(text string) string {
	if m == nil {
		return text
	}
	var found []span
	for _, form := range m.forms {
		for from := 0; ; {
			i := strings.Index(text[from:], form)
			if i < 0 {
				break
			}
			found = append(found, span{from + i, from + i + len(form)})
			// The next hit may overlap this one: search on from its second
			// byte.
			from += i + 1
		}
	}
	if len(found) == 0 {
		return text
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	end := 0 // of what has been written or masked
	// Invariant: text before end has been written or masked. A span that begins
	// before end overlaps the last one and only extends it.
	for _, s := range found {
		if s.from >= end {
			b.WriteString(text[end:s.from])
			b.WriteString(Mask)
		}
		end = max(end, s.to)
	}
	b.WriteString(text[end:])
	return b.String()
}

// Masker returns the masker of all secrets that the process knows of: those of
// the settings however they were given, those of the environment that a flag
// replaces, and those that only libraries read. Build it once, after the command
// line is parsed; before that, a zero Settings gives what the environment has.
// It looks at the types of the fields, so that a setting of type Secret or
// Address cannot be forgotten here.
func (s *Settings) Masker(e *Environment) *Masker {
	m := new(Masker)
	fields := fieldsOf(reflect.ValueOf(s).Elem(), "")
	secrets := Secrets()
	for _, f := range fields {
		switch v := f.value.Interface().(type) {
		case string:
			// The path of a secret's file, which is a setting of its own.
			if of, ok := strings.CutSuffix(f.Name, "_FILE"); ok && slices.Contains(secrets, of) {
				m.addFile(v)
				m.addFile(e.lookup(f.Name))
			}
		case Secret:
			m.add(v.Reveal())
			given := e.lookup(f.Name)
			m.add(given)
			m.add(e.files[f.Name])
		case Address:
			m.addAddress(v)
			given := e.lookup(f.Name)
			m.addAddress(Address(given))
			m.addAddress(Address(e.files[f.Name]))
		case map[string]Address:
			for _, a := range v {
				m.addAddress(a)
			}
			given := e.lookup(f.Name)
			for entry := range strings.SplitSeq(given, ",") {
				m.addAddress(Address(entry))
			}
		}
	}
	m.addMLflow(&s.MLflow, e)
	for _, name := range libraryAddresses {
		m.addAddress(Address(os.Getenv(name)))
	}
	for _, name := range libraryHeaders {
		m.addHeaders(os.Getenv(name))
	}
	return m
}

// addMLflow adds what the secrets of these settings travel in: headers of basic
// authentication, and lists of which each value is one. A password may stand in a
// file of MLflow's own.
func (m *Masker) addMLflow(s *MLflow, e *Environment) {
	user, password := e.lookup("MLFLOW_TRACKING_USERNAME"), e.lookup("MLFLOW_TRACKING_PASSWORD")
	m.addBasic(user, password)
	m.addBasic(cmp.Or(s.Username, user), s.Password.Reveal())
	stored := mlflow.Config{Username: cmp.Or(s.Username, user)}.WithSystemDefaults()
	m.addBasic(stored.Username, stored.Password)
	id := url.QueryEscape(cmp.Or(s.OAuth2ClientID, e.lookup("MLFLOW_TRACKING_OAUTH2_CLIENT_ID")))
	m.addBasic(id, url.QueryEscape(s.OAuth2Secret.Reveal())) // RFC 6749, section 2.3.1
	m.addBasic(id, url.QueryEscape(e.lookup("MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET")))
	for _, list := range []string{
		s.Headers.Reveal(), e.lookup("MLFLOW_TRACKING_HEADERS"), s.OAuth2Params.Reveal(), e.lookup("MLFLOW_TRACKING_OAUTH2_PARAMS"),
	} {
		m.addHeaders(list)
	}
}

// addFile adds what a file holds, where it can be read; what replaces it later is
// known to the client alone, which masks it in what the server says.
func (m *Masker) addFile(path string) {
	if path == "" {
		return
	}
	if secret, err := readSecret(path); err == nil {
		m.add(secret)
	}
}

// addAddress adds the passwords of an address; the user is no secret.
func (m *Masker) addAddress(a Address) {
	user, passwords := a.credentials()
	for _, password := range passwords {
		m.addBasic(user, password)
	}
}

// addHeaders adds the values of a list of headers. An entry without a name is
// refused by the library that reads it, with its text. Of headers that do not look
// like credentials, as content-type=application/json, the values are only plain.
func (m *Masker) addHeaders(list string) {
	for header := range strings.SplitSeq(list, ",") {
		name, value, named := strings.Cut(header, "=")
		if !named {
			value = name
		}
		known := len(m.forms)
		m.add(strings.TrimSpace(value))
		if unescaped, err := url.PathUnescape(value); err == nil {
			m.add(strings.TrimSpace(unescaped))
		}
		if named && !credentialHeader.MatchString(name) {
			m.plain = append(m.plain, m.forms[known:]...)
		}
	}
}

// credentialHeader matches names under which backends take keys: authorization,
// x-honeycomb-team, api-key, x-sf-token, lightstep-access-token.
var credentialHeader = lazyregexp.New(`(?i)auth|key|token|secret|team|password|cookie`)

// WithAddresses returns a Masker that knows the passwords of addresses in texts too,
// such as arguments that could not be read.
func (m *Masker) WithAddresses(texts ...string) *Masker {
	more := &Masker{forms: slices.Clone(m.forms), plain: slices.Clone(m.plain)}
	for _, t := range texts {
		more.addAddress(Address(t))
	}
	return more
}

// libraryAddresses are variables that libraries read from the environment, and
// that may hold a user and a password: the OTLP exporter's, and net/http's.
var libraryAddresses = []string{
	"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
	"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy",
}

// libraryHeaders hold name=value,name=value, with values in percent encoding
// (OpenTelemetry protocol exporter specification).
var libraryHeaders = []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"}
