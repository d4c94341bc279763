package links

import (
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// Fragments that name a thing of its own rather than a place on a page: a comment, an answer, a
// review, lines of a file, a file of a gist or of a change, a cell of a notebook. What reads a
// link puts that thing first, so two of them are two links. A moment of a video is a place.
var (
	// post are the names of comments and posts on any site, as package evidence/generic knows them.
	post = lazyregexp.New(`(?i)^(?:(?:[a-z]*(?:comment|reply|answer|post|note|message|msg))|c|p)[-_]?\d{1,18}$`)
	// named are those of single sites, by their domain.
	named = map[string]*lazyregexp.Regexp{
		"github.com": lazyregexp.New(`^(?:` + lines + `|discussion_r\d+|r\d+|pullrequestreview-\d+|diff-[0-9a-f]{32,64}.*|file-.+|` +
			`\d+)$`),
		"gitlab.com":        lazyregexp.New(`^` + lines + `$`),
		"codeberg.org":      lazyregexp.New(`^` + lines + `$`),
		"bitbucket.org":     lazyregexp.New(`^lines-\d+(?::\d+)?$`),
		"huggingface.co":    lazyregexp.New(`^(?:` + lines + `|[0-9a-f]{24})$`),
		"google.com":        lazyregexp.New(`^(?:scrollTo|cell-id)=.+$`),
		"stackoverflow.com": answers, "stackexchange.com": answers, "serverfault.com": answers, "superuser.com": answers,
		"askubuntu.com": answers, "mathoverflow.net": answers, "stackapps.com": answers,
	}
	answers = lazyregexp.New(`^(?:\d+|comment\d+_\d+)$`)
	digits  = lazyregexp.New(`^\d{1,18}$`)
)

// lines are those of a file, L3, L3-L9 and L3C1-L9C2, and a cell of a notebook.
const lines = `L\d+(?:C\d+)?(?:-L?\d+(?:C\d+)?)?|cell-id=.+`

// tells reports whether a fragment makes a link another one: the page of an application that
// lives in one document, as in #/users/1 and #!/users/1, or a thing of its own. It is false for
// #section-2.
func tells(host, fragment string) bool {
	if strings.HasPrefix(fragment, "/") || strings.HasPrefix(fragment, "!") || post.MatchString(fragment) {
		return true
	}
	for h, more := host, true; more; _, h, more = strings.Cut(h, ".") {
		if re := named[h]; re != nil && re.MatchString(fragment) {
			return true
		}
	}
	return false
}
