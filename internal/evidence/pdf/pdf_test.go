package pdf

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newReader(t testing.TB) *Reader {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = t.TempDir()
	}
	r := New(InFolder(filepath.Join(dir, "commentator-test", "pdfium")), nil)
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "payloads", "pdf", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFilesAreReadOrRefused(t *testing.T) {
	r := newReader(t)
	for _, c := range []struct {
		name  string
		cut   int
		err   error
		pages int
		title string
		says  string
	}{
		{"latex_4_pages.pdf", 0, nil, 4, "", "Huardest gefburn"},
		{"multicolumn.pdf", 0, nil, 3, "Two-Column Document with Lorem Ipsum", "vestibulum ut, placerat ac, adipiscing vitae"},
		{"ligatures.pdf", 0, nil, 1, "", "abcdeffffiflffiffl"},
		{"broken_xref.pdf", 0, nil, 1, "", "Hello, world!"},
		{"encrypted_empty_password.pdf", 0, nil, 1, "Losing the Cabin", "Aircraft"},
		{"encrypted_user_password.pdf", 0, ErrEncrypted, 0, "", ""},
		{"image_only_ccitt.pdf", 0, ErrNoText, 0, "", ""},
		{"scan_with_damage.pdf", 0, ErrNoText, 0, "", ""},
		{"latex_4_pages.pdf", 300, ErrBroken, 0, "", ""},
	} {
		body := file(t, c.name)
		if c.cut > 0 {
			body = body[:c.cut]
		}
		d, err := r.Read(t.Context(), body)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
		if err != nil {
			continue
		}
		if len(d.Pages) != c.pages || c.title != "" && d.Title != c.title || !strings.Contains(strings.Join(d.Pages, "\n"), c.says) {
			t.Errorf("%s: %d pages, title %q\n%.500s", c.name, len(d.Pages), d.Title, d.Pages)
		}
	}
	if _, err := r.Read(t.Context(), []byte("not a PDF")); !errors.Is(err, ErrBroken) {
		t.Errorf("no PDF: %v", err)
	}
}

func TestReaderStartsLateAndStopsCleanly(t *testing.T) {
	r := New(InFolder(t.TempDir()), nil)
	if r.pool != nil {
		t.Error("started without a file")
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r = newReader(t)
	if _, err := r.Read(ctx, file(t, "broken_xref.pdf")); err == nil {
		t.Error("a cancelled read succeeds")
	}
	if _, err := r.Read(t.Context(), file(t, "broken_xref.pdf")); err != nil {
		t.Errorf("after a cancelled read: %v", err)
	}
}

func TestDates(t *testing.T) {
	for in, want := range map[string]string{"D:20240131120000+01'00'": "2024-01-31", "20240131": "2024-01-31", "D:2024": "",
		"": "", "D:99999999": ""} {
		if got := date(in); got != want {
			t.Errorf("date(%q) = %q", in, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"broken_xref.pdf", "evil_recursive_xobjects.pdf", "image_only_ccitt.pdf"} {
		f.Add(file(f, name))
	}
	r := newReader(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 32<<10 {
			t.Skip()
		}
		start := time.Now()
		d, err := r.Read(t.Context(), body)
		if (d == nil) == (err == nil) {
			t.Errorf("%v %v", d, err)
		}
		if time.Since(start) > r.clock.deadline+10*time.Second {
			t.Errorf("took %s", time.Since(start))
		}
	})
}
