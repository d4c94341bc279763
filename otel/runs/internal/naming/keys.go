package naming

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// MaxKey is MLflow's bound on the length of a param, metric or tag key
// (mlflow.utils.validation.MAX_ENTITY_KEY_LENGTH).
const MaxKey = 250

// Key makes a key that MLflow accepts: letters, digits, _ - . / : and
// space, at most 250, and a path that normalises to itself (MLflow stores
// metrics as files in some of its stores and refuses "..", "//" and a slash at
// either end: mlflow.utils.validation.path_not_unique).
func Key(key string) string {
	var sb strings.Builder
	for _, r := range key {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_-./: ", r):
			sb.WriteRune(r)
		default:
			sb.WriteByte('_')
		}
	}
	parts := strings.Split(sb.String(), "/")
	kept := parts[:0]
	for _, p := range parts {
		p = strings.TrimSpace(p)
		switch {
		case p == "", p == ".":
			continue
		case strings.HasPrefix(p, ".."): // "..x" as well, says path_not_unique
			p = "__" + p[2:]
		}
		kept = append(kept, p)
	}
	out := strings.Join(kept, "/")
	if out == "" {
		return "_"
	}
	if len(out) > MaxKey {
		out = strings.TrimRight(out[:MaxKey-9], "/. ") + "-" + shortHash(key)
	}
	return out
}

// Path makes a relative artifact path without anything a file system or
// a URL could take for something else.
func Path(path string) string {
	return strings.ReplaceAll(Key(strings.ReplaceAll(path, `\`, "/")), ":", "_")
}

// Folder makes one segment of a path of a name.
func Folder(name string) string {
	return Path(strings.ReplaceAll(name, "/", "_"))
}

// shortHash keeps two long keys apart that differ only where they are cut.
func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}

// Numbered returns the n-th spelling of a key that is taken, n being 2 or more: key_2,
// key_3, ...; a path gets the number before its extension.
func Numbered(key string, n int, path bool) string {
	suffix := "_" + strconv.Itoa(n)
	ext := ""
	if path {
		if dot := strings.LastIndexByte(key, '.'); dot > strings.LastIndexByte(key, '/')+1 {
			key, ext = key[:dot], key[dot:]
		}
	}
	if len(key)+len(suffix)+len(ext) > MaxKey {
		key = strings.TrimRight(key[:MaxKey-len(suffix)-len(ext)], "/. ")
	}
	return key + suffix + ext
}

// variable finds what makes a name different in each trace: UUIDs, long
// hexadecimal ids and long numbers. Eight digits may be a model's date.
var variable = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}|[0-9]{9,}`)

// Stable replaces ids in a span name, so that runs of the same stage share
// their name and metric keys do not grow with the number of traces.
func Stable(name string) string {
	name = strings.TrimSpace(otlp.ValidText(name))
	out := variable.ReplaceAllStringFunc(name, func(m string) string {
		if strings.ContainsAny(m, "0123456789") {
			return "{id}"
		}
		return m
	})
	out, cut := value.Cut(out, MaxKey-1)
	if cut {
		out += "…"
	}
	if out == "" {
		return "unnamed"
	}
	return out
}
