package mlflow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// DatasetInfo is what MLflow knows of one of its evaluation datasets beside the records
// (mlflow.entities.EvaluationDataset, see [FeatureDatasets]).
type DatasetInfo struct {
	ID      string            `json:"dataset_id"` // d-…
	Name    string            `json:"name"`       // MLflow takes the same name twice
	Digest  string            `json:"digest"`     // another one after each change
	Tags    map[string]string `json:"tags,omitempty"`
	Records int               `json:"records"`          // how many there are
	Created int64             `json:"created_time"`     // Unix milliseconds
	Updated int64             `json:"last_update_time"` // Unix milliseconds
}

// Input is the dataset as the input of a run, see [Client.LogInputs].
func (d DatasetInfo) Input() Dataset { return EvaluationDataset(d.ID, d.Name, d.Digest) }

// UnmarshalJSON reads what the server answers, where tags and profile are JSON as text.
func (d *DatasetInfo) UnmarshalJSON(b []byte) error {
	type plain DatasetInfo
	in := struct {
		*plain
		Tags    textOf[map[string]string] `json:"tags"`
		Profile textOf[struct {
			Records int `json:"num_records"`
		}] `json:"profile"`
	}{plain: (*plain)(d)}
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	d.Tags, d.Records = in.Tags.value, in.Profile.value.Records
	return nil
}

// textOf is a value that MLflow's dataset calls hand over as JSON within a text.
type textOf[T any] struct{ value T }

// UnmarshalJSON reads the text, and what it holds. An empty one holds nothing.
func (t *textOf[T]) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil || text == "" {
		return err
	}
	return json.Unmarshal([]byte(text), &t.value)
}

// MarshalJSON writes the value as a text.
func (t textOf[T]) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(t.value)
	if err != nil {
		return nil, err
	}
	return json.Marshal(string(text))
}

// DatasetRecord is one example of an evaluation dataset. MLflow tells records of a dataset
// apart by their inputs alone.
type DatasetRecord struct {
	ID string `json:"dataset_record_id,omitempty"` // dr-…, the server's
	// Created is when the request came that added the record, in milliseconds since 1970; the server's.
	Created int64 `json:"created_time,omitempty"`
	// Inputs is a JSON object. MLflow's pages show its members in their order, which makes no
	// other record.
	Inputs       json.RawMessage   `json:"inputs"`
	Expectations map[string]any    `json:"expectations,omitempty"`
	Tags         map[string]string `json:"tags,omitempty"`
	Source       *RecordSource     `json:"source,omitempty"`
}

// RecordSource says where a record comes from.
type RecordSource struct {
	Type string `json:"source_type"` // TRACE, HUMAN, DOCUMENT or CODE
	// Data names it: trace_id of a trace, source_id of another source. The value of these is
	// kept up to 36 characters.
	Data map[string]any `json:"source_data"`
}

// CreateDataset makes an evaluation dataset of an experiment. Another one of the same name is
// made if it is called again: see [Client.DatasetByName].
func (c *Client) CreateDataset(ctx context.Context, experimentID, name string, tags map[string]string) (DatasetInfo, error) {
	var out struct {
		Dataset DatasetInfo `json:"dataset"`
	}
	in := struct {
		Name        string                     `json:"name"`
		Experiments []string                   `json:"experiment_ids"`
		Tags        *textOf[map[string]string] `json:"tags,omitempty"`
	}{Name: name, Experiments: []string{experimentID}}
	if len(tags) > 0 {
		in.Tags = &textOf[map[string]string]{tags}
	}
	err := c.call(ctx, http.MethodPost, datasetPath("create"), nil, in, &out)
	if err == nil && out.Dataset.ID == "" {
		err = &NotMLflowError{URI: c.URI(), Err: errors.New("a created dataset has no id")}
	}
	if err != nil {
		return out.Dataset, fmt.Errorf("create dataset %q: %w", name, err)
	}
	return out.Dataset, nil
}

// datasetPage is how many datasets are asked for at a time.
const datasetPage = 200

// Datasets lists the evaluation datasets of an experiment, the oldest first.
func (c *Client) Datasets(ctx context.Context, experimentID string) ([]DatasetInfo, error) {
	var all []DatasetInfo
	for token, page := "", 0; ; page++ {
		var out struct {
			Datasets list[DatasetInfo] `json:"datasets"`
			Next     string            `json:"next_page_token"`
		}
		err := c.call(ctx, http.MethodPost, datasetPath("search"), nil, struct {
			Experiments []string `json:"experiment_ids"`
			Max         int      `json:"max_results"`
			Token       string   `json:"page_token,omitempty"`
		}{[]string{experimentID}, datasetPage, token}, &out)
		if err == nil {
			err = c.turned(http.MethodPost, datasetPath("search"), token, out.Next, page)
		}
		if all = append(all, out.Datasets...); err == nil && len(all) > maxListed {
			err = c.endless(http.MethodPost, datasetPath("search"), maxListed, "datasets")
		}
		if err != nil {
			return nil, fmt.Errorf("list datasets: %w", err)
		}
		if token = out.Next; token == "" || len(out.Datasets) == 0 {
			break
		}
	}
	slices.SortFunc(all, func(a, b DatasetInfo) int { return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}

// DatasetByName finds a dataset of an experiment, and reports whether there is one. Of several
// of that name it is the oldest.
func (c *Client) DatasetByName(ctx context.Context, experimentID, name string) (DatasetInfo, bool, error) {
	all, err := c.Datasets(ctx, experimentID)
	if err != nil {
		return DatasetInfo{}, false, err
	}
	i := slices.IndexFunc(all, func(d DatasetInfo) bool { return d.Name == name })
	if i < 0 {
		return DatasetInfo{}, false, nil
	}
	return all[i], true, nil
}

// SetDatasetTags adds tags to a dataset, or changes them; others stay.
func (c *Client) SetDatasetTags(ctx context.Context, id string, tags map[string]string) error {
	var out struct{}
	in := struct {
		Tags textOf[map[string]string] `json:"tags"`
	}{textOf[map[string]string]{tags}}
	if err := c.call(ctx, http.MethodPatch, datasetPath(id, "tags"), nil, in, &out); err != nil {
		return fmt.Errorf("tag dataset %s: %w", id, err)
	}
	return nil
}

// PutDatasetRecords adds records to a dataset, all or none. For a record whose inputs are there
// already, expectations and tags are added to those, or take their place by their keys; its
// source stays. Sent again it changes nothing but times and the dataset's digest.
func (c *Client) PutDatasetRecords(ctx context.Context, id string, records []DatasetRecord) (inserted, updated int, err error) {
	var out struct {
		Inserted int `json:"inserted_count"`
		Updated  int `json:"updated_count"`
	}
	in := struct {
		Records textOf[[]DatasetRecord] `json:"records"`
	}{textOf[[]DatasetRecord]{records}}
	if err := c.call(ctx, http.MethodPost, datasetPath(id, "records"), nil, in, &out); err != nil {
		return 0, 0, fmt.Errorf("write records of dataset %s: %w", id, err)
	}
	return out.Inserted, out.Updated, nil
}

// recordPage is how many records are asked for at a time, at first: an answer has a bound, and
// records may hold whole documents.
const recordPage = 32

// DatasetRecords calls visit for each record of a dataset until visit returns an error, which is
// returned. They come in the order of their requests, and those of one request by their ids, which
// are random. One page of them is in memory at a time.
func (c *Client) DatasetRecords(ctx context.Context, id string, visit func(DatasetRecord) error) error {
	size := recordPage
	for token, asked := "", 0; ; asked += size {
		var out struct {
			Records textOf[list[DatasetRecord]] `json:"records"`
			Next    string                      `json:"next_page_token"`
		}
		query := url.Values{"max_results": {strconv.Itoa(size)}}
		if token != "" {
			query.Set("page_token", token)
		}
		err := c.call(ctx, http.MethodGet, datasetPath(id, "records"), query, nil, &out)
		if errors.Is(err, errTooLarge) && size > 1 {
			size = max(size/4, 1)
			continue
		}
		if err == nil {
			err = c.turned(http.MethodGet, datasetPath(id, "records"), token, out.Next, asked/recordPage)
		}
		if err != nil {
			return fmt.Errorf("read records of dataset %s: %w", id, err)
		}
		for _, r := range out.Records.value {
			if err := visit(r); err != nil {
				return err
			}
		}
		if token = out.Next; token == "" {
			return nil
		}
	}
}

// datasetPath is the path of a call about datasets.
func datasetPath(segments ...string) string {
	path := "api/3.0/mlflow/datasets"
	for _, s := range segments {
		path += "/" + url.PathEscape(s)
	}
	return path
}
