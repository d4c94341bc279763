package mlflow

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSegment is the longest name that common file systems take. Beyond it the proxy
// answers 500, which reads as a failure that passes.
const maxSegment = 255

// percentEscape is what MLflow decodes in a path however often it was escaped.
var percentEscape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// CheckArtifactPath says by its error why file cannot be the path of an artifact. It
// must be relative, with slashes, and lead nowhere outside. What MLflow refuses,
// stores under another name or fails at is refused too (seen on 2.22.5, 3.17.2 and
// 3.18.0; the colon and the space by presigned uploads only): #, a colon, a backslash,
// control characters, invalid UTF-8, a percent sign before two hexadecimal digits, a
// space at the beginning and names of more than 255 bytes. Trying again is pointless.
func CheckArtifactPath(file string) error {
	refuse := func(why string) error { return fmt.Errorf("artifact path %.300q %s", file, why) }
	switch {
	case !plainPath(file):
		return refuse("is not a plain relative path")
	case strings.ContainsAny(file, `#:\`), strings.ContainsFunc(file, unicode.IsControl), !utf8.ValidString(file):
		return refuse("holds #, a colon, a backslash, a control character or invalid UTF-8, which MLflow does not take")
	case strings.HasPrefix(file, " "):
		return refuse("begins with a space, which MLflow would cut off")
	case percentEscape.MatchString(file):
		return refuse("holds a percent-escape, which MLflow would decode")
	}
	for _, name := range strings.Split(file, "/") {
		if len(name) > maxSegment {
			return refuse(fmt.Sprintf("has a name of %d bytes; %d are possible", len(name), maxSegment))
		}
	}
	return nil
}

// plainPath reports whether a path leads from its root to something below, without
// detours.
func plainPath(file string) bool {
	clean := path.Clean("/" + file)
	return file != "" && clean != "/" && clean[1:] == file
}
