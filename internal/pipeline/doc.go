// Package pipeline does one job: a link comes in, a commentary goes out.
//
//	pipeline.process_job
//	├── retrieval.fetch_evidence    the page, as snippets with provenance
//	├── analysis.run                one model call
//	│   └── chat <model>
//	├── quality_gates.validate      is the result true to the evidence?
//	└── slack.post_message          the reply in the thread
//
// [Pipeline.Process] reads like that picture. Each stage is one span; stages know
// nothing of MLflow beyond the attributes of package mlflowattr. What is done in a
// stage is behind an interface of package job, see [Stages].
package pipeline
