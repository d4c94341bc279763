package youtube

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// moment is what a link names within a video's page.
type moment struct {
	second  int    // where to start, 0 for the beginning
	comment string // the id of a comment
}

// maxSecond bounds moments: no video is longer than some days.
const maxSecond = 1_000_000

var (
	// timePattern matches 90, 90s, 1m30s and 1h2m3s; clockPattern 1:30 and 1:02:03.
	timePattern  = lazyregexp.New(`^(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,7})s?)?$`)
	clockPattern = lazyregexp.New(`^(?:(\d{1,3}):)?(\d{1,2}):(\d{2})$`)
	// chapterPattern matches a line of a description that names a chapter: "1:30 Ropes", or with
	// brackets or a mark around the time.
	chapterPattern = lazyregexp.New(`(?m)^[ \t(\[•–-]*((?:\d{1,3}:)?\d{1,2}:\d{2})[ \t)\]:–-]+(\S.*)$`)
)

// secondOf is the second at which a link starts a video: t, start or time_continue among the
// parameters, or t in the fragment.
func secondOf(u *url.URL) int {
	q := u.Query()
	values := []string{q.Get("t"), q.Get("start"), q.Get("time_continue")}
	if inner, err := url.ParseQuery(u.Fragment); err == nil {
		values = append(values, inner.Get("t"))
	}
	for _, v := range values {
		if s := seconds(v); s > 0 {
			return s
		}
	}
	return 0
}

// seconds reads a time, 0 when it is none.
func seconds(s string) int {
	m := clockPattern.FindStringSubmatch(s)
	if m == nil {
		m = timePattern.FindStringSubmatch(s)
	}
	if m == nil {
		return 0
	}
	total := 0
	for i, unit := range []int{3600, 60, 1} {
		n, _ := strconv.Atoi(m[i+1]) // digits, or nothing
		total += n * unit
	}
	return min(total, maxSecond)
}

// clock writes a moment as people do.
func clock(second int) string { return (time.Duration(second) * time.Second).String() }

// chapterAt is the chapter that a description names for a moment, "" for none.
func chapterAt(description string, second int) string {
	chapter := ""
	for _, m := range chapterPattern.FindAllStringSubmatch(description, 200) {
		if at := seconds(m[1]); at > second {
			break
		}
		chapter = "Chapter: " + text.OneLine(strings.TrimSpace(m[2])) + " (from " + m[1] + ")"
	}
	return chapter
}
