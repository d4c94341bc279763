package prompts

// Tags of the candidate's evaluation run, written by `commentator eval` and read by `prompts promote`.
const (
	// VerdictTag is VerdictPass or VerdictRegression.
	VerdictTag = "commentator.eval.verdict"
	// EvaluatedTag is the version that was evaluated, as NAME/VERSION, see [Ref.String].
	EvaluatedTag = "commentator.eval.prompt"
)

// Values of [VerdictTag].
const (
	VerdictPass       = "pass"
	VerdictRegression = "regression"
)

// PromotedTag is the tag of a version that says when and why an alias was moved to it.
func PromotedTag(alias string) string { return "commentator.promoted." + alias }

// FormerTag is the tag of a version that holds the number of the version which the alias was moved
// from. It is what `prompts rollback` goes back to.
func FormerTag(alias string) string { return "commentator.former." + alias }

// RolledBackTag is the tag of a version that says when and why an alias was taken from it.
func RolledBackTag(alias string) string { return "commentator.rolled_back." + alias }

// Production is the alias that only `prompts promote` moves.
const Production = "production"
