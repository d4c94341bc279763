package runprocessor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/otel/spool"
)

// endAndWait is a program that ends a trace and then does nothing more: no Flush, no
// Shutdown, not even an end.
func endAndWait(dir string) {
	ctx := context.Background()
	p, err := New(ctx, WithSpoolDir(dir), WithoutDelivery())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p)).Tracer("x")
	ctx, root := tracer.Start(ctx, "root")
	_, child := tracer.Start(ctx, "child")
	child.End()
	root.End()
	select {}
}

// TestKilledProgramKeepsItsFinishedTrace kills a program once its trace is in the
// folder, which it is without anything that could be forgotten.
func TestKilledProgramKeepsItsFinishedTrace(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "RUNPROCESSOR_TEST_END_IN="+dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
	eventually(t, "the program's trace is on disk", func() bool {
		done, _ := filepath.Glob(filepath.Join(dir, "*.otlp.gz"))
		return len(done) == 1
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()

	outbox, err := spool.Open(dir, spool.WithLogger(quiet))
	if err != nil {
		t.Fatal(err)
	}
	defer outbox.Close()
	entries := outbox.Entries()
	if len(entries) != 1 {
		t.Fatalf("%d parts", len(entries))
	}
	td, err := outbox.Read(entries[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	got := newPart(spool.Part{Number: entries[0].Part, Complete: entries[0].Complete, Data: td})
	check(t, []part{got}, want{1, true, []string{"child", "root"}, nil})
}
