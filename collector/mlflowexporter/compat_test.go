package mlflowexporter

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// writeJournal names a folder. With it set the test below writes into it what a Collector
// keeps that is killed while MLflow is away:
//
//	MLFLOWEXPORTER_TEST_WRITE_JOURNAL=$PWD/testdata/journal go test -count=1 -run ReadsWhatAnEarlier .
//
// Do so only to add a folder for a release; the present ones stay as they were written.
const writeJournal = "MLFLOWEXPORTER_TEST_WRITE_JOURNAL"

// What the folders hold: a trace in one request, one in two, one whose root never came, and
// one that was delivered and waits for late spans.
const (
	earlierWhole = 1 + iota
	earlierParts
	earlierRootless
	earlierDelivered
)

func earlierSettings(url string) string {
	return fmt.Sprintf(`mlflow:
  endpoint: %s
  storage: file_storage
  assembly: {wait_after_root: 50ms, max_wait: 1s, max_open: 1s, late_window: 1h}
  retry_on_failure: {initial_interval: 50ms, max_interval: 200ms}
`, url)
}

// TestReadsWhatAnEarlierCollectorLeft starts a Collector on the storage of one that was
// killed, written by a released version. Everything that was taken is delivered.
func TestReadsWhatAnEarlierCollectorLeft(t *testing.T) {
	if dir := os.Getenv(writeJournal); dir != "" {
		leaveJournal(t, dir)
	}
	folders, err := filepath.Glob("testdata/journal*")
	if err != nil || len(folders) == 0 {
		t.Fatal("nothing to read", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			mlflow, url := fake(t)
			dir := t.TempDir()
			files, err := filepath.Glob(filepath.Join(folder, "*.gz"))
			if err != nil || len(files) == 0 {
				t.Fatal("an empty folder", err)
			}
			for _, f := range files {
				unpackFile(t, f, filepath.Join(dir, "storage", strings.TrimSuffix(filepath.Base(f), ".gz")))
			}
			p := collect(t, dir, earlierSettings(url))
			for _, n := range []int{earlierWhole, earlierParts, earlierRootless} {
				eventually(t, fmt.Sprintf("trace %d", n), func() bool {
					return (n == earlierRootless || mlflow.HasSpan(traceHex(n), spanHex(1))) &&
						mlflow.HasSpan(traceHex(n), spanHex(2)) && mlflow.HasSpan(traceHex(n), spanHex(3))
				})
			}
			eventually(t, "the end of every run", func() bool { _, unfinished := mlflow.Doubled(); return len(unfinished) == 0 })
			p.stop(t)
			if doubled, _ := mlflow.Doubled(); len(doubled) > 0 {
				t.Errorf("doubled %v", doubled)
			}
			for n, want := range map[int]int{earlierWhole: 3, earlierParts: 3, earlierDelivered: 0} {
				if got := mlflow.Runs(traceHex(n)); len(got) != want {
					t.Errorf("trace %d has runs %v, want %d", n, got, want)
				}
			}
		})
	}
}

func leaveJournal(t *testing.T, folder string) {
	t.Helper()
	mlflow, url := fake(t)
	away := outage(mlflow)
	dir := t.TempDir()
	p := collect(t, dir, earlierSettings(url))
	post := func(n int, specs ...spanSpec) {
		body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(request(n, "shop", specs...))
		if err == nil {
			err = send(context.Background(), http.DefaultClient, p.url, body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	post(earlierDelivered, root(1), chat(2, 1), chat(3, 1))
	eventually(t, "a delivery", func() bool { return mlflow.HasSpan(traceHex(earlierDelivered), spanHex(1)) })
	time.Sleep(time.Second) // until that is noted
	away.Store(true)
	post(earlierWhole, root(1), chat(2, 1), chat(3, 1))
	post(earlierParts, chat(2, 1), chat(3, 1))
	post(earlierParts, root(1))
	post(earlierRootless, chat(2, 1), chat(3, 1))
	p.kill()
	files, err := filepath.Glob(filepath.Join(dir, "storage", "*"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := packFile(f, filepath.Join(folder, filepath.Base(f)+".gz")); err != nil {
			t.Fatal(err)
		}
	}
}

func packFile(from, to string) error {
	body, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	z := gzip.NewWriter(f)
	_, err = z.Write(body)
	return errors.Join(err, z.Close(), f.Close())
}

func unpackFile(t *testing.T, from, to string) {
	t.Helper()
	f, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, body, 0o600); err != nil {
		t.Fatal(err)
	}
}
