package registry_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/prompts/registry"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// follow makes a follower of NAME@production.
func follow(t *testing.T, r *registry.Registry, name string, change func(*registry.FollowConfig)) (*registry.Follower, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	cfg := registry.FollowConfig{
		Main: prompts.Ref{Name: name, Alias: "production"}, File: filepath.Join(t.TempDir(), "prompts.json"),
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	f, err := registry.Follow(r, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return f, &log
}

// versionOf is the version that a job gets; "" for the analyst's own.
func versionOf(f *registry.Follower, jobID, alias string) string {
	if p := f.Prompt(jobID, alias); p != nil {
		return p.Version
	}
	return ""
}

func push(t *testing.T, r *registry.Registry, name, system string, aliases ...string) int {
	t.Helper()
	v, _, err := r.Push(t.Context(), name, &job.Prompt{Name: "p", System: system}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range aliases {
		if _, err := r.Promote(t.Context(), prompts.Ref{Name: name, Version: v.Version}, a, "a test", "it says so"); err != nil {
			t.Fatal(err)
		}
	}
	return v.Version
}

func TestAMovedAliasHoldsForTheNextJob(t *testing.T) {
	r, c := open(t)
	name := promptName(t)
	f, log := follow(t, r, name, nil)
	look := func() { t.Helper(); f.Look(t.Context(), time.Minute) }
	want := func(alias, version string) {
		t.Helper()
		if got := versionOf(f, "j", alias); got != version {
			t.Errorf("alias %q: version %q, want %q", alias, got, version)
		}
	}
	look()
	want("", "")
	push(t, r, name, "One.", "production")
	look()
	want("", "1")
	push(t, r, name, "Two.", "candidate")
	look()
	want("", "1")
	want("candidate", "2")
	if p := f.Prompt("j", "candidate"); p.Alias != "candidate" || !p.Registered || p.System != "Two." {
		t.Errorf("%+v", p)
	}
	if got := strings.Join(f.Aliases(), " "); got != "candidate production" {
		t.Errorf("aliases %s", got)
	}
	if err := c.SetPromptAlias(t.Context(), name, "production", 2); err != nil {
		t.Fatal(err)
	}
	look()
	want("", "2")
	// One that can't work is not used, and said to be so once.
	if _, err := c.RegisterPrompt(t.Context(), mlflow.PromptSpec{Name: name, Text: "Say {{ page }}."}); err != nil {
		t.Fatal(err)
	}
	if err := c.SetPromptAlias(t.Context(), name, "production", 3); err != nil {
		t.Fatal(err)
	}
	look()
	look()
	want("", "2")
	all, away := f.Status()
	if n := strings.Count(log.String(), "is refused"); n != 1+1 || away != "" { // and the first time, when there was no alias at all
		t.Errorf("refused %d times, away %q:\n%s", n, away, log)
	}
	if s := all[1]; s.Ref.Alias != "production" || s.Version != 2 || !strings.Contains(s.Fault, name+"/3 can't be used") {
		t.Errorf("status %+v", all)
	}
	// Aliases that are gone: the one of the settings keeps its last good version, another is as if unset.
	for _, alias := range []string{"production", "candidate"} {
		if err := c.DeletePromptAlias(t.Context(), name, alias); err != nil {
			t.Fatal(err)
		}
	}
	look()
	want("", "2")
	want("candidate", "2")
	if got := strings.Join(f.Aliases(), " "); got != "production" {
		t.Errorf("aliases %s", got)
	}
}

func TestTheLastGoodVersionIsKeptOnDisk(t *testing.T) {
	r, _ := open(t)
	name := promptName(t)
	push(t, r, name, "One.", "production")
	proxy := mlflowtest.NewProxy(t, server.URI(t), "", false)
	there := registry.New(connect(t, proxy.URL), nil)
	file := filepath.Join(t.TempDir(), "prompts.json")
	at := func(c *registry.FollowConfig) { c.File = file }
	first, _ := follow(t, there, name, at)
	first.Look(t.Context(), time.Minute)
	proxy.SetFault(func(mlflowtest.Request) mlflowtest.Fault {
		return mlflowtest.Fault{Status: http.StatusServiceUnavailable}
	})
	f, log := follow(t, there, name, at)
	f.Look(t.Context(), time.Minute)
	f.Look(t.Context(), time.Minute)
	if got := versionOf(f, "j", ""); got != "1" {
		t.Errorf("version %q while MLflow is away", got)
	}
	if _, away := f.Status(); away == "" || strings.Count(log.String(), "can't be asked") != 1 || !f.LastRead().IsZero() {
		t.Errorf("away %q, read at %v:\n%s", away, f.LastRead(), log)
	}
	proxy.SetFault(nil)
	push(t, r, name, "Two.", "production")
	f.Look(t.Context(), time.Minute)
	if _, away := f.Status(); versionOf(f, "j", "") != "2" || away != "" || !strings.Contains(log.String(), "answers again") || f.LastRead().IsZero() {
		t.Errorf("afterwards: version %s, away %q, read at %v:\n%s", versionOf(f, "j", ""), away, f.LastRead(), log)
	}
	other, _ := follow(t, there, name+"x", at)
	if got := versionOf(other, "j", ""); got != "" {
		t.Errorf("another prompt has version %s", got)
	}
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if damaged, _ := follow(t, there, name, at); versionOf(damaged, "j", "") != "" {
		t.Error("something was read from a damaged file")
	}
}

func TestACanaryGetsItsShareOfTheJobs(t *testing.T) {
	r, _ := open(t)
	name := promptName(t)
	push(t, r, name, "One.", "production")
	push(t, r, name, "Two.", "candidate")
	f, _ := follow(t, r, name, func(c *registry.FollowConfig) {
		c.Canary = prompts.Canary{Ref: prompts.Ref{Name: name, Alias: "candidate"}, Share: 0.25}
	})
	f.Look(t.Context(), time.Minute)
	n := 0
	for i := range 4000 {
		id := string(rune('a'+i%26)) + time.Duration(i).String()
		first := versionOf(f, id, "")
		if first != versionOf(f, id, "") {
			t.Fatal("a job gets another version the second time")
		}
		if first == "2" {
			n++
		}
		if got := versionOf(f, id, "production"); got != "1" {
			t.Fatalf("a channel that has chosen got %s", got)
		}
	}
	if n < 900 || n > 1100 {
		t.Errorf("%d of 4000 jobs", n)
	}
}

func TestSettingsThatCantWorkAreRefused(t *testing.T) {
	r := registry.New(connect(t, "http://127.0.0.1:1"), nil)
	main := prompts.Ref{Name: "a", Alias: "production"}
	for says, cfg := range map[string]registry.FollowConfig{
		"a@production":         {Main: prompts.Ref{Name: "a"}},
		"must be one of a":     {Main: main, Canary: prompts.Canary{Ref: prompts.Ref{Name: "b", Alias: "c"}, Share: 0.1}},
		"name an alias or a v": {Main: main, Canary: prompts.Canary{Ref: prompts.Ref{Name: "a"}, Share: 0.1}},
	} {
		if _, err := registry.Follow(r, cfg); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// refusing answers nothing, and counts.
type refusing struct{ asked atomic.Int64 }

func (t *refusing) RoundTrip(*http.Request) (*http.Response, error) {
	t.asked.Add(1)
	return nil, errors.New("away")
}

func TestTheRegistryIsAskedEveryHalfMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &refusing{}
		c, err := mlflow.NewClient("http://mlflow", mlflow.WithTransport(transport))
		if err != nil {
			t.Fatal(err)
		}
		f, _ := follow(t, registry.New(c, nil), "p", nil)
		ctx, cancel := context.WithCancel(t.Context())
		go f.Run(ctx)
		synctest.Wait()
		first := transport.asked.Load()
		time.Sleep(10*registry.Interval + time.Second)
		synctest.Wait()
		if first == 0 || transport.asked.Load() != 11*first {
			t.Errorf("asked %d times at once, and %d times in five minutes", first, transport.asked.Load())
		}
		cancel()
		synctest.Wait()
	})
}

func TestManyWhoWakeItAreOneLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &refusing{}
		c, err := mlflow.NewClient("http://mlflow", mlflow.WithTransport(transport))
		if err != nil {
			t.Fatal(err)
		}
		f, _ := follow(t, registry.New(c, nil), "p", func(c *registry.FollowConfig) { c.Interval = 24 * time.Hour })
		ctx, cancel := context.WithCancel(t.Context())
		go f.Run(ctx)
		synctest.Wait()
		first := transport.asked.Load()
		looks := func() int64 { synctest.Wait(); return transport.asked.Load() / first }
		time.Sleep(time.Hour)
		f.Wake()
		if got := looks(); first == 0 || got != 2 {
			t.Errorf("%d looks at once after the first to wake it", got)
		}
		for range 1000 {
			f.Wake()
		}
		if got := looks(); got != 2 {
			t.Errorf("%d looks right after a look", got)
		}
		time.Sleep(time.Second)
		if got := looks(); got != 3 {
			t.Errorf("%d looks a second after a look", got)
		}
		time.Sleep(time.Hour)
		if got := looks(); got != 3 {
			t.Errorf("%d looks though nobody woke it", got)
		}
		cancel()
		synctest.Wait()
	})
}
