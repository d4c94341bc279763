package analysis

import (
	"net/http"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// A refusal is a server's word that it does not take a request as it is
// written. There is no standard for it: OpenAI names one parameter, servers on
// pydantic list all, gateways quote whatever is behind them, some say "Bad
// request". What follows reads the words that servers were seen to send; their
// sources are in refusal_test.go.

// anyOf matches any of the alternatives.
func anyOf(alternatives ...string) *lazyregexp.Regexp {
	return lazyregexp.New("(" + strings.Join(alternatives, "|") + ")")
}

// Words in lower case. They are matched against everything that a server says,
// so they must not occur in complaints about something else.
var (
	saysNo = anyOf(`unsupported`, `not support`, `n't support`, `unrecognized`, `unknown`, `unexpected`, `extra inputs`, `not permitted`,
		`not allowed`, `not enabled`, `unavailable`, `not available`, `instead`, `does not exist`, `no such`,
		`not recogni[sz]ed`, `deprecated`, `no longer`, `disallowed`, `forbidden`, `不支持`)
	saysUnknown = anyOf(`unrecognized`, `unknown`, `unexpected`, `extra inputs`, `extra fields`, `additional propert`, `no such`)

	// Chat templates raise exceptions in these words; the servers around them
	// report status 400, 422 or 500.
	noSystemRole = anyOf(
		`system[ _-]?(role|message|prompt|instruction)s?\b[^.]{0,60}(not|n't|un)[ -]?(be )?(support|allow|enabl|permit|accept)`,
		`(not|n't|un)[ -]?support\w*[^.]{0,40}system[ _-]?(role|message|prompt|instruction)`,
		`developer instruction is not enabled`,
		`only user\b[^.]{0,30}(roles?|assistant|model)`,
		`must alternate`, `alternate between user`,
		`roles? must (be (one of )?['"\[( ]*(user|assistant))`,
		`role['"]?\]?[^.]{0,20}does not support ['"]?(system|developer)`,
		`(unexpected|unsupported|invalid|unknown|unrecognized) (message )?role\b[^.]{0,30}system`,
		`['"]?system['"]? is not (one of|a valid|supported|allowed)`, `invalid value: ['"]system['"]`,
		`system.{0,20}不支持`, `不支持.{0,20}system`,
		`first message must be[^.]{0,20}user`, `must start with (a |the )?['"]?user`,
		`messages\b.{0,12}role\b.{0,60}(should|must) be ['"]?(user|assistant)`,
	)
	// Said without naming the system role, where nothing else is named.
	namesRoles = anyOf(`\broles?\b`, `\bjinja`, `chat[ _]?template`, `template ?error`)

	namesTemperature = anyOf(`\btemperature\b`)
	namesSeed        = anyOf(`\b(random_)?seed\b`)
	namesLimit       = anyOf(`\bmax_(completion_)?tokens\b`)
	limitTooHigh     = anyOf(`too (large|high|big)`, `at most`, `maximum (value|of)`, `less than`, `exceed`, `greater than`)
	namesStream      = anyOf(`\bstream\b`)
	// Alibaba's reasoning models answer in a stream only.
	onlyStreams = anyOf(`only supports? stream`, `non-streaming calls?`, `stream(ing)? (mode )?(is )?required`, `enable the stream`)

	// The complaint is about how the answer's form was asked for.
	namesShape = anyOf(`response[_ ]format`, `json[_ ](schema|object|mode|output)`, `grammar`, `structured[_ ]outputs?`,
		`guided[_ ](json|decoding)`, `output_config`, `\bschema\b`, `\bstrict\b`, `(min|max)(length|items)`, `additionalproperties`)
	namesLengths = anyOf(`minlength`, `maxlength`)
	namesItems   = anyOf(`minitems`, `maxitems`, `for '(string|array)' type`) // the latter are Anthropic's words, who take no bounds
	tooComplex   = anyOf(`too (many states|complex|large|deep)`, `number of repetitions`,
		`(failed|unable|cannot|could not) to (parse|compile|convert|build)`)
	namesStrict = anyOf(`\bstrict\b`)
	namesSchema = anyOf(`json[_ ](schema|object)`, `structured[_ ]outputs?`, `\bschema\b`, `unavailable`, `response_format[. ]type`)
	noJSONAtAll = anyOf(`json[_ ](mode|output)`, `grammar`, `neither`)

	// Complaints about things that no other form mends.
	otherMatters = anyOf(`token`, `messages`, `model`, `api[_ ]key`, `credit`, `billing`, `quota`, `balance`, `account`, `permission`,
		`organi[sz]ation`, `region`)
)

// sentOptions says which of the optional settings a request held, besides those
// of its form.
type sentOptions struct{ temperature, seed bool }

// formal reports whether a status may speak of the request's form. 404 and
// those from 500 on do so on some servers, but only where they name something
// (named).
func formal(status int) (may, named bool) {
	switch status {
	case http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusNotImplemented:
		return true, false
	case http.StatusNotFound:
		return true, true
	}
	return status >= 500, true
}

// amend returns f without whatever the complaint names, all at once. vague says
// that the complaint names nothing at all that a request can be made without,
// and nothing else either; then f is returned as it is, as it is when other is
// at fault. complaint is in lower case.
func (f form) amend(status int, complaint string, sent sentOptions) (next form, vague bool) {
	may, mustName := formal(status)
	if !may {
		return f, false
	}
	next = f
	if !f.SystemInUser && noSystemRole.MatchString(complaint) {
		next.SystemInUser = true
	}
	if sent.temperature && namesTemperature.MatchString(complaint) {
		next.NoTemperature = true
	}
	if sent.seed && namesSeed.MatchString(complaint) {
		next.NoSeed = true
	}
	no := saysNo.MatchString(complaint)
	if no && namesLimit.MatchString(complaint) && !limitTooHigh.MatchString(complaint) {
		next.CompletionTokens = !f.CompletionTokens
		// Models that take no max_tokens are reasoning models, which take no
		// temperature either, and would say so in the next refusal.
		next.NoTemperature = f.NoTemperature || next.CompletionTokens
	}
	switch {
	case f.Stream != streamYes && onlyStreams.MatchString(complaint):
		next.Stream = streamYes
	case no && f.Stream == streamNo && namesStream.MatchString(complaint):
		next.Stream = streamUnsaid
	}
	if f.Rung < rungText && namesShape.MatchString(complaint) {
		next = next.lower(complaint)
	}
	if next == f && !f.SystemInUser && namesRoles.MatchString(complaint) {
		next.SystemInUser = true
	}
	if next == f && !mustName && !otherMatters.MatchString(complaint) {
		return f, true
	}
	return next, false
}

// lower is f with the answer's shape asked for less strictly, by as much as the
// complaint calls for.
func (f form) lower(complaint string) form {
	switch {
	case f.Rung == rungObject, noJSONAtAll.MatchString(complaint) && !tooComplex.MatchString(complaint):
		f.Rung = rungText
	case f.Rung < rungBare && (namesItems.MatchString(complaint) || tooComplex.MatchString(complaint)):
		f.Rung = rungBare
	case f.Rung < rungPortable && namesLengths.MatchString(complaint):
		f.Rung = rungPortable
	case !f.NoStrict && namesStrict.MatchString(complaint):
		f.NoStrict = true
	case saysUnknown.MatchString(complaint) && !namesSchema.MatchString(complaint):
		f.Rung = rungText // the server does not know response_format
	case namesSchema.MatchString(complaint):
		f.Rung = rungObject
	default:
		f.Rung = rungText
	}
	return f
}
