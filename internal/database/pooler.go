package database

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// probeChannel is listened on while it is found out whether LISTEN works.
const probeChannel = "commentator_probe"

// probeWait is how long a notice of our own may take. A direct connection has it at once, with the
// answer to the statement that sends it; where it has not come by then, polling is what works.
const probeWait = 2 * time.Second

// listens reports whether a session hears notices: it listens, and another notifies. Behind a
// pooler in transaction mode the two statements of a client have no session in common, and a
// notice goes to nobody. It is asked for what is needed, rather than for the name and the mode of a
// pooler, of which there are many. Behind one, a server's connection is left listening to our
// channel; nobody else notifies on it.
func listens(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	ear, err := pool.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer ear.Release()
	mouth, err := pool.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer mouth.Release()
	if _, err := ear.Exec(ctx, "LISTEN "+probeChannel); err != nil {
		return false, refusedOnly(err)
	}
	token := rand.Text()
	if _, err := mouth.Exec(ctx, "SELECT pg_notify($1, $2)", probeChannel, token); err != nil {
		return false, refusedOnly(err)
	}
	heard, err := hears(ctx, ear, token)
	if err != nil {
		return false, err
	}
	if heard {
		if _, err := ear.Exec(ctx, "UNLISTEN "+probeChannel); err != nil {
			return false, fmt.Errorf("end the look for notices: %w", err)
		}
	}
	return heard, nil
}

// hears waits for the notice that carries token. Those of other processes that start at the same
// moment are passed over. A wait that ends by its time leaves the connection broken, as pgx
// can't tell what was half read; the pool then throws it away.
func hears(ctx context.Context, ear *pgxpool.Conn, token string) (bool, error) {
	wait, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	for {
		n, err := ear.Conn().WaitForNotification(wait)
		switch {
		case err == nil && n.Payload == token:
			return true, nil
		case err == nil:
		case ctx.Err() == nil && wait.Err() != nil:
			return false, nil
		default:
			return false, err
		}
	}
}

// refusedOnly passes on an error of the connection, but none by which the server refuses the
// statement: a server that knows no LISTEN has answered the question.
func refusedOnly(err error) error {
	var pe *pgconn.PgError
	if errors.As(err, &pe) && !passing(pe) {
		return nil
	}
	return err
}
