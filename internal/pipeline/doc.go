// Package pipeline does one job: a link comes in, a commentary goes out.
//
//	pipeline.process_job
//	├── retrieval.fetch_evidence    the page, as snippets with provenance
//	├── analysis.run                one model call
//	│   └── chat <model>
//	├── quality_gates.validate      is the result true to the evidence?
//	└── slack.post_message          the reply in the thread
//
// In goes a [job.Job], out comes a [job.Result], which says how the job ended,
// also when it failed. [Pipeline.Process] reads like that picture. Each stage
// is one span; stages know nothing of MLflow beyond the attributes of package
// mlflowattr. What is done in a stage is behind an interface of package job,
// see [Stages].
//
// A job may be tried several times. Attempts have numbers; each has a trace of
// its own, whose ids follow from job and attempt (see [IDGenerator]). What a
// costly stage found is kept as a checkpoint, so that the next attempt neither
// fetches nor pays again. An attempt that only has to wait, see [job.Job.PutOff], is
// no end of the job: nothing is posted for it.
//
// Each stage has a deadline, see [Deadlines]. A stage that does not stop at it is left
// to itself on the goroutine that each stage but the last runs on; at most four are so.
package pipeline
