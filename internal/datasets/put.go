package datasets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/technoshare/commentator/otel/mlflow"
)

// Changes counts what became of rows.
type Changes struct {
	Added, Changed, Unchanged int
	Skipped                   []Skip
}

// Skip is something that did not become a row, and why.
type Skip struct{ What, Why string }

// Writer adds rows to one dataset. It is for one goroutine. What was written stays written when
// a later step fails; all of it may be written again.
type Writer struct {
	client *mlflow.Client
	info   mlflow.DatasetInfo
	byID   map[string]*known
	bySum  map[string]*known
	all    int // records, foreign ones too
	batch  []mlflow.DatasetRecord
	size   int // of the batch, in bytes
	done   Changes
}

// known is what a writer knows of a row that is there.
type known struct {
	id, digest   string
	url          string
	expectations map[string]any
	tags         map[string]string
}

// Bounds of one request: proxies have theirs on bodies, and MLflow's transaction takes as long
// as the request is large.
const (
	maxBatch     = 100
	maxBatchSize = 4 << 20
)

// NewWriter opens a dataset of an experiment for adding rows, and makes it if there is none. It
// reads what is there once. The error is a [*MissingError] where the server has no datasets.
func NewWriter(ctx context.Context, c *mlflow.Client, experimentID, name string) (*Writer, error) {
	info, err := Find(ctx, c, experimentID, name)
	if IsUnknown(err) {
		if _, err = c.CreateDataset(ctx, experimentID, name, nil); err == nil {
			info, err = Find(ctx, c, experimentID, name) // of two made at the same time it is the same for both
		}
	}
	if err != nil {
		return nil, err
	}
	w := &Writer{client: c, info: info, byID: map[string]*known{}, bySum: map[string]*known{}}
	err = Each(ctx, c, info.ID, func(r Row, ours bool) error {
		w.all++
		if ours {
			w.remember(r)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read dataset %q: %w", name, err)
	}
	return w, nil
}

// remember takes a row into what is known.
func (w *Writer) remember(r Row) {
	k := &known{
		id: r.ID, digest: r.Inputs.Digest(), url: r.Inputs.URL, expectations: r.Expectations, tags: r.Tags,
	}
	if w.byID[k.id] == nil {
		w.byID[k.id] = k
	}
	w.bySum[k.digest] = k
}

// Info is the dataset as it was when it was opened.
func (w *Writer) Info() mlflow.DatasetInfo { return w.info }

// Skip counts something that does not become a row.
func (w *Writer) Skip(what, why string) { w.done.Skipped = append(w.done.Skipped, Skip{what, why}) }

// Put adds a row, or adds to the expectations and tags of the one that has its content. What
// can't be a row is skipped, and counted with its reason. Rows are sent in requests of up to
// 100 rows or 4 MiB; [Writer.Close] sends the last.
func (w *Writer) Put(ctx context.Context, r Row) error {
	r = r.clean()
	if why := r.check(); why != "" {
		w.Skip(r.ID, why)
		return nil
	}
	there := w.bySum[r.Inputs.Digest()]
	switch same := w.byID[r.ID]; {
	case there == nil && same != nil:
		w.Skip(r.ID, "there is a row of this id with other inputs, for "+same.url)
		return nil
	case there == nil && w.all >= MaxRows:
		w.Skip(r.ID, fmt.Sprintf("the dataset has %d rows, as many as it may have", MaxRows))
		return nil
	case there == nil:
		w.done.Added++
		w.all++
		w.remember(r)
	default:
		r.ID = there.id
		if !there.take(r) {
			w.done.Unchanged++
			return nil
		}
		w.done.Changed++
	}
	return w.send(ctx, r)
}

// take adds expectations and tags of a row with the same content, and reports whether that
// changed any.
func (k *known) take(r Row) (changed bool) {
	for name, value := range r.Expectations {
		if old, there := k.expectations[name]; !there || !sameJSON(old, value) {
			if k.expectations == nil {
				k.expectations = map[string]any{}
			}
			k.expectations[name], changed = value, true
		}
	}
	for name, value := range r.Tags {
		if old, there := k.tags[name]; !there || old != value {
			if k.tags == nil {
				k.tags = map[string]string{}
			}
			k.tags[name], changed = value, true
		}
	}
	return changed
}

// sameJSON reports whether two values are the same once written and read.
func sameJSON(a, b any) bool { return reflect.DeepEqual(asRead(a), asRead(b)) }

// asRead is a value as JSON gives it back; what has no JSON is itself.
func asRead(v any) any {
	text, err := json.Marshal(v)
	var out any
	if err != nil || json.Unmarshal(text, &out) != nil {
		return v
	}
	return out
}

// send puts a row into the batch, and sends that when it is full.
func (w *Writer) send(ctx context.Context, r Row) error {
	rec, err := r.record()
	if err != nil {
		return fmt.Errorf("write row %s: %w", r.ID, err)
	}
	text, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("write row %s: %w", r.ID, err)
	}
	if w.size+len(text) > maxBatchSize {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	w.batch, w.size = append(w.batch, rec), w.size+len(text)
	if len(w.batch) == maxBatch {
		return w.flush(ctx)
	}
	return nil
}

func (w *Writer) flush(ctx context.Context) error {
	if len(w.batch) == 0 {
		return nil
	}
	_, _, err := w.client.PutDatasetRecords(ctx, w.info.ID, w.batch)
	w.batch, w.size = nil, 0
	return err
}

// Close sends what was not sent yet, and returns what became of all rows. It must be called
// once, also after an error of Put, which it then returns with what was done by then.
func (w *Writer) Close(ctx context.Context) (Changes, error) { return w.done, w.flush(ctx) }

// Put adds rows to a dataset, see [Writer].
func Put(ctx context.Context, c *mlflow.Client, experimentID, name string, rows ...Row) (Changes, error) {
	w, err := NewWriter(ctx, c, experimentID, name)
	if err != nil {
		return Changes{}, err
	}
	for _, r := range rows {
		if err = w.Put(ctx, r); err != nil {
			break
		}
	}
	done, closeErr := w.Close(ctx)
	return done, errors.Join(err, closeErr)
}
