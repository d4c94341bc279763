package mlflowtest

// DefaultVersion is the version of MLflow that a server has unless [WithVersion]
// says otherwise.
const DefaultVersion = "3.17.2"

// Option configures a [Server].
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

type config struct {
	version string
	workers int
	backend string // empty: an SQLite file of the server's own
}

func newConfig(opts []Option) config {
	c := config{version: DefaultVersion, workers: 1}
	for _, o := range opts {
		c = o.apply(c)
	}
	return c
}

// WithVersion sets the version of MLflow, as pip knows it. Each has a virtual
// environment of its own.
func WithVersion(version string) Option {
	return optionFunc(func(c config) config { c.version = version; return c })
}

// WithWorkers sets the number of the server's processes (default 1; MLflow's own
// is 4).
func WithWorkers(n int) Option {
	return optionFunc(func(c config) config { c.workers = max(n, 1); return c })
}

// WithBackendStore sets the address of the server's database, such as
// postgresql://user@host/db (default an SQLite file that Stop removes). The driver
// of PostgreSQL or MySQL is installed when it is missing.
func WithBackendStore(uri string) Option {
	return optionFunc(func(c config) config { c.backend = uri; return c })
}
