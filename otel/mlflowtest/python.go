package mlflowtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// errNoPython is the one reason to skip.
var errNoPython = errors.New("python3 is missing: install Python 3.10 or newer to run the tests against a real MLflow server")

// installTime bounds an installation, and the wait for one of another process.
const installTime = 15 * time.Minute

// environment finds the virtual environment with MLflow, or makes it, and returns
// its folder.
func environment(c config) (string, error) {
	venv := os.Getenv("MLFLOWTEST_VENV")
	if venv == "" || c.version != "" {
		cache, err := cacheFolder()
		if err != nil {
			return "", err
		}
		venv = filepath.Join(cache, "commentator", "mlflow-"+c.release())
		if err := ensure(venv, stepsFor(c.release())); err != nil {
			return "", fmt.Errorf("install MLflow: %w", err)
		}
	}
	if _, err := os.Stat(filepath.Join(venv, "bin", "mlflow")); err != nil {
		return "", fmt.Errorf("find MLflow: %w", err)
	}
	more, err := extras(venv, c)
	if err != nil {
		return "", err
	}
	if err := ensure(venv, more); err != nil {
		return "", fmt.Errorf("install what the server needs beside MLflow: %w", err)
	}
	return venv, nil
}

// cacheFolder is where scripts/start_mlflow.sh of this repository looks too, on
// macOS as well, so that both have one installation.
func cacheFolder() (string, error) {
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find a cache folder: %w", err)
	}
	return filepath.Join(home, ".cache"), nil
}

// extras are the packages that MLflow's own dependencies leave out.
func extras(venv string, c config) ([]step, error) {
	var out []step
	if c.users() {
		out = append(out, step{[]string{"Flask-WTF<2"}, []installation{{name: "Flask-WTF", below: "2"}}}) // mlflow[auth]
	}
	if slices.ContainsFunc(c.args, func(a string) bool { return strings.Contains(a, "s3://") }) {
		out = append(out, boto3)
	}
	if strings.HasPrefix(c.backend, "postgres") || strings.HasPrefix(c.backend, "mysql") {
		name, err := driver(venv, c.backend)
		if err != nil {
			return nil, err
		}
		if s, ok := drivers[name]; ok {
			out = append(out, s)
		}
	}
	return out, nil
}

// drivers has the packages of the drivers of databases, by SQLAlchemy's names.
var drivers = map[string]step{
	"psycopg2": {[]string{"psycopg2-binary"}, []installation{{name: "psycopg2-binary"}}},
	"psycopg":  {[]string{"psycopg[binary]"}, []installation{{name: "psycopg"}, {name: "psycopg-binary"}}},
	"pymysql":  {[]string{"pymysql"}, []installation{{name: "pymysql"}}},
	"mysqldb":  {[]string{"mysqlclient"}, []installation{{name: "mysqlclient"}}},
}

// driver asks SQLAlchemy for the driver of a database's address. For postgresql://
// that is psycopg2 up to SQLAlchemy 2.0, and psycopg from 2.1 on.
func driver(venv, backend string) (string, error) {
	cmd := exec.Command(filepath.Join(venv, "bin", "python"), "-c",
		"import sys; from sqlalchemy.engine import make_url; print(make_url(sys.stdin.read()).get_dialect().driver)")
	cmd.Stdin = strings.NewReader(backend) // it may have a password
	var out, errs tail
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		lines := strings.Split(errs.String(), "\n")
		return "", fmt.Errorf("find the driver of the database: %w: %s", err, lines[len(lines)-1])
	}
	return out.String(), nil
}

// ensure brings a virtual environment to where all steps are done, and makes it
// first if need be. It may run in several processes at once: one installs, the
// others wait. One that was killed in the middle is followed by another that goes on
// where it ended.
func ensure(venv string, steps []step) error {
	if done(venv, steps) {
		return nil
	}
	python, err := findPython()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(venv), 0o755); err != nil {
		return fmt.Errorf("make the cache folder: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), installTime)
	defer cancel()
	unlock, err := lock(ctx, venv)
	if err != nil {
		return err
	}
	defer unlock()
	if done(venv, steps) {
		return nil // by whom we waited for
	}
	if _, err := os.Stat(filepath.Join(venv, "bin", "pip")); err != nil {
		if err := run(ctx, nil, python, "-m", "venv", venv); err != nil {
			return fmt.Errorf("make a virtual environment in %s (Debian and Ubuntu need the package python3-venv): %w", venv, err)
		}
	}
	pip := []string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check"}
	for _, s := range steps {
		if err := run(ctx, nil, filepath.Join(venv, "bin", "python"), slices.Concat(pip, s.arguments)...); err != nil {
			return err
		}
	}
	return nil
}

// done reports whether a virtual environment needs no step.
func done(venv string, steps []step) bool {
	return !slices.ContainsFunc(steps, func(s step) bool { return !s.installed(venv) })
}

// lock waits for the virtual environment's lock. The kernel lets go of it when its
// holder dies, however it dies; scripts/start_mlflow.sh takes the same.
func lock(ctx context.Context, venv string) (unlock func(), err error) {
	l := flock.New(venv + ".flock")
	if _, err := l.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return nil, fmt.Errorf("wait for another installation, which holds %s: %w", l.Path(), err)
	}
	return func() { _ = l.Close() }, nil
}

// findPython returns the command of a Python that MLflow runs with.
func findPython() (string, error) {
	for _, name := range []string{"python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"} {
		path, err := exec.LookPath(name)
		if err == nil && exec.Command(path, "-c", "import sys; sys.exit(sys.version_info < (3, 10))").Run() == nil {
			return path, nil
		}
	}
	return "", errNoPython
}

// run runs a command that ends with this process, also when that is killed, so that
// none goes on installing beside the next. Without env it has this process's.
func run(ctx context.Context, env []string, name string, args ...string) error {
	const script = `exec 3<&0
"$@" 3<&- </dev/null & child=$!
{ read -r _ <&3; kill "$child"; } 2>/dev/null & watch=$!
wait "$child"; code=$?
kill "$watch" 2>/dev/null
exit "$code"`
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", script, "mlflowtest", name}, args...)...)
	alive, err := cmd.StdinPipe() // its end is noticed by the shell
	if err != nil {
		return err
	}
	defer alive.Close()
	cmd.WaitDelay = 5 * time.Second // for what holds the output when ctx ends
	cmd.Env = env
	out := &tail{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(append([]string{filepath.Base(name)}, args...), " "), err, out)
	}
	return nil
}
