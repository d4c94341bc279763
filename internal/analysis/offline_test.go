package analysis

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

func offlineResult(t *testing.T, ev *job.Evidence) *job.Comment {
	t.Helper()
	o, err := NewOffline().Analyze(t.Context(), ev)
	if err != nil {
		t.Fatal(err)
	}
	if o.Analyst != job.AnalystOffline || o.Mode != ModeOffline || o.Calls != 0 || o.HasUsage || o.CostUSD != nil {
		t.Errorf("outcome %+v", o)
	}
	return o.Result
}

func TestOfflineSaysOnlyWhatThePageSays(t *testing.T) {
	relaxed, err := edit(resultSchema, nil, nil, map[string]any{"properties.projects.minItems": 0})
	if err != nil {
		t.Fatal(err)
	}
	schema, err := compile(relaxed)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"coverage", "fetch"} {
		t.Run(name, func(t *testing.T) {
			ev := page(t, name)
			res := offlineResult(t, ev)
			doc, err := json.MarshalIndent(res, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if _, issues := check(schema, doc); len(issues) > 0 {
				t.Errorf("issues %q", issues)
			}
			text := strings.Join(strings.Fields(ev.Text), " ")
			for _, s := range append(sentencesOf(res.Summary), res.TLDR...) {
				if !strings.Contains(text, s) {
					t.Errorf("not on the page: %q", s)
				}
			}
			if len(res.Projects) != 0 || len(res.SimilarTech) != 0 || res.Projects == nil || res.SimilarTech == nil {
				t.Errorf("projects %v, similar %v", res.Projects, res.SimilarTech)
			}
			if n := len(sentencesOf(res.Summary)); n < 5 || n > 10 {
				t.Errorf("%d sentences in the summary", n)
			}
			golden(t, "offline-"+name+".json", append(doc, '\n'))
		})
	}
}

func sentencesOf(s string) (out []string) {
	for _, x := range text.Sentences(s, maxSentences) {
		out = append(out, x.Text)
	}
	return out
}

func TestOfflineIsDeterministic(t *testing.T) {
	ev := page(t, "fetch")
	first := offlineResult(t, ev)
	for range 20 {
		if again := offlineResult(t, ev); !reflect.DeepEqual(again, first) {
			t.Fatalf("%+v\n%+v", again, first)
		}
	}
}

func TestOfflineStartsNoSpan(t *testing.T) {
	rec := tracetest.NewSpanRecorder()
	ctx, root := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(rec)).Tracer("test").Start(t.Context(), "analysis.run")
	if _, err := NewOffline().Analyze(ctx, page(t, "coverage")); err != nil {
		t.Fatal(err)
	}
	root.End()
	if len(rec.Ended()) != 1 {
		t.Errorf("%d spans", len(rec.Ended()))
	}
}

func TestOfflinePrefersSentencesThatStandAlone(t *testing.T) {
	filler := "It does that with its index. This is why they like it so much. Subscribe to our newsletter for more on the vector index. "
	ev := &job.Evidence{URL: "https://a.example", Title: "A vector index for search", Coverage: job.CoverageFull, Text: filler +
		"The vector index answers a search in ten milliseconds on one machine. " + filler +
		"The authors measured recall against four other index structures. " +
		"A vector index of one billion entries needs 40 gigabytes of memory. " + filler}
	res := offlineResult(t, ev)
	want := []string{
		"The vector index answers a search in ten milliseconds on one machine.",
		"The authors measured recall against four other index structures.",
		"A vector index of one billion entries needs 40 gigabytes of memory.",
	}
	if !reflect.DeepEqual(res.TLDR, want) {
		t.Errorf("tldr %q", res.TLDR)
	}
	if strings.Contains(res.Summary, "newsletter") {
		t.Errorf("page furniture in %q", res.Summary)
	}
}

func TestOfflineDoesNotRepeatItself(t *testing.T) {
	var b strings.Builder
	for i := range 12 {
		fmt.Fprintf(&b, "The %d vector index answers a search in ten milliseconds on one machine. ", i)
		fmt.Fprintf(&b, "%s concerns %s and %s beside it. ", word(i, "A"), word(i, "b"), word(i, "c"))
	}
	res := offlineResult(t, &job.Evidence{Text: b.String(), Coverage: job.CoverageFull})
	n := 0
	for _, s := range res.TLDR {
		if strings.Contains(s, "vector index") {
			n++
		}
	}
	if n > 1 {
		t.Errorf("tldr %q", res.TLDR)
	}
}

func word(i int, first string) string { return first + strings.Repeat(string(rune('a'+i)), 12) }

func TestOfflineInOtherLanguages(t *testing.T) {
	for name, text := range map[string]string{
		"german":   "Der neue Suchindex beantwortet eine Anfrage in zehn Millisekunden. Die Entwickler haben ihn am 3. Oktober in Berlin vorgestellt. Er ist freie Software. Der Suchindex braucht für eine Milliarde Einträge etwa 40 Gigabyte Speicher. Andere Verfahren benötigen laut Messung das Dreifache an Speicher. Ein Vergleich mit älteren Verfahren steht im Anhang des Berichts.",
		"japanese": "新しい検索インデックスは一つの質問に十ミリ秒で答えます。開発者は東京で検索インデックスを発表しました。検索インデックスは自由に使えるソフトウェアとして公開されています。十億件のデータには四十ギガバイトのメモリが必要です。ほかの方式は三倍のメモリを使うと報告されています。詳しい比較は報告書の付録にあります。",
		"russian":  "Новый поисковый индекс отвечает на запрос за десять миллисекунд. Разработчики представили поисковый индекс в октябре в Берлине. Индекс распространяется как свободное программное обеспечение. Для миллиарда записей поисковый индекс требует сорок гигабайт памяти. Другие методы требуют в три раза больше памяти по данным измерений. Сравнение приведено в приложении к отчёту.",
	} {
		t.Run(name, func(t *testing.T) {
			res := offlineResult(t, &job.Evidence{Text: text, Coverage: job.CoverageFull})
			for _, s := range res.TLDR {
				if !strings.Contains(text, s) || len(sentencesOf(s)) != 1 {
					t.Errorf("tldr %q", s)
				}
			}
			if name == "japanese" && strings.Contains(res.Summary, " ") {
				t.Errorf("spaces in %q", res.Summary)
			}
		})
	}
}

func TestOfflineOnLittleText(t *testing.T) {
	t.Run("a teaser gives its description and title", func(t *testing.T) {
		res := offlineResult(t, &job.Evidence{
			Title: "A vector index in ten milliseconds", Coverage: job.CoveragePartial,
			Description: "The index answers a search in ten milliseconds on a single machine.",
			Text:        "Read how we built an index that needs a third of the memory of others.",
		})
		if len(res.TLDR) != 3 {
			t.Errorf("%+v", res)
		}
	})
	for name, text := range map[string]string{
		"one sentence": "There is one sentence here and nothing else.",
		"a menu":       "Home\nAbout\nContact\nImprint",
		"numbers":      "1 2 3 4 5\n6 7 8 9\n10 11 12\n13 14 15",
	} {
		t.Run(name, func(t *testing.T) {
			o, err := NewOffline().Analyze(t.Context(), &job.Evidence{Text: text, Coverage: job.CoverageFull})
			if kindOf(err) != KindNoEvidence || o.Result != nil {
				t.Errorf("%v %+v", err, o.Result)
			}
		})
	}
}

func BenchmarkOffline(b *testing.B) {
	ev := page(b, "fetch")
	ev.Text = strings.Repeat(ev.Text+"\n", 10)
	for b.Loop() {
		if _, err := NewOffline().Analyze(b.Context(), ev); err != nil {
			b.Fatal(err)
		}
	}
}

func TestOfflineTakesAnyText(t *testing.T) {
	var b bytes.Buffer
	for r := rune(1); r < 0x3000; r++ {
		b.WriteRune(r)
		if r%50 == 0 {
			b.WriteString(". ")
		}
	}
	o, err := NewOffline().Analyze(t.Context(), &job.Evidence{Text: b.String(), Coverage: job.CoverageFull})
	if (err == nil) != (o.Result != nil) {
		t.Errorf("%v %+v", err, o)
	}
}
