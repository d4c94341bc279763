package mlflowtest

import (
	"maps"
	"strings"
)

// DefaultVersion is the version of MLflow that a server has unless [WithVersion]
// says otherwise.
const DefaultVersion = "3.17.2"

// AdminUser and AdminPassword may do everything on a server with basic-auth, see
// [WithServerArgs].
const (
	AdminUser     = "admin"
	AdminPassword = "password of a test"
)

// Option configures a [Server].
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

type config struct {
	version string // empty: DefaultVersion, or what the environment names
	workers int
	backend string // empty: an SQLite file of the server's own
	files   bool   // no database: a folder
	args    []string
	env     map[string]string
}

func newConfig(opts []Option) config { return config{workers: 1}.with(opts) }

func (c config) with(opts []Option) config {
	for _, o := range opts {
		c = o.apply(c)
	}
	return c
}

func (c config) release() string {
	if c.version == "" {
		return DefaultVersion
	}
	return c.version
}

// ordinary reports whether any server will do, whoever started it.
func (c config) ordinary() bool {
	return c.version == "" && c.backend == "" && !c.files && len(c.args) == 0 && len(c.env) == 0
}

// users reports whether the server asks who calls.
func (c config) users() bool { return c.argument("--app-name") == "basic-auth" }

// argument returns the value of one of the server's arguments, which follows it
// (--name value) or is part of it (--name=value).
func (c config) argument(name string) string {
	for i, a := range c.args {
		if value, ok := strings.CutPrefix(a, name+"="); ok {
			return value
		}
		if a == name && i+1 < len(c.args) {
			return c.args[i+1]
		}
	}
	return ""
}

// WithVersion sets the version of MLflow, as pip knows it, such as 2.22.5. Each has
// a virtual environment of its own.
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
// that the address asks for is installed when it is missing. The path of an SQLite
// address with three slashes, sqlite:///other.db, is relative to the server's
// folder.
func WithBackendStore(uri string) Option {
	return optionFunc(func(c config) config { c.backend, c.files = uri, false; return c })
}

// WithFileStore lets the server keep runs as files in a folder, as `mlflow ui` did
// for years on ./mlruns. Such a server has no traces by OTLP.
func WithFileStore() Option {
	return optionFunc(func(c config) config { c.backend, c.files = "", true; return c })
}

// WithServerArgs appends arguments to those of `mlflow server`:
//
//	--gunicorn-opts "--timeout 60"   Gunicorn, which 2.x has anyway, instead of Uvicorn
//	--app-name basic-auth            users and rights; AdminUser with AdminPassword is there
//	--static-prefix /mlflow          URI names the prefix too
//	--default-artifact-root s3://b   artifacts past the server
//	--enable-workspaces              X-MLFLOW-WORKSPACE counts
//
// What basic-auth needs beside MLflow is installed when it is missing. Each call
// adds to those before.
func WithServerArgs(args ...string) Option {
	return optionFunc(func(c config) config {
		c.args = append(c.args[:len(c.args):len(c.args)], args...)
		return c
	})
}

// WithEnv sets variables of the server's environment. Each call adds to those
// before.
func WithEnv(env map[string]string) Option {
	return optionFunc(func(c config) config {
		all := maps.Clone(c.env)
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, env)
		c.env = all
		return c
	})
}
