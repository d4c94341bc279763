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
	requirement := wheel(t)
	if installed(venv, "mlflow", requirement) {
		t.Error("installed before")
	}
	errs := make([]error, 3)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = ensure(venv, "mlflow", requirement) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if !installed(venv, "mlflow", "mlflow==0.0.1") || installed(venv, "mlflow", "mlflow==0.0.2") {
		t.Error("the version that is there is not known")
	}
	if out, err := exec.Command(filepath.Join(venv, "bin", "mlflow")).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	err := ensure(venv, "nothing", filepath.Join(venv, "nothing-1-py3-none-any.whl"))
	if err == nil || !strings.Contains(err.Error(), "pip install") {
		t.Errorf("what cannot be installed: %v", err)
	}
}

func TestACommandEndsWithItsTime(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := run(ctx, "sleep", "600"); err == nil {
		t.Error("no error")
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("took %v", took)
	}
	if err := run(t.Context(), "sh", "-c", "echo oh dear; exit 3"); err == nil || !strings.Contains(err.Error(), "oh dear") {
		t.Errorf("a failed command: %v", err)
	}
	if err := run(t.Context(), "true"); err != nil {
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

func TestDatabasesBringTheirDrivers(t *testing.T) {
	for backend, want := range map[string]string{
		"": "", "sqlite:///x.db": "", "postgresql://me@h/db": "psycopg2", "postgresql+psycopg2://h/db": "psycopg2", "mysql+pymysql://h/db": "pymysql",
	} {
		if got, _ := driver(backend); got != want {
			t.Errorf("%q: %q, want %q", backend, got, want)
		}
	}
}
