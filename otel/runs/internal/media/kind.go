package media

import (
	"bytes"
	"path"
	"regexp"
	"strings"
)

const unknownType = "application/octet-stream"

// signatures are the first bytes by which formats are known, each after an offset.
func signatures() []struct {
	at         int
	magic, mtp string
} {
	return []struct {
		at         int
		magic, mtp string
	}{
		{0, "\x89PNG\r\n\x1a\n", "image/png"}, {0, "\xff\xd8\xff", "image/jpeg"}, {0, "GIF87a", "image/gif"}, {0, "GIF89a", "image/gif"},
		{8, "WEBP", "image/webp"}, {0, "BM", "image/bmp"}, {0, "II*\x00", "image/tiff"}, {0, "MM\x00*", "image/tiff"},
		{4, "ftypavif", "image/avif"}, {4, "ftyphei", "image/heic"}, {0, "%PDF-", "application/pdf"},
		{8, "WAVE", "audio/wav"}, {0, "ID3", "audio/mpeg"}, {0, "OggS", "audio/ogg"}, {0, "fLaC", "audio/flac"},
		{4, "ftyp", "video/mp4"}, {0, "\x1aE\xdf\xa3", "video/webm"},
	}
}

// sniff returns the type that the bytes themselves say, "" when they say none.
func sniff(b []byte) string {
	for _, s := range signatures() {
		if len(b) < s.at+len(s.magic) || string(b[s.at:s.at+len(s.magic)]) != s.magic {
			continue
		}
		switch {
		case s.at == 8 && string(b[:4]) != "RIFF":
			continue
		case s.magic == "BM" && (len(b) < 18 || !bytes.Equal(b[6:10], make([]byte, 4))): // its reserved bytes
			continue
		}
		return s.mtp
	}
	return ""
}

// sniffScript returns the type of text that a browser would read as a page or a drawing
// with scripts, whatever it is called.
func sniffScript(b []byte) string {
	head := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(b[:min(len(b), 1024)], []byte("\xef\xbb\xbf")), " \t\r\n"))
	switch {
	case !bytes.HasPrefix(head, []byte("<")):
		return ""
	case bytes.Contains(head, []byte("<svg")):
		return "image/svg+xml"
	case bytes.HasPrefix(head, []byte("<?xml")):
		return "application/xml"
	}
	return "text/html"
}

// runs reports whether a browser runs scripts in files of a type.
func runs(mediaType string) bool {
	for _, s := range []string{"html", "xml", "svg", "javascript", "ecmascript"} {
		if strings.Contains(mediaType, s) {
			return !strings.Contains(mediaType, "officedocument") && !strings.Contains(mediaType, "opendocument")
		}
	}
	return false
}

// content is what a payload turned out to be.
type content struct {
	mediaType string
	body      []byte
	size      int
	script    bool
}

// contentOf settles what bytes are. What they say themselves counts more than the
// message, which may err or lie: a type of pictures that are known by their bytes is not
// believed of others. ok is false when neither says anything.
func contentOf(body []byte, said string) (c content, ok bool) {
	c = content{mediaType: said, body: body, size: len(body)}
	seen, script := sniff(body), sniffScript(body)
	switch {
	case seen != "" && !sameContainer(seen, said):
		c.mediaType = seen
	case script != "":
		c.script = true
		if !runs(said) {
			c.mediaType = script
		}
	case strings.HasPrefix(said, "image/") && seen == "":
		c.mediaType = unknownType
	case runs(said):
		c.script = true
	}
	return c, c.mediaType != ""
}

// sameContainer reports whether a type names more exactly what a container of sound and
// film holds.
func sameContainer(seen, said string) bool {
	isAV := func(t string) bool { return strings.HasPrefix(t, "audio/") || strings.HasPrefix(t, "video/") }
	return isAV(seen) && isAV(said)
}

var typeName = regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,127}$`)

// mediaType reads a media type without its parameters; "" when it is none.
func mediaType(s string) string {
	s, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(s)), ";")
	if s = strings.TrimSpace(s); len(s) > 200 || !typeName.MatchString(s) {
		return ""
	}
	return s
}

// typeOfFormat makes a media type of a format, such as wav, and what it is a format of.
func typeOfFormat(format, of string) string {
	format = strings.ToLower(strings.TrimPrefix(format, "."))
	if t := typesByExtension()[format]; t != "" {
		return t
	}
	for _, major := range []string{"image", "audio", "video"} {
		if strings.Contains(strings.ToLower(of), major) {
			return mediaType(major + "/" + format)
		}
	}
	return ""
}

// typeOfFile makes a media type of a file's name.
func typeOfFile(name string) string {
	return typesByExtension()[strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))]
}

// extension returns how the name of a file of a type ends.
func extension(mediaType string) string {
	for _, ext := range []string{"png", "jpg", "gif", "webp", "bmp", "tiff", "avif", "heic", "svg", "pdf", "wav", "mp3", "ogg", "flac", "mp4",
		"webm", "txt", "md", "csv", "html", "json", "xml", "docx", "xlsx", "pptx"} {
		if typesByExtension()[ext] == mediaType {
			return "." + ext
		}
	}
	return ".bin"
}

func typesByExtension() map[string]string {
	const office = "application/vnd.openxmlformats-officedocument."
	return map[string]string{
		"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "bmp": "image/bmp",
		"tiff": "image/tiff", "avif": "image/avif", "heic": "image/heic", "svg": "image/svg+xml", "pdf": "application/pdf",
		"wav": "audio/wav", "mp3": "audio/mpeg", "ogg": "audio/ogg", "flac": "audio/flac", "mp4": "video/mp4", "webm": "video/webm",
		"txt": "text/plain", "md": "text/markdown", "csv": "text/csv", "html": "text/html", "json": "application/json", "xml": "application/xml",
		"docx": office + "wordprocessingml.document", "xlsx": office + "spreadsheetml.sheet", "pptx": office + "presentationml.presentation",
	}
}
