package runprocessor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestStateFoldersInTheirOrder(t *testing.T) {
	home := func() (string, error) { return "/home/me", nil }
	homeless := func() (string, error) { return "", os.ErrNotExist }
	of := filepath.Base(filepath.Dir(stateDirs(func(string) string { return "" }, home)[0])) // the platform's
	for name, c := range map[string]struct {
		env  map[string]string
		home func() (string, error)
		want []string
	}{
		"home":                {nil, home, []string{of}},
		"state home":          {map[string]string{"XDG_STATE_HOME": "/state"}, home, []string{"/state", of}},
		"relative state home": {map[string]string{"XDG_STATE_HOME": "state"}, home, []string{of}},
		"a service":           {map[string]string{"STATE_DIRECTORY": "/var/lib/agent"}, homeless, []string{"/var/lib/agent"}},
		"of several":          {map[string]string{"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}, homeless, []string{"/var/lib/a"}},
		"relative":            {map[string]string{"STATE_DIRECTORY": "agent"}, homeless, nil},
		"a service's user":    {map[string]string{"STATE_DIRECTORY": "/var/lib/a"}, home, []string{of, "/var/lib/a"}},
		"nothing":             {nil, homeless, nil},
		"no home at all":      {nil, func() (string, error) { return "", nil }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := stateDirs(func(k string) string { return c.env[k] }, c.home)
			if !slices.EqualFunc(got, c.want, func(g, w string) bool { return g == w || filepath.Base(filepath.Dir(g)) == w }) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestServiceNameIsNoPath(t *testing.T) {
	exe := func() (string, error) { return "/usr/bin/prog.exe", nil }
	for service, want := range map[string]string{"": "prog", "../my svc/é": "_my_svc__", "..": "default"} {
		got, err := serviceName(func(string) string { return service }, exe)
		if err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", service, got, err, want)
		}
	}
}

// unwritable are homes in which nothing can be made, for root neither.
func unwritable(t *testing.T) map[string]string {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	homes := map[string]string{"unset": "", "below a file": filepath.Join(file, "home")}
	if os.Getuid() > 0 { // root may write everywhere
		homes["read-only"] = filepath.Join(t.TempDir())
		if err := os.Chmod(homes["read-only"], 0o500); err != nil {
			t.Fatal(err)
		}
	}
	return homes
}

// TestAProgramWithoutAHomeIsObservedAllTheSame: the outbox goes where systemd keeps a
// service's state, else into a temporary folder, which is said once.
func TestAProgramWithoutAHomeIsObservedAllTheSame(t *testing.T) {
	for name, home := range unwritable(t) {
		t.Run(name, func(t *testing.T) {
			hermetic(t)
			temp, state := t.TempDir(), t.TempDir()
			t.Setenv("XDG_STATE_HOME", "")
			t.Setenv("HOME", home)
			t.Setenv("USERPROFILE", home)
			t.Setenv("TMPDIR", temp)
			t.Setenv("TMP", temp)
			t.Setenv("STATE_DIRECTORY", state)
			handled := errorsHandled(t)
			logged := []Option{WithoutDelivery(), WithLogger(nil)}

			if p := mustNew(t, logged...); p.Spool().Dir() != filepath.Join(state, "otel-mlflow", "svc") || len(handled()) != 0 {
				t.Errorf("a service's outbox is in %s; said %v", p.Spool().Dir(), handled())
			}
			t.Setenv("STATE_DIRECTORY", "")
			p := mustNew(t, logged...)
			if !strings.HasPrefix(p.Spool().Dir(), temp) {
				t.Errorf("the outbox is in %s", p.Spool().Dir())
			}
			said := handled()
			if len(said) != 1 || !strings.Contains(said[0].Error(), p.Spool().Dir()) || !strings.Contains(said[0].Error(), "XDG_STATE_HOME") {
				t.Errorf("said %v", said)
			}
			oneSpan(t, p)
			if err := p.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			// The next start finds the trace, be it there or where there is a home.
			if p = mustNew(t, logged...); len(p.Spool().Entries()) != 1 {
				t.Errorf("%s holds %+v", p.Spool().Dir(), p.Spool().Entries())
			}
			if err := p.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			t.Setenv("XDG_STATE_HOME", t.TempDir())
			if p = mustNew(t, logged...); len(p.Spool().Entries()) != 1 || strings.HasPrefix(p.Spool().Dir(), temp) {
				t.Errorf("%s holds %+v", p.Spool().Dir(), p.Spool().Entries())
			}
		})
	}
}

func TestWhereNothingCanBeWrittenTheErrorNamesAll(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := openDefault(newConfig(nil), "svc", []string{file}, file)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{file, "XDG_STATE_HOME", "temporary"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}

// TestATemporaryFolderOfSomebodyElseIsNotUsed: whoever makes the folder first could read
// the traces.
func TestATemporaryFolderOfSomebodyElseIsNotUsed(t *testing.T) {
	for name, occupy := range map[string]func(dir string) error{
		"open to all": func(dir string) error { return os.MkdirAll(dir, 0o755) },
		"a link":      func(dir string) error { return os.Symlink(t.TempDir(), dir) },
		"a file":      func(dir string) error { return os.WriteFile(dir, nil, 0o600) },
	} {
		temp := t.TempDir()
		if err := occupy(tempDir(temp)); err != nil {
			t.Fatal(err)
		}
		dir, err := privateTemp(temp)
		if err != nil || dir == tempDir(temp) || !isPrivate(dir) {
			t.Errorf("%s: %s, %v", name, dir, err)
		}
	}
	temp := t.TempDir()
	first, err := privateTemp(temp)
	again, err2 := privateTemp(temp)
	if err != nil || err2 != nil || first != again || first != tempDir(temp) {
		t.Errorf("%s, %v; then %s, %v", first, err, again, err2)
	}
}
