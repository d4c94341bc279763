// Package pipeline does one job: a link comes in, a commentary goes out.
//
//	pipeline.process_job
//	├── retrieval.fetch_evidence    the page, as snippets with provenance
//	├── analysis.run                one model call
//	│   └── chat <model>
//	├── quality_gates.validate      is the result true to the evidence?
//	└── slack.post_message          the reply in the thread
//
// [Pipeline.Process] reads like that picture. Each stage is one span; stages
// know nothing of MLflow. What MLflow shows of a job is said in one place,
// [Rules]. The stages' work is done by the packages evidence, analysis, gates
// and slackbot/render.
package pipeline
