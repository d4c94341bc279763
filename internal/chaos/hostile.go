//go:build linux

package chaos

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// hostilePages are pages that mean no good, by kind. Each is small on the wire, or slow;
// ended is closed when the test ends.
var hostilePages = map[string]func(w http.ResponseWriter, r *http.Request, ended <-chan struct{}){
	// Formatting elements that are never closed: each paragraph opens all of them again.
	"unclosed": func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for i := range 4000 {
			_, _ = fmt.Fprintf(w, "<p><font size=%d><b class=c%d>word ", i, i)
		}
	},
	"drip": func(w http.ResponseWriter, r *http.Request, ended <-chan struct{}) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			_, _ = io.WriteString(w, "<p>w")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-ended:
				return
			case <-tick.C:
			}
		}
	},
	"redirects": func(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) {
		n, _ := strconv.Atoi(r.URL.Query().Get("hop"))
		http.Redirect(w, r, fmt.Sprintf("%s?hop=%d", r.URL.Path, n+1), http.StatusFound)
	},
	"junk": func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		random := rand.NewChaCha8([32]byte{1})
		_, _ = io.CopyN(w, random, 5<<20)
	},
	"deepjson": func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, strings.Repeat(`{"a":[`, 400_000))
	},
	"questions": func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html><body><p>"+strings.Repeat("why? ", 160_000))
	},
	"gzipbomb": func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(gzipBomb())
	},
	"pdfbomb": func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = w.Write(pdfBomb())
	},
}

// HostileKinds are the kinds of hostile pages.
func HostileKinds() []string { return slices.Sorted(maps.Keys(hostilePages)) }

// hostilePath is the path of hostile link n.
func hostilePath(kind string, n int) string { return fmt.Sprintf("/hostile/%s/%05d", kind, n) }

var hostilePattern = regexp.MustCompile(`/hostile/([a-z]+)/(\d{5})`)

// hostileIn finds the first hostile link in a text.
func hostileIn(text string) (kind string, n int, ok bool) {
	m := hostilePattern.FindStringSubmatch(text)
	if m == nil {
		return "", 0, false
	}
	n, err := strconv.Atoi(m[2])
	return m[1], n, err == nil
}

// gzipBomb is a page of 300 MiB.
var gzipBomb = sync.OnceValue(func() []byte {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	block := bytes.Repeat([]byte("<p>again "), 1<<17)
	for range 270 {
		_, _ = z.Write(block)
	}
	_ = z.Close()
	return packed.Bytes()
})

// pdfBomb is a file of one page, whose text unfolds to some hundred times its size.
var pdfBomb = sync.OnceValue(func() []byte {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	block := bytes.Repeat([]byte("BT /F1 1 Tf 1 1 Td (again) Tj ET\n"), 1<<12)
	for range 2000 {
		_, _ = z.Write(block)
	}
	_ = z.Close()
	var out bytes.Buffer
	var at []int
	object := func(text string) {
		at = append(at, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", len(at), text)
	}
	out.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>")
	object(fmt.Sprintf("<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream", packed.Len(), packed.String()))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&out, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&out, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, table)
	return out.Bytes()
})
