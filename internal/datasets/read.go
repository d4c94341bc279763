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
	// Rows come in the order of [Each].
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
// unset for a record that is no row. They come in the order in which they were added, and by their ids among those of
// one request, which are in memory at a time and may be [MaxRows] and [MaxRead]: the same rows stand in the same order
// on each server, and for whoever looks.
func Each(ctx context.Context, c *mlflow.Client, datasetID string, visit func(r Row, ours bool) error) error {
	type entry struct {
		Row
		ours bool
	}
	var together []entry // what one request added
	var added int64
	size := 0
	visitAll := func() error {
		slices.SortStableFunc(together, func(a, b entry) int { return cmp.Compare(a.ID, b.ID) })
		for _, e := range together {
			if err := visit(e.Row, e.ours); err != nil {
				return err
			}
		}
		together, size = together[:0], 0
		return nil
	}
	err := c.DatasetRecords(ctx, datasetID, func(rec mlflow.DatasetRecord) error {
		if rec.Created != added {
			if err := visitAll(); err != nil {
				return err
			}
			added = rec.Created
		}
		if size += len(rec.Inputs); size > MaxRead || len(together) == MaxRows {
			return fmt.Errorf("one request added more than %d rows or %d MiB: make a smaller one of it", MaxRows, MaxRead>>20)
		}
		r, ours := rowOf(rec)
		together = append(together, entry{r, ours})
		return nil
	})
	if err != nil {
		return err
	}
	return visitAll()
}

// Read returns a dataset of an experiment with all its rows, which are at most [MaxRows] and
// [MaxRead]. Errors are those of [Find] too.
func Read(ctx context.Context, c *mlflow.Client, experimentID, name string) (Dataset, error) {
	info, err := Find(ctx, c, experimentID, name)
	if err != nil {
		return Dataset{}, err
	}
	d := Dataset{DatasetInfo: info}
	size := 0
	err = Each(ctx, c, info.ID, func(r Row, ours bool) error {
		if !ours {
			d.Foreign++
			return nil
		}
		text, err := json.Marshal(r.Inputs)
		if size += len(text); err != nil || size > MaxRead || len(d.Rows) == MaxRows {
			return fmt.Errorf("it has more than %d rows or %d MiB: make a smaller one of it", MaxRows, MaxRead>>20)
		}
		d.Rows = append(d.Rows, r)
		return nil
	})
	if err != nil {
		return d, fmt.Errorf("read dataset %q: %w", name, err)
	}
	return d, nil
}
