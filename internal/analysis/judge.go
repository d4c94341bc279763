package analysis

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
)

// declines recognises a refusal in prose, which asking again does not change:
// "I'm sorry, but I can't …", "As an AI …". It is asked only where there is no
// JSON, and matches at the start only, since a comment may quote such words.
var declines = lazyregexp.New(`(?i)^\W*(i['’]?m (very )?sorry|i am sorry|sorry,|i can(['’]t|not|not) |` +
	`i['’]m (unable|not able) to|i am (unable|not able) to|as an ai\b)`)

// judgeAndEnd ends the span of the answer's call as judge finds it.
func (a *openAIAnalyst) judgeAndEnd(ans *answer) (*job.Comment, *Error) {
	defer ans.span.End(errors.New("judging the answer panicked"), "panic") // not heard after ans.end
	res, fault := a.judge(ans)
	ans.end(fault)
	return res, fault
}

// judge takes the result out of an answer, or says what is wrong with it. The
// order of the checks matters: a cut answer is called cut before it is called
// invalid, because the remedy is another.
func (a *openAIAnalyst) judge(ans *answer) (*job.Comment, *Error) {
	at := fmt.Sprintf("model %s at %s", a.cfg.Model, a.shown)
	content := strings.TrimSpace(ans.content)
	length := stoppedAtLimit.MatchString(ans.finish)
	// Some servers put the whole answer where the thoughts belong.
	if thought := strings.TrimSpace(ans.reasoning); content == "" && strings.HasPrefix(thought, "{") && strings.HasSuffix(thought, "}") {
		content = thought
	}
	switch {
	case ans.filtered:
		return nil, a.filtered(ans.filter, "answer", http.StatusOK)
	case content == "" && ans.refusal != "":
		return nil, refused(at)
	case content == "" && brokeOff.MatchString(ans.finish):
		return nil, broken(at, ans.finish)
	case content == "" && !length:
		return nil, &Error{
			Kind: KindEmpty,
			What: at + " returned an empty answer",
			Hint: "try again; if it stays empty, look into the server's log",
		}
	}
	// Some servers say "stop" though the answer has as many tokens as allowed.
	full := ans.outputTokens == a.cfg.MaxTokens
	v := a.schemas.read(content, !length && !full && !brokeOff.MatchString(ans.finish))
	switch {
	case v.result != nil:
		return v.result, nil // a cut answer may still hold a complete object
	case length || full && v.keys == 0:
		return nil, &Error{
			Kind: KindTruncated,
			What: fmt.Sprintf("%s stopped in the middle of its answer, at the limit of %d tokens", at, a.cfg.MaxTokens),
			Hint: "raise MODEL_MAX_TOKENS (reasoning counts as well), or use a model that does not repeat itself",
		}
	case brokeOff.MatchString(ans.finish):
		return nil, broken(at, ans.finish)
	case v.keys > 0:
		return nil, &Error{
			Kind: KindSchema, Issues: v.issues,
			What: fmt.Sprintf("%s gave an answer that breaks the result schema (%s)", at, strings.Join(v.issues, "; ")),
			Hint: "use a model or server that supports structured output, or adapt the prompt",
		}
	case declines.MatchString(content):
		return nil, refused(at)
	}
	return nil, &Error{
		Kind: KindInvalidJSON, Issues: v.issues,
		What: at + " did not answer with a JSON object",
		Hint: "use a model or server that supports structured output, or adapt the prompt",
	}
}

// refused is the error for a model that declined in either way, at says where.
func refused(at string) *Error {
	return &Error{Kind: KindRefusal, What: at + " refused to comment on this page", Hint: "comment by hand, or try another MODEL"}
}

// broken is the error for a server that failed in the middle of an answer.
func broken(at, finish string) *Error {
	return &Error{
		Kind: KindServer, What: fmt.Sprintf("%s broke off its answer (%s)", at, finish),
		Hint: "try again; if it goes on, look into the server's log",
	}
}

// repairable reports whether one more turn with the list of faults may help:
// where the model wrote something, but not the object asked for.
func (e *Error) repairable() bool { return e.Kind == KindInvalidJSON || e.Kind == KindSchema }

// faults lists what the model is told about its rejected answer; never empty.
func (e *Error) faults() []string {
	if len(e.Issues) > 0 {
		return e.Issues
	}
	return []string{"it holds no complete JSON object"}
}
