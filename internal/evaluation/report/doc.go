// Package report writes what an evaluation found: as JSON for scripts, as JUnit XML for servers
// that run tests, as Markdown for pull requests, as text for people, and line by line while rows
// run. All but the progress are pure functions of an evaluation.Comparison.
package report
