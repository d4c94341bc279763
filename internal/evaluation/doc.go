// Package evaluation runs variants of the one model call, each a prompt with a model, over the
// rows of a dataset, and says by a policy whether one of them is good enough.
//
// In go rows with the evidence that was found behind a link when it was shared, so that nothing
// is fetched. A row is one call of a [job.Analyst]; what comes out is judged by the gates that
// judge it in the worker, by what the row expects, and by a judge where there is one. Each
// variant is an evaluation of package eval: a run in MLflow, its rows traces of it.
//
//	outcomes := evaluation.Run(ctx, settings, rows, variants)
//	decision, err := evaluation.Decide(policy, &outcomes[0], &outcomes[1], required)
//
// # What a row's verdict is
//
//	score        says
//	<gate>       what one gate says; those that only advise are among them
//	gates        no gate keeps the comment from being posted
//	contains     the reply holds what the row's expectation of that name lists, and nothing of excludes
//	judge        the judge finds the reply to be what people asked for
//	passed       gates, contains and judge say yes
//
// Policies look at passed alone. A row whose task failed, that did not run, or of which one of
// these has no verdict is no row that did not pass: nothing is known of it, and no policy passes.
//
// # What is paid once
//
// Each variant has a journal in the state folder, found again by all that makes the evaluation
// what it is. The same command thus goes on after a kill, as the same runs, and asks for
// nothing that had arrived. A journal is deleted when all rows of all variants have ended.
package evaluation
