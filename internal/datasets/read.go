package datasets

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/technoshare/commentator/otel/mlflow"
)

// Dataset is a dataset with its rows.
type Dataset struct {
	mlflow.DatasetInfo
	// Rows come in the order in which they were added, and by their ids among those of one request: the
	// same rows stand in the same order on each server.
	Rows []Row
	// Foreign counts records that are no rows of ours: their inputs have no URL.
	Foreign int
}

// UnknownError says that an experiment has no dataset of a name.
type UnknownError struct{ Name string }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("there is no dataset %q in this experiment; `commentator dataset list` shows those there are", e.Name)
}

// IsUnknown reports whether an error says that there is no such dataset.
func IsUnknown(err error) bool {
	var unknown *UnknownError
	return errors.As(err, &unknown)
}

// MissingError says that a server keeps no datasets, and why.
type MissingError struct{ Why string }

func (e *MissingError) Error() string {
	return "this MLflow server keeps no evaluation datasets: " + e.Why
}

// IsMissing reports whether an error says that the server keeps no datasets.
func IsMissing(err error) bool {
	var missing *MissingError
	return errors.As(err, &missing)
}

// Check asks the server whether it keeps datasets; a [*MissingError] says that it does not.
func Check(ctx context.Context, c *mlflow.Client) error {
	caps, err := c.Capabilities(ctx)
	if err != nil {
		return err
	}
	if why := caps.Missing(mlflow.FeatureDatasets); why != "" {
		return &MissingError{why}
	}
	return nil
}

// Find returns what MLflow knows of a dataset of an experiment. The error is an
// [*UnknownError] where there is none, a [*MissingError] where the server has none at all,
// or that of a server that can't be asked.
func Find(ctx context.Context, c *mlflow.Client, experimentID, name string) (mlflow.DatasetInfo, error) {
	if err := Check(ctx, c); err != nil {
		return mlflow.DatasetInfo{}, err
	}
	d, found, err := c.DatasetByName(ctx, experimentID, name)
	if err != nil {
		return d, fmt.Errorf("find dataset %q: %w", name, err)
	}
	if !found {
		return d, &UnknownError{name}
	}
	return d, nil
}

// Each calls visit for each row of a dataset until visit returns an error, which is returned; ours is
// unset for a record that is no row. The order is the server's and always the same: by when they were
// added, and by MLflow's ids among those that came in one request. A page of rows is in memory at a time.
func Each(ctx context.Context, c *mlflow.Client, datasetID string, visit func(r Row, ours bool) error) error {
	return c.DatasetRecords(ctx, datasetID, func(rec mlflow.DatasetRecord) error { return visit(rowOf(rec)) })
}

// Read returns a dataset of an experiment with all its rows, which are at most [MaxRows] and
// [MaxRead]. Errors are those of [Find] too.
func Read(ctx context.Context, c *mlflow.Client, experimentID, name string) (Dataset, error) {
	info, err := Find(ctx, c, experimentID, name)
	if err != nil {
		return Dataset{}, err
	}
	d := Dataset{DatasetInfo: info}
	type dated struct {
		row   Row
		added int64
	}
	var rows []dated
	size := 0
	err = c.DatasetRecords(ctx, info.ID, func(rec mlflow.DatasetRecord) error {
		r, ours := rowOf(rec)
		if !ours {
			d.Foreign++
			return nil
		}
		text, err := json.Marshal(r.Inputs)
		if size += len(text); err != nil || size > MaxRead || len(rows) == MaxRows {
			return fmt.Errorf("it has more than %d rows or %d MiB: make a smaller one of it", MaxRows, MaxRead>>20)
		}
		rows = append(rows, dated{r, rec.Created})
		return nil
	})
	if err != nil {
		return d, fmt.Errorf("read dataset %q: %w", name, err)
	}
	slices.SortStableFunc(rows, func(a, b dated) int {
		return cmp.Or(cmp.Compare(a.added, b.added), cmp.Compare(a.row.ID, b.row.ID))
	})
	for _, r := range rows {
		d.Rows = append(d.Rows, r.row)
	}
	return d, nil
}
