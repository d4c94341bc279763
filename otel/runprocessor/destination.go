package runprocessor

import (
	"cmp"
	"context"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/spool"
)

// Destination is where a processor of a configuration delivers to, and what it keeps with the parts
// that it stores. It talks to no server. Errors are those of mlflow.Config.Client.
func Destination(m mlflow.Config) (spool.Destination, error) {
	client, err := m.Client()
	if err != nil {
		return spool.Destination{}, err
	}
	defer client.CloseIdle()
	return destinationOf(m, client), nil
}

// destinationOf is what a configuration says of where traces go.
func destinationOf(m mlflow.Config, client *mlflow.Client) spool.Destination {
	d := spool.Destination{
		Server: client.URI(), Workspace: client.Workspace(),
		Experiment: m.ExperimentName, ExperimentID: m.ExperimentID, ParentRunID: m.ParentRunID,
	}
	if d.ExperimentID == "" {
		d.Experiment = cmp.Or(d.Experiment, mlflow.DefaultExperiment)
	}
	return d
}

// destined is a store of parts that all belong to one destination.
type destined struct {
	store

	to spool.Destination
}

// Put implements store.
func (s destined) Put(ctx context.Context, p spool.Part) error {
	p.Destination = s.to
	return s.store.Put(ctx, p)
}

// reaches reports whether this process delivers what is for a destination: all experiments of its
// server.
func (c config) reaches(d spool.Destination) bool {
	return c.destination.IsZero() || mlflow.SameServer(d.Server, c.destination.Server)
}

// destinations is the handler of all that waits in the outbox, of which own delivers what belongs
// where this process delivers to.
func (c config) destinations(
	m mlflow.Config, client *mlflow.Client, own *deliver.Deliverer, outbox *spool.Spool,
) *deliver.Destinations {
	if err := outbox.UseDestination(c.destination); err != nil {
		c.logger.Warn("the outbox cannot remember where this process delivers to; "+
			"if it is killed and the next one delivers elsewhere, its runs may show as running", "error", err)
	}
	if n := outbox.Stats().Elsewhere; n > 0 {
		c.logger.Warn("traces in the outbox were made for another server and wait there", "dir", outbox.Dir(), "parts", n,
			"made for", firstElsewhere(outbox).String(), "server", client.URI())
	}
	return deliver.NewDestinations(outbox, own, c.destination, func(to spool.Destination) (*deliver.Deliverer, error) {
		there, at := m, client
		there.ExperimentName, there.ExperimentID = to.Experiment, to.ExperimentID
		there.ParentRunID, there.Workspace = to.ParentRunID, to.Workspace
		if to.Workspace != client.Workspace() {
			var err error
			if at, err = there.Client(); err != nil {
				return nil, err
			}
		}
		return deliver.New(at, c.deliverOptions(there, outbox)...), nil
	})
}

func firstElsewhere(outbox *spool.Spool) spool.Destination {
	for _, e := range outbox.Entries() {
		if e.Elsewhere {
			return e.Destination
		}
	}
	return spool.Destination{}
}
