package texttest_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/analysis"
	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/gates"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
	"github.com/technoshare/commentator/internal/text/texttest"
)

func TestProbe(t *testing.T) {
	n := 50_000
	if s := os.Getenv("N"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	r, err := evidence.New(evidence.Config{NoPauses: true})
	if err != nil {
		t.Fatal(err)
	}
	a := analysis.NewOffline()
	for _, k := range texttest.Kinds() {
		if f := os.Getenv("K"); f != "" && f != k.Name {
			continue
		}
		s := k.Text(n)
		var ev *job.Evidence
		e := texttest.CPU(t, func() { ev, err = r.Extract(context.Background(), []byte(s), "text/plain; charset=utf-8", "https://a.example/x") })
		if ev == nil || ev.Text == "" {
			ev = &job.Evidence{Text: s, Coverage: job.CoverageFull, URL: "https://a.example/x"}
		}
		sn := texttest.CPU(t, func() { text.Sentences(s, 5000) })
		st := texttest.CPU(t, func() { text.CountSentences(s) })
		var an *job.Analysis
		o := texttest.CPU(t, func() { an, _ = a.Analyze(context.Background(), ev) })
		res := an.Result
		if res == nil {
			res = &job.Comment{TLDR: []string{"It is new.", "It is Fast 3 times.", "Nobody knew 5 of it."}, Summary: "It is made for Postgres in 2019. " + text.Head(s, 1500)}
			an.Result = res
		}
		g := texttest.CPU(t, func() { gates.New(gates.Options{}).Check(ev, an) })
		big := &job.Comment{TLDR: []string{text.Head(s, 400), text.Head(s, 8000), "x"}, Summary: text.Head(s, 8000), Projects: []string{text.Head(s, 8000)}, SimilarTech: []string{"**a** — " + text.Head(s, 8000)}}
		g2 := texttest.CPU(t, func() { gates.Check(ev, big, gates.Options{}) })
		rep := job.Reply{Comment: big, Title: text.Head(s, 500), Outcome: job.OutcomeSuccess}
		c := texttest.CPU(t, func() { comment.Messages(rep); comment.Markdown(rep); comment.HTML(rep); comment.Terminal(rep, 80, true) })
		var total time.Duration = e + o + g + c
		fmt.Printf("%8.0f total  %8.0f extract %8.0f sentences %8.0f count %8.0f offline %8.0f gates %8.0f gates+big %8.0f comment  %s\n", ms(total), ms(e), ms(sn), ms(st), ms(o), ms(g), ms(g2), ms(c), k.Name)
	}
}

func ms(d time.Duration) float64 { return float64(d.Milliseconds()) }
