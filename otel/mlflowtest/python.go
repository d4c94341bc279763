package mlflowtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	if venv == "" {
		cache, err := cacheFolder()
		if err != nil {
			return "", err
		}
		venv = filepath.Join(cache, "commentator", "mlflow-"+c.version)
		if err := ensure(venv, "mlflow", "mlflow=="+c.version); err != nil {
			return "", fmt.Errorf("install MLflow: %w", err)
		}
	}
	if _, err := os.Stat(filepath.Join(venv, "bin", "mlflow")); err != nil {
		return "", fmt.Errorf("find MLflow: %w", err)
	}
	if module, requirement := driver(c.backend); module != "" {
		if err := ensure(venv, module, requirement); err != nil {
			return "", fmt.Errorf("install the driver of the database: %w", err)
		}
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

// driver returns the Python module that MLflow needs for a database but does not
// bring, and the package that has it.
func driver(backend string) (module, requirement string) {
	switch {
	case strings.HasPrefix(backend, "postgres"):
		return "psycopg2", "psycopg2-binary"
	case strings.HasPrefix(backend, "mysql"):
		return "pymysql", "pymysql"
	}
	return "", ""
}

// ensure installs a requirement of pip's into a virtual environment, and makes that
// first if need be. module is the name under which the requirement is found again.
// It may run in several processes at once: one installs, the others wait. One that
// was killed in the middle is followed by another that goes on where it ended.
func ensure(venv, module, requirement string) error {
	if installed(venv, module, requirement) {
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
	if installed(venv, module, requirement) {
		return nil // by whom we waited for
	}
	if _, err := os.Stat(filepath.Join(venv, "bin", "pip")); err != nil {
		if err := run(ctx, python, "-m", "venv", venv); err != nil {
			return fmt.Errorf("make a virtual environment in %s (Debian and Ubuntu need the package python3-venv): %w", venv, err)
		}
	}
	return run(ctx, filepath.Join(venv, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement)
}

// installed reports whether a requirement is there as a whole: pip writes the list
// of a package's files after them, and a package after those that it needs.
func installed(venv, module, requirement string) bool {
	version := "*"
	if _, v, ok := strings.Cut(requirement, "=="); ok {
		version = v
	}
	name, _, _ := strings.Cut(requirement, "==")
	for _, n := range []string{module, strings.ReplaceAll(name, "-", "_")} {
		found, err := filepath.Glob(filepath.Join(venv, "lib", "python3*", "site-packages", n+"-"+version+".dist-info", "RECORD"))
		if err == nil && len(found) > 0 {
			return true
		}
	}
	return false
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
// none goes on installing beside the next.
func run(ctx context.Context, name string, args ...string) error {
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
	out := &tail{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(append([]string{filepath.Base(name)}, args...), " "), err, out)
	}
	return nil
}
