// Package runs turns finished OpenTelemetry traces into the MLflow runs that
// describe them. In goes a trace as OTLP (Read), out comes a tree of runs with params,
// metrics, tags, artifacts, status and times (Traces.Project), and the spans with what
// the trace itself needs on MLflow's pages (Traces.Annotated). The projection is pure:
// no clock, no network, no randomness, so that the same trace always gives the same
// runs, here, in a replay after an outage, or in a Collector.
//
// # Which spans become runs
//
// A local root becomes a parent run, its direct children nested runs, but for the
// HTTP request by which a root that is a model call was made. Every
// other span folds into its nearest run. Rules change that, and so does the
// span itself: mlflow.run (bool), mlflow.run.name, and mlflow.run.tag.<key>,
// .param.<key>, .metric.<key>, .artifact.<path>; an event mlflow.metric with
// key, value and step is one point of a series, gen_ai.evaluation.result a
// metric and an assessment. Package mlflowattr has these names for Go. Rules come
// before the span, the span before the defaults. Nested runs are bounded by Limits.
//
// A local root is a span without a parent, or one whose parent is in another
// process and not in this trace. A span whose parent got lost folds into the
// trace's only root, or is a parent run of its own if there is no such root;
// beyond Limits.Runs local roots fold into the first.
// A run is FAILED when its span is, and KILLED when its span never ended. A pending
// span, which some SDKs send at the start of the real one (logfire.span_type =
// "pending_span"), is a report of the real one; alone it means that it never ended.
//
// A span is sent when it ends, so the root of a trace comes last. BeginningOf says whether it
// is still to come, and ReadOpen reads such a trace as one that is under way: parents that
// are missing have runs already, which are Running and completed when the parents come.
//
// A run has its span's name without ids. A root that is a request to an HTTP server is
// named after the outermost agent or workflow inside, else after the first model call;
// what it was called is the tag span_name, and its route stays a tag.
//
// # What goes where
//
// Settings of model calls are params under short names (model, temperature);
// of several calls in a run the different values stand side by side. Numbers
// that measure are metrics, numbers that name something (ports, codes) and
// short texts tags. Content is artifacts: input.json, output.json,
// prompt_variables.json (what was filled into a prompt's template),
// messages.json (model calls), tool_calls.json, documents.json, spans.json
// (folded spans with all else they had), events.json, exception.txt,
// resource.json. What is too long, too much or not known to be worth a tag is
// in values/, attributes.json and metrics.json, and Projection.Notes says so.
//
// What an SDK dropped by its limits is said on the run, as otel.dropped_attributes_count,
// otel.dropped_events_count and otel.dropped_links_count, and values that end at its length
// limit are listed in otel.cut_attributes; Projection.Notes says both span by span.
//
// Every run has latency_seconds, and of its whole subtree, where there is any:
// input_tokens, output_tokens, total_tokens, cached_input_tokens,
// cache_creation_input_tokens, reasoning_tokens, llm_call_count,
// tool_call_count, embedding_call_count, embedding_tokens, error_count,
// total_cost_usd. A parent always has error_count, and latency/<stage>,
// tokens/input, tokens/output and cost/total_usd. These tokens are those of model calls: those of
// embeddings are apart. What MLflow shows of the trace, and of an agent's span, is the sum of both.
//
// # Counting once
//
// Spans around a model call repeat its numbers, or sum them over an agent's whole
// life, and two instrumentations describe one call twice. So a call is counted on
// the innermost span that describes it, whatever that is called, and a sum on a span
// around counts only when nothing below has any numbers. Usage on a span without a kind
// is a call of its own, or within a call that has a kind the usage of that. Of two reports side by side one counts, the one
// that knows more: they have the same answer id, or they come from different
// instrumentations and agree in parents, time, model and usage. Two spans of one
// instrumentation are two calls, however alike they are. An error that rises through
// its parents is one error.
//
// What a program says that its work cost is the cost. With Rules.Prices a model call or an embedding
// that counts, for which neither it nor a span around it says one, costs what the table says for its
// model; the tag cost_source, and the attribute mlflow.llm.cost.source of its span, say that it was computed, by
// whose prices and of which day. A model that the table lacks has no cost, and neither has a sum over calls
// that have no spans.
//
// # Dialects
//
// The GenAI conventions are read by their names of v1.41 and before, and by those of
// open-telemetry/semantic-conventions-genai, to which they have moved since. Tokens of one
// modality (gen_ai.usage.image.input_tokens) are parts of a total, and are never added to
// it. References to content that is kept elsewhere (gen_ai.input.messages_ref) are tags.
//
// Attribute names of all frameworks are read by one table. Names that the table lacks
// are guessed by their words (acme.metrics.promptTokens), and a span that does not say what
// sort of work it is, is judged by what it holds. A guess needs more than one sign and
// whole words, so that web frameworks, schedulers and CI, which have kinds, tools and
// tokens of their own, stay out.
//
// Input tokens include cached ones, as the GenAI conventions say. Where a program leaves
// them out, its arithmetic shows it (a total, or what was not cached), or its names do:
// bare input_tokens beside cache_read_tokens is Anthropic's manner.
package runs

// How a trace is read
//
// Read does what all answers need, once; Project and Annotated go on from there. Each
// phase has a package and a type of its own, which does not change afterwards:
//
//	OTLP ─ Read ─▶ tree.Tree ─▶ count.Tally ─┬─ Project ─▶ choose.Choice ─▶ draft.Drafts ─▶ []Projection
//	                                         ├─ Annotated ─▶ a copy of the OTLP data
//	                                         └─ IsGenAI, Resumed
//
//	internal/tree      spans in their places: parents, local roots, reports that count
//	internal/dialect   what one span says, whatever its framework calls it
//	internal/count     what spans used, everything once
//	internal/choose    which spans are runs
//	internal/draft     what goes where in a run, within MLflow's bounds
//	internal/summary   what the trace is about as a whole
//	internal/annotate  the copy for upload
//	internal/rule      rules, ready to be followed
//	internal/value, naming, chat, kind, notes   readings and names they share
//	internal/otlpfile  files of OTLP data
