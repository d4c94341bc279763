package architecture

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"
)

// TestReadmeNamesThePackagesThatWereCaptured: what collector/README.md tells people to install is
// what the captures in otel/runs/testdata/traces were made with, version by version.
func TestReadmeNamesThePackagesThatWereCaptured(t *testing.T) {
	readme, err := os.ReadFile("../../collector/README.md")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("../../otel/runs/testdata/traces/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Cases []struct{ Packages map[string]string }
	}
	if err := json.Unmarshal(b, &manifest); err != nil {
		t.Fatal(err)
	}
	captured := map[string]string{}
	for _, c := range manifest.Cases {
		for name, version := range c.Packages {
			captured[name] = version
		}
	}
	pinned := regexp.MustCompile(`([a-z][a-z-]*)==([0-9][0-9a-z.]*)`).FindAllStringSubmatch(string(readme), -1)
	if len(pinned) < 6 {
		t.Errorf("the README pins %d packages of Python", len(pinned))
	}
	for _, p := range pinned {
		if captured[p[1]] != p[2] {
			t.Errorf("the README says %s==%s, the captures have %q", p[1], p[2], captured[p[1]])
		}
	}
}
