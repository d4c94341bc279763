package stream

import (
	"bytes"
	"encoding/json"
	"mime"
)

const (
	maxFields = 64
	maxField  = 1 << 10 // bytes of a field's value; longer ones are no settings
	maxHeader = 4 << 10 // bytes of the headers of a part
)

// Form finds the short fields of a form (multipart/form-data) as it passes. Files are skipped.
type Form struct {
	mark   []byte // CRLF, two hyphens and the boundary
	fields map[string]string
	held   []byte // what may be the beginning of a mark, or a part's header that is not whole
	name   string // of the field under way
	value  []byte
	state  formState
}

type formState byte

const (
	beforePart formState = iota
	inHeader
	inField
	inFile
)

// NewForm returns a reader of the form with that Content-Type; of another body it finds nothing.
func NewForm(contentType string) *Form {
	f := &Form{}
	if kind, params, err := mime.ParseMediaType(contentType); err == nil && kind == "multipart/form-data" && params["boundary"] != "" {
		f.mark = []byte("\r\n--" + params["boundary"])
	}
	f.Reset()
	return f
}

// Reset forgets what came.
func (f *Form) Reset() {
	*f = Form{mark: f.mark, fields: map[string]string{}, held: []byte("\r\n")} // the first mark has no line before it
}

// Write takes the next bytes. It keeps no reference to p.
func (f *Form) Write(p []byte) {
	if f.mark == nil || len(p) == 0 {
		return
	}
	data := p
	if len(f.held) > 0 {
		data = append(f.held, p...)
		f.held = nil
	}
	for len(data) > 0 {
		rest := f.take(data)
		if len(rest) == len(data) {
			break
		}
		data = rest
	}
	f.held = append([]byte(nil), data...)
}

// take takes a part of data, and returns what is left; all of it where more has to come.
func (f *Form) take(data []byte) []byte {
	if f.state == inHeader {
		end := bytes.Index(data, []byte("\r\n\r\n"))
		if end < 0 {
			if len(data) > maxHeader {
				f.state = inFile
			}
			return data
		}
		f.header(data[:end])
		return data[end+4:]
	}
	at := bytes.Index(data, f.mark)
	if at < 0 {
		// The end may be the beginning of a mark.
		n := max(len(data)-len(f.mark), 0)
		f.part(data[:n])
		return data[n:]
	}
	f.part(data[:at])
	if f.state == inField && len(f.value) <= maxField && len(f.fields) < maxFields {
		f.fields[f.name] = string(f.value)
	}
	f.state, f.value = inHeader, nil
	return data[at+len(f.mark):]
}

func (f *Form) part(p []byte) {
	if f.state == inField && len(f.value) <= maxField {
		f.value = append(f.value, p...)
	}
}

func (f *Form) header(h []byte) {
	f.state = inFile
	for line := range bytes.SplitSeq(h, []byte("\r\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if !bytes.EqualFold(bytes.TrimSpace(name), []byte("Content-Disposition")) {
			continue
		}
		_, params, err := mime.ParseMediaType(string(bytes.TrimSpace(value)))
		if _, file := params["filename"]; err == nil && !file && params["name"] != "" {
			f.state, f.name = inField, params["name"]
		}
	}
}

// JSON returns the fields as an object of texts.
func (f *Form) JSON() []byte {
	b, err := json.Marshal(f.fields)
	if err != nil {
		return nil
	}
	return b
}
