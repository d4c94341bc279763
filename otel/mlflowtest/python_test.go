package mlflowtest

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTheLockOfAKilledProcessIsFree(t *testing.T) {
	venv := filepath.Join(t.TempDir(), "mlflow-1")
	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), holdLock+"="+venv)
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatal(line, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := lock(ctx, venv); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), venv) {
		t.Errorf("locked twice: %v", err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	unlock, err := lock(t.Context(), venv)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

// wheel writes a package of pip's that holds one module and a command mlflow.
func wheel(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mlflow-0.0.1-py3-none-any.whl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for name, text := range map[string]string{
		"mlflow_nothing.py":                       "def main(): pass\n",
		"mlflow-0.0.1.dist-info/METADATA":         "Metadata-Version: 2.1\nName: mlflow\nVersion: 0.0.1\n",
		"mlflow-0.0.1.dist-info/WHEEL":            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
		"mlflow-0.0.1.dist-info/entry_points.txt": "[console_scripts]\nmlflow = mlflow_nothing:main\n",
		"mlflow-0.0.1.dist-info/RECORD":           "",
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProcessesThatNeedAnInstallationMakeOne(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a virtual environment")
	}
	if _, err := findPython(); err != nil {
		t.Skip(err)
	}
	venv := filepath.Join(t.TempDir(), "cache", "mlflow-0.0.1")
	steps := []step{{[]string{wheel(t)}, []installation{{name: "mlflow", version: "0.0.1"}}}}
	if done(venv, steps) {
		t.Error("installed before")
	}
	errs := make([]error, 3)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = ensure(venv, steps) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		need installation
		met  bool
	}{
		{installation{name: "mlflow"}, true},
		{installation{name: "MLflow", version: "0.0.1"}, true},
		{installation{name: "mlflow", version: "0.0.2"}, false},
		{installation{name: "mlflow", below: "0.1"}, true},
		{installation{name: "mlflow", below: "0.0.1"}, false},
		{installation{name: "mlflow-skinny"}, false},
	} {
		if got := (step{packages: []installation{c.need}}).installed(venv); got != c.met {
			t.Errorf("%+v is there: %v", c.need, got)
		}
	}
	if out, err := exec.Command(filepath.Join(venv, "bin", "mlflow")).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	err := ensure(venv, []step{{[]string{filepath.Join(venv, "nothing-1-py3-none-any.whl")}, []installation{{name: "nothing"}}}})
	if err == nil || !strings.Contains(err.Error(), "pip install") {
		t.Errorf("what cannot be installed: %v", err)
	}
}

func TestACommandEndsWithItsTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := run(ctx, nil, "sleep", "600"); err == nil {
		t.Error("no error")
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("took %v", took)
	}
	if err := run(t.Context(), nil, "sh", "-c", "echo oh dear; exit 3"); err == nil || !strings.Contains(err.Error(), "oh dear") {
		t.Errorf("a failed command: %v", err)
	}
	if err := run(t.Context(), nil, "true"); err != nil {
		t.Error(err)
	}
}

func TestWithoutPythonOneIsTold(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("MLFLOWTEST_VENV", "")
	if _, err := environment(newConfig(nil)); !errors.Is(err, errNoPython) {
		t.Errorf("error %v", err)
	}
	t.Setenv("MLFLOWTEST_VENV", t.TempDir())
	if _, err := environment(newConfig(nil)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder without MLflow: %v", err)
	}
}

func TestReleasesAreInstalledAsTheirMetadataShouldSay(t *testing.T) {
	for version, want := range map[string]string{
		"2.22.5":    "mlflow==2.22.5 sqlalchemy<2.1",
		"3.12.0":    "mlflow==3.12.0 sqlalchemy<2.1",
		"3.9.0rc1":  "mlflow==3.9.0rc1 sqlalchemy<2.1",
		"3.17.2":    "mlflow==3.17.2",
		"3.18.0":    "mlflow==3.17.2, --no-deps mlflow==3.18.0",
		"3.18.1":    "mlflow==3.18.1",
		"4.0.0.dev": "mlflow==4.0.0.dev",
	} {
		var got []string
		for _, s := range stepsFor(version) {
			got = append(got, strings.Join(s.arguments, " "))
		}
		if text := strings.Join(got, ", "); text != want {
			t.Errorf("%s: %s, want %s", version, text, want)
		}
	}
}

func TestAnEnvironmentIsWholeOnlyWithWhatRunsInIt(t *testing.T) {
	for name, c := range map[string]struct {
		version string
		folders string
		done    bool
	}{
		"nothing":                       {"3.6.0", "", false},
		"as asked":                      {"3.6.0", "mlflow-3.6.0 sqlalchemy-2.0.58", true},
		"one without its commands":      {"3.6.0", "mlflow-3.6.0* sqlalchemy-2.0.58", false},
		"older wheels write it so":      {"3.6.0", "mlflow-3.6.0 SQLAlchemy-2.0.44", true},
		"a SQLAlchemy it dies with":     {"3.6.0", "mlflow-3.6.0 sqlalchemy-2.1.9", false},
		"another version":               {"3.6.0", "mlflow-3.8.1 sqlalchemy-2.0.58", false},
		"newer than its last":           {"3.17.2", "mlflow-3.17.2 sqlalchemy-2.1.9", true},
		"only what it takes over":       {"3.18.0", "mlflow-3.17.2 sqlalchemy-2.1.9", false},
		"itself over what it took over": {"3.18.0", "mlflow-3.18.0 mlflow_skinny-3.17.2", true},
	} {
		venv := t.TempDir()
		for folder := range strings.FieldsSeq(c.folders) {
			folder, unfinished := strings.CutSuffix(folder, "*")
			dir := filepath.Join(venv, "lib", "python3.11", "site-packages", folder+".dist-info")
			err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "RECORD"), nil, 0o644))
			if !unfinished {
				err = errors.Join(err, os.WriteFile(filepath.Join(dir, "INSTALLER"), nil, 0o644))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := done(venv, stepsFor(c.version)); got != c.done {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Which driver an address means is SQLAlchemy's to say, and it changed its mind.
func TestDatabasesBringTheirDrivers(t *testing.T) {
	if testing.Short() {
		t.Skip("needs MLflow")
	}
	for version, want := range map[string]string{"3.12.0": "psycopg2", DefaultVersion: "psycopg"} {
		venv, err := environment(newConfig([]Option{WithVersion(version)}))
		if errors.Is(err, errNoPython) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		for backend, want := range map[string]string{
			"postgresql://me:pw@h/db": want, "postgresql+psycopg2://h/db": "psycopg2", "postgresql+psycopg://h/db": "psycopg",
			"mysql+pymysql://h/db": "pymysql", "mysql://h/db": "mysqldb",
		} {
			got, err := driver(venv, backend)
			if err != nil || got != want {
				t.Errorf("%s, %s: %q, want %q: %v", version, backend, got, want, err)
			}
			if _, ok := drivers[got]; !ok {
				t.Errorf("%s: no package has %s", backend, got)
			}
		}
		_, err = driver(venv, "postgres://me:pw@h/db")
		if err == nil || !strings.Contains(err.Error(), "postgres") || strings.Contains(err.Error(), "pw") {
			t.Errorf("%s, no scheme of SQLAlchemy's: %v", version, err)
		}
	}
}
