package datasets

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/mlflow"
)

// maxLine bounds a line of a file of rows, in bytes: evidence may stand in it.
const maxLine = 2 * MaxEvidence

// fileRow is a line of a file of rows, as [WriteRow] writes it too.
type fileRow struct {
	ID           string            `json:"id"`
	Inputs       Inputs            `json:"inputs"`
	Expectations map[string]any    `json:"expectations,omitempty"`
	Tags         map[string]string `json:"tags,omitempty"`
}

// Line is a row of a file, and where it stands.
type Line struct {
	Row
	Number int // from 1
}

// ReadFile reads rows, one JSON object a line; empty lines are passed over. name is the file's, for
// errors, which name the line too. A row without an id gets one that follows from its link; the evidence
// is nil where the file has none.
func ReadFile(name string, r io.Reader) ([]Line, error) {
	var out []Line
	seen := map[string]int{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() {
		n++
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		row, err := readLine(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, n, err)
		}
		if first := seen[row.ID]; first > 0 {
			return nil, fmt.Errorf("%s, line %d: the id %q is that of line %d", name, n, row.ID, first)
		}
		if seen[row.ID] = n; len(out) == MaxRows {
			return nil, fmt.Errorf("%s, line %d: a dataset has at most %d rows", name, n, MaxRows)
		}
		out = append(out, Line{row, n})
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("%s, line %d: it is longer than %d bytes", name, n+1, maxLine)
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	case len(out) == 0:
		return nil, fmt.Errorf("%s: there are no rows in it", name)
	}
	return out, nil
}

func readLine(text []byte) (Row, error) {
	var in fileRow
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return Row{}, fmt.Errorf(`%w; a line is {"id": …, "inputs": {"url": …}, "expectations": {…}, "tags": {…}}`, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Row{}, errors.New("there is more than one JSON value in it")
	}
	u, err := url.Parse(in.Inputs.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return Row{}, fmt.Errorf("inputs.url %q is no http or https link", in.Inputs.URL)
	}
	in.Inputs.URL = job.Job{URL: in.Inputs.URL}.ShownURL()
	if in.ID = Scrub(strings.TrimSpace(in.ID)); in.ID == "" {
		sum := sha256.Sum256([]byte(in.Inputs.URL))
		in.ID = hex.EncodeToString(sum[:8])
	}
	return Row{ID: in.ID, Inputs: in.Inputs, Expectations: in.Expectations, Tags: in.Tags}, nil
}

// WriteRow writes a row as a line that [ReadFile] reads.
func WriteRow(w io.Writer, r Row) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(fileRow{r.ID, r.Inputs, r.Expectations, r.Tags})
}

// Evidence fetches what is behind a link.
type Evidence func(ctx context.Context, url string) (*job.Evidence, error)

// Add adds rows of a file. What a row lacks of evidence is fetched once: a row whose id the dataset has
// already keeps what it has. What can't be fetched is skipped with the reason.
func (w *Writer) Add(ctx context.Context, lines []Line, fetch Evidence) error {
	wanted := map[string]bool{}
	for _, l := range lines {
		if w.byID[l.ID] != nil && l.Inputs.Evidence == nil {
			wanted[l.ID] = true
		}
	}
	there := map[string]Inputs{}
	if len(wanted) > 0 {
		size := 0
		err := w.client.DatasetRecords(ctx, w.info.ID, func(rec mlflow.DatasetRecord) error {
			r, ours := rowOf(rec)
			if !ours || !wanted[r.ID] {
				return nil
			}
			if size += len(rec.Inputs); size > MaxRead {
				return fmt.Errorf("the rows of this file have more than %d MiB: add them in parts", MaxRead>>20)
			}
			there[r.ID] = r.Inputs
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, l := range lines {
		r := l.Row
		if kept, ok := there[r.ID]; ok && r.Inputs.Evidence == nil {
			if kept.URL != r.Inputs.URL {
				w.Skip(fmt.Sprintf("line %d", l.Number), fmt.Sprintf("the dataset has a row %s for another link, %s", r.ID, kept.URL))
				continue
			}
			r.Inputs = kept
		}
		if r.Inputs.Evidence == nil {
			ev, err := fetch(ctx, r.Inputs.URL)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				w.Skip(fmt.Sprintf("line %d", l.Number), err.Error())
				continue
			}
			r.Inputs.Evidence = ev
		}
		if err := w.Put(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
