// Package eval runs evaluations: it gives the rows of a dataset to a task, lets scorers judge
// what comes out, and writes it as OpenTelemetry spans, a root for the evaluation and a
// trace for each row. Package runprocessor, or a Collector, shows them in MLflow as an
// evaluation run with its rows. Without a TracerProvider it is a report in memory.
//
//	report, err := eval.Run(ctx, eval.JSONL[Question, Expected]("questions", "questions.jsonl"), ask,
//		eval.On(scorers.Contains[Question](), answerOf, textOf))
//
// Types hold all together: the task takes what the dataset has, and scorers what both have.
// README.md beside this file says what is written, for programs in other languages too.
//
// # What a row becomes
//
//	what happens                          the row                          the others
//	the task fails, or panics             has an error and no scores       go on
//	a scorer fails, or panics             has no verdict under that name   go on
//	WithRowTimeout is over                as if its task or scorer failed  go on
//	the budget is spent                   those under way end              are counted as missing
//	ctx ends                              those under way are cut          are not begun
//	the program is killed                 with a journal goes on           with a journal go on
//
// # What is paid once
//
// With [WithJournal] the task's output is on disk before it is judged, and so is the verdict of
// each judge (a scorer with a model) before the next is asked. What had arrived is never
// asked for again. A call that was under way when the program was killed is made again, and
// has the same [Key]. A row's trace counts as sent when the provider's ForceFlush says so;
// until then another process sends it again, under the same ids: with its inputs, output
// and verdicts, but without the steps of the task, which are not known any more.
//
// # Memory
//
// Outputs are kept neither in memory nor in the [Report]: a row that has ended holds its names
// and scores.
//
// # Goroutines and locks
//
// Each row under way is a goroutine, at most as many as WithConcurrency; with a journal one
// more flushes traces each second. All have ended when Run or Close returns. One mutex
// guards what is known of rows, one the journal's file, one its sync, and one is held while the
// observer is called; none is held while task, scorers or the provider work.
package eval
