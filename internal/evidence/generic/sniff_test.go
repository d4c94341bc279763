package generic

import (
	"testing"

	"github.com/technoshare/commentator/internal/evidence/source"
)

// Servers say wrong things; the bytes decide.
func TestKindsAreToldByBytes(t *testing.T) {
	for _, c := range []struct {
		body, declared string
		want           source.Kind
	}{
		{"%PDF-1.7\n", "text/html", source.PDF},
		{"\n\n%PDF-1.7\n", "", source.PDF},
		{"<p>how a file begins: %PDF-1.7</p>", "text/html", source.HTML},
		{`<?xml version="1.0"?><!-- x --><rss version="2.0">`, "text/html", source.Feed},
		{`<html><body>&lt;rss&gt; <rss></body>`, "application/rss+xml", source.HTML},
		{`{"version":"https://jsonfeed.org/version/1","items":[]}`, "application/json", source.Feed},
		{`{"a":1}`, "text/html", source.JSON},
		{`[see below]`, "text/plain", source.Text},
		{`{"a":`, "application/json; charset=utf-8", source.JSON}, // declared, so broken
		{"<!doctype html><p>x", "text/plain", source.HTML},
		{"Just words", "text/html", source.HTML},
		{"Just words", "", source.Text},
		{`<?xml version="1.0"?><transcript/>`, "", source.XML},
		{"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "text/html", "image/png"},
		{"\x00\x01\x02\x03", "application/octet-stream", "application/octet-stream"},
	} {
		if got := sniff([]byte(c.body), c.declared); got != c.want {
			t.Errorf("%q as %s: %s, want %s", c.body, c.declared, got, c.want)
		}
	}
}
