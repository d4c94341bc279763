package text_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/technoshare/commentator/internal/text"
)

// defaultIgnorable derives Default_Ignorable_Code_Point as DerivedCoreProperties
// does, less joiners and the selectors that Strip judges by their place.
func defaultIgnorable(r rune) bool {
	if unicode.Is(unicode.Join_Control, r) || r >= 0xfe00 && r <= 0xfe0f || r >= 0x180b && r <= 0x180d || r == 0x180f {
		return false
	}
	if unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
		return true
	}
	visibleFormat := unicode.In(r, unicode.White_Space, unicode.Prepended_Concatenation_Mark) || r >= 0xfff9 && r <= 0xfffb || r >= 0x13430 && r <= 0x13440
	return unicode.Is(unicode.Cf, r) && !visibleFormat
}

func TestInvisibleIsWhatUnicodeSays(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		want := defaultIgnorable(r) || unicode.In(r, unicode.Cc, unicode.Co) && r != '\n' && r != '\t' || r >= 0xfff9 && r <= 0xfffb
		if text.Invisible(r) != want {
			t.Errorf("%U: %v", r, !want)
		}
		if text.Deceptive(r) && !text.Invisible(r) {
			t.Errorf("%U is deceptive and visible", r)
		}
		if unicode.Is(unicode.Bidi_Control, r) && !text.Invisible(r) {
			t.Errorf("%U turns the direction of writing and is visible", r)
		}
	}
}

func TestStripKeepsWhatShapesWords(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"nothing to do":              {"plain, naïve 世界\n\ttext", "plain, naïve 世界\n\ttext"},
		"empty":                      {"", ""},
		"controls":                   {"a\x00b\x1b[1mc\x7fd\u0085e\r\n", "ab[1mcde\n"},
		"direction":                  {"a\u202eb\u2066c\u200ed\u061ce", "abcde"},
		"tags":                       {"a\U000e0049\U000e0047b", "ab"},
		"zero width":                 {"a\u200bb\u2060c\ufeffd\u00ade", "abcde"},
		"private use":                {"a\ue000b\U000f0000c", "abc"},
		"annotations":                {"a\ufff9b\ufffac\ufffb", "abc"},
		"fillers":                    {"a\u115f\u3164\uffa0b", "ab"},
		"Persian":                    {"می\u200cخواهم", "می\u200cخواهم"},
		"Devanagari":                 {"क्\u200dष", "क्\u200dष"},
		"a family":                   {"👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"},
		"a heart":                    {"❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"},
		"a keycap":                   {"1\ufe0f\u20e3", "1\ufe0f\u20e3"},
		"a joiner in Latin":          {"pay\u200dpal\u200c", "paypal"},
		"a joiner at the start":      {"\u200da", "a"},
		"a selector without a base":  {" \ufe0fa \ufe0eb\ufe0f", " a b\ufe0f"},
		"bytes in selectors":         {"😀\ufe01\ufe02\ufe03\U000e0101x", "😀\ufe01x"},
		"Mongolian":                  {"ᠠ\u180b\u180bx\u180b", "ᠠ\u180bx"},
		"joiners hidden by each one": {"a\u200b\u200d\u200c\u200db", "ab"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := text.Strip(tt.in); got != tt.want {
				t.Errorf("got %+q, want %+q", got, tt.want)
			}
		})
	}
	if got := text.StripKeeping("a\u00ad\u200bb\u00ad", '\u00ad'); got != "a\u00adb\u00ad" {
		t.Errorf("the kept character is lost: %+q", got)
	}
}

func FuzzStrip(f *testing.F) {
	f.Add("a\u202e👨\u200d👩 \ufe0f\xff\U000e0049")
	f.Fuzz(func(t *testing.T, in string) {
		once := text.Strip(in)
		if strings.ContainsFunc(once, text.Invisible) || text.Strip(once) != once {
			t.Errorf("%+q became %+q, then %+q", in, once, text.Strip(once))
		}
	})
}

// A second list of such characters would drift from the first: no other file
// may spell out the code points by which one is known.
func TestInvisibleCharactersAreDefinedOnce(t *testing.T) {
	listed := regexp.MustCompile(`(?i)(?:0x|\\u|\\x\{|\\U)0*(?:202[a-e]|206[0-9]|fff9|e0000|e007f|e0fff)\b`)
	root := filepath.Join("..", "..")
	files := 0
	for _, dir := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			own := strings.HasSuffix(filepath.ToSlash(path), "internal/text/invisible.go")
			if found := listed.Find(src); (found != nil) != own {
				t.Errorf("%s spells out %q; use package text", path, found)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 50 {
		t.Errorf("only %d files were read", files)
	}
}

func TestThePackageIsALeaf(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if strings.Contains(i.Path.Value, "technoshare") {
				t.Errorf("%s imports %s", file, i.Path.Value)
			}
		}
	}
}
