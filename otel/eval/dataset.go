package eval

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// Row is one example: what the task gets, and what would be right.
type Row[In, Exp any] struct {
	// ID names the row, the same in every run of the dataset: comparisons match rows by it,
	// and a run that goes on knows by it what is done. Empty, it is derived from Inputs.
	ID       string `json:"id"`
	Inputs   In     `json:"inputs"`
	Expected Exp    `json:"expectations"`
}

// Dataset is rows under a name. Inputs and expectations have to have JSON.
type Dataset[In, Exp any] struct {
	Name string
	// ID is that of a dataset of MLflow's own (d-…), if it is one.
	ID string
	// Rows gives all rows, in an order that does not change, as often as it is asked. An error
	// ends the evaluation.
	Rows iter.Seq2[Row[In, Exp], error]
}

// Slice is a dataset of rows in memory.
func Slice[In, Exp any](name string, rows ...Row[In, Exp]) Dataset[In, Exp] {
	return Dataset[In, Exp]{Name: name, Rows: func(yield func(Row[In, Exp], error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}}
}

// maxLine bounds one row of a file, in bytes.
const maxLine = 64 << 20

// JSONL is a dataset in a file of lines {"id": …, "inputs": …, "expectations": …}, as
// MLflow's datasets have them. The file is read row by row; lines have at most 64 MiB. It is
// read as often as rows are asked for, so that a pipe or a device is an error.
func JSONL[In, Exp any](name, path string) Dataset[In, Exp] {
	return Dataset[In, Exp]{Name: name, Rows: func(yield func(Row[In, Exp], error) bool) {
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // opening a pipe waits for whoever writes
			yield(Row[In, Exp]{}, fmt.Errorf("open dataset: %s is no regular file", path))
			return
		}
		f, err := os.Open(path)
		if err != nil {
			yield(Row[In, Exp]{}, fmt.Errorf("open dataset: %w", err))
			return
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, maxLine)
		for n := 1; lines.Scan(); n++ {
			if len(bytes.TrimSpace(lines.Bytes())) == 0 {
				continue
			}
			var r Row[In, Exp]
			if err := strictJSON(lines.Bytes(), &r); err != nil {
				yield(r, fmt.Errorf("read dataset %s, line %d: %w", path, n, err))
				return
			}
			if !yield(r, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(Row[In, Exp]{}, fmt.Errorf("read dataset %s: %w", path, err))
		}
	}}
}

// strictJSON reads one value and nothing behind it. Fields beside those of Row, such as
// tags, are passed over.
func strictJSON(text []byte, to any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(to); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value in a line")
	}
	return nil
}

// First is the dataset's first n rows; all of them where n is not positive.
func (d Dataset[In, Exp]) First(n int) Dataset[In, Exp] {
	if n <= 0 {
		return d
	}
	all := d.Rows
	d.Rows = func(yield func(Row[In, Exp], error) bool) {
		left := n
		for r, err := range all {
			if !yield(r, err) {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	}
	return d
}

// content is a row as JSON, by which its trace shows it and a journal tells whether it is
// still the same.
type content struct {
	id               string
	inputs, expected json.RawMessage
	digest           string // hexadecimal
}

func contentOf[In, Exp any](r Row[In, Exp]) (content, error) {
	in, err := json.Marshal(r.Inputs)
	if err != nil {
		return content{}, fmt.Errorf("write inputs of row %q: %w", r.ID, err)
	}
	expected, err := json.Marshal(r.Expected)
	if err != nil {
		return content{}, fmt.Errorf("write expectations of row %q: %w", r.ID, err)
	}
	return content{
		id: cmp.Or(r.ID, digestOf(string(in))[:16]), inputs: in, expected: expected, digest: digestOf(r.ID, string(in), string(expected)),
	}, nil
}

// digestOf is a digest of texts, told apart by their lengths, as hexadecimal digits.
func digestOf(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(h, "%d:%s,", len(t), t)
	}
	return hex.EncodeToString(h.Sum(nil))
}
