package main

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// version is set by the linker in released binaries.
var version = ""

// versionCommand is `commentator version`.
type versionCommand struct{}

// Run prints the version; --version prints the same.
func (versionCommand) Run(std streams) error {
	_, err := fmt.Fprintln(std.out, versionText())
	return err
}

// buildVersion is the release, else the module's version, else dev. The commit
// is empty in builds without version control, such as `go install` of a
// release.
func buildVersion() (v, commit string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev", ""
	}
	v = info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value
		}
	}
	// The linker's word wins over the module's, which is (devel) in a checkout.
	if version != "" {
		v = version
	}
	if v == "" || v == "(devel)" {
		v = "dev"
	}
	return v, commit
}

// versionText is the version with the first 12 digits of the commit, unless the
// version has them already, as pseudo-versions do.
func versionText() string {
	v, commit := buildVersion()
	s := "commentator " + v
	if commit != "" && !strings.Contains(v, commit[:min(12, len(commit))]) {
		s += " (" + commit[:min(12, len(commit))] + ")"
	}
	return s
}
