package mlflowview

// Names by which other parts of the program find jobs in MLflow again, and read them: tags of a
// job's run, of which the trace has all but the id.
const (
	JobIDTag   = "job_id"
	OutcomeTag = "outcome"
	DomainTag  = "domain"
	PromptTag  = "prompt" // NAME/VERSION of MLflow's prompt registry
)

// JobsOnly is the filter that holds for the runs of jobs, and for none of a stage: the channel is a tag of
// the former alone. Averages and charts must not mix the two.
const JobsOnly = "tags.channel_id != 'none'"

// FeedbackMetric is the metric of a job's run for what people judge under a name, such as
// [job.FeedbackName]: 1 or 0, and NaN once all of it was taken back.
func FeedbackMetric(name string) string { return "feedback/" + name }
