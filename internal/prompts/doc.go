// Package prompts says what a prompt is: its form as a file ([Parse], [Encode]), when one can't
// work ([Check]), how people name versions ([Ref]), and what else the parts of the program that
// evaluate and promote prompts agree on (tags and values below). It is pure; [registry] talks to
// MLflow.
//
// # A prompt
//
// A file is YAML:
//
//	name: commentary
//	description: One comment on a link.
//	content: |          # the system message
//	  Comment on the page in {{language}}. {{context}}
//	user: |             # may be left out
//	  {{page}}
//	  Write the JSON object now.
//	temperature: 0.2    # these two may be left out: then the settings count
//	max_tokens: 2000
//
// {{language}} is the ISO 639-1 code of the comment, {{context}} the team's themes, which go to the
// end of a content that does not name them, and {{page}} the text of the page with the lines that
// fence it in. The page is not to be trusted, so that it has its place in the user message alone.
//
// In MLflow a version is a chat prompt of these two messages, with temperature and max_tokens as its
// model config, and the schema of answers as its response format, which is for readers: the schema
// that counts is the program's.
//
// # Promotion
//
// An evaluation that compared a prompt with a baseline leaves [VerdictTag] and [EvaluatedTag] on the
// candidate's run. `prompts promote` moves an alias only by such a run, by what canary jobs show, or by
// force, and leaves on the version why: [PromotedTag], and [FormerTag] for the way back.
//
// [registry]: https://pkg.go.dev/github.com/technoshare/commentator/internal/prompts/registry
package prompts
