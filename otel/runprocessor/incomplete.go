package runprocessor

import (
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/technoshare/commentator/otel/deliver"
)

// parts are those that a server may not take, in the order of the metric's points.
var parts = []deliver.Part{deliver.PartTrace, deliver.PartRunData, deliver.PartArtifacts}

// partSpans stands beside them, in the log, for single spans that the server refused.
// They have a metric of their own.
const partSpans deliver.Part = "spans"

// wholeAgain is after how many traces in a row that had a part it counts as taken
// again, so that the next trace without it is news. A server that takes small files and
// refuses large ones is none.
const wholeAgain = 20

// incompleteWatch counts the traces that were delivered but for parts which the server
// does not take, and logs the first of each part. The queue's goroutines call it.
type incompleteWatch struct {
	deliver.NopObserver
	logger *slog.Logger

	mu      sync.Mutex
	counted map[deliver.Part]uint64
	whole   map[deliver.Part]int // traces in a row that had it since one had not; absent: all had
}

func newIncompleteWatch(l *slog.Logger) *incompleteWatch {
	return &incompleteWatch{logger: l, counted: map[deliver.Part]uint64{}, whole: map[deliver.Part]int{}}
}

// Delivered implements deliver.Observer.
func (w *incompleteWatch) Delivered(r deliver.Result, _ time.Duration) {
	missing := map[deliver.Part]string{}
	for _, m := range r.Missing {
		missing[m.Part] = m.Reason
	}
	if n := len(r.Poison); n > 0 {
		missing[partSpans] = fmt.Sprintf("%d spans: %s", n, r.PoisonReason)
	}
	for part, reason := range w.count(missing) {
		w.logger.Warn("MLflow does not take a part of a trace; the rest is delivered, further ones are only counted",
			"part", string(part), "trace_id", r.TraceID.String(), "reason", reason)
	}
}

// count counts what is missing of one trace, and returns what of it is news.
func (w *incompleteWatch) count(missing map[deliver.Part]string) (news map[deliver.Part]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for part, inARow := range w.whole {
		if _, again := missing[part]; !again {
			w.whole[part] = inARow + 1
		}
	}
	news = maps.Clone(missing)
	for part := range missing {
		w.counted[part]++
		if inARow, before := w.whole[part]; before && inARow < wholeAgain {
			delete(news, part)
		}
		w.whole[part] = 0
	}
	return news
}

// counts returns how many traces came without each part.
func (w *incompleteWatch) counts() map[deliver.Part]uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.counted)
}

// partName is a part as an attribute's value.
func partName(p deliver.Part) string { return strings.ReplaceAll(string(p), " ", "_") }
