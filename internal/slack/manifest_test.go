package slack

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// manifestFile is what an admin pastes.
const manifestFile = "../../slack-app-manifest.yaml"

// scopesOf are the scopes that a method takes, as its page at docs.slack.dev says: one for each kind
// of conversation that the bot works in.
var scopesOf = map[string]string{
	"apps.connections.open": "", // of the app-level token
	"auth.test":             "",
	"chat.delete":           "chat:write",
	"chat.getPermalink":     "",
	"chat.postMessage":      "chat:write",
	"chat.update":           "chat:write",
	"conversations.history": "channels:history groups:history metadata.message:read",
	"conversations.info":    "channels:read groups:read",
	"conversations.replies": "channels:history groups:history metadata.message:read",
	"reactions.add":         "reactions:write",
	"reactions.remove":      "reactions:write",
	"users.conversations":   "channels:read groups:read",
	"users.info":            "users:read",
	"views.open":            "",
	"views.publish":         "",
}

// subscriptions are the events to subscribe to for a type of event, and the scopes of these.
var subscriptions = map[string]struct{ events, scopes string }{
	"message":          {"message.channels message.groups", "channels:history groups:history"},
	"app_home_opened":  {"app_home_opened", ""},
	"app_mention":      {"app_mention", "app_mentions:read"},
	"reaction_added":   {"reaction_added", "reactions:read"},
	"reaction_removed": {"reaction_removed", "reactions:read"},
	"tokens_revoked":   {"tokens_revoked", ""},
	"app_uninstalled":  {"app_uninstalled", ""},
}

// used are the texts that calls of functions named so have as arguments, and those of the cases of
// the switch in the function cases, in all of the package's files.
func used(t *testing.T, calls []string, cases string) (arguments, caught []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	literal := func(e ast.Expr) (string, bool) {
		l, ok := e.(*ast.BasicLit)
		if !ok || l.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(l.Value)
		return s, err == nil
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				called := ""
				switch f := n.Fun.(type) {
				case *ast.Ident:
					called = f.Name
				case *ast.SelectorExpr:
					called = f.Sel.Name
				}
				if !slices.Contains(calls, called) {
					return true
				}
				for _, a := range n.Args {
					if s, ok := literal(a); ok {
						arguments = append(arguments, s)
					}
				}
			case *ast.FuncDecl:
				if n.Name.Name != cases {
					return true
				}
				ast.Inspect(n, func(n ast.Node) bool {
					if c, ok := n.(*ast.CaseClause); ok {
						for _, e := range c.List {
							if s, ok := literal(e); ok {
								caught = append(caught, s)
							}
						}
					}
					return true
				})
				return false
			}
			return true
		})
	}
	return sorted(arguments), sorted(caught)
}

// sorted has each text once, and no empty one.
func sorted(in []string) []string {
	in = slices.DeleteFunc(in, func(s string) bool { return s == "" })
	slices.Sort(in)
	return slices.Compact(in)
}

func TestTheManifestAsksForWhatIsUsedAndNothingElse(t *testing.T) {
	raw, err := os.ReadFile(manifestFile)
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Features struct {
			Commands  []struct{ Command string } `yaml:"slash_commands"`
			Shortcuts []struct{ Type string }    `yaml:"shortcuts"`
			Home      struct {
				Tab      bool `yaml:"home_tab_enabled"`
				Messages bool `yaml:"messages_tab_enabled"`
			} `yaml:"app_home"`
		} `yaml:"features"`
		OAuth struct {
			Scopes struct {
				Bot  []string `yaml:"bot"`
				User []string `yaml:"user"`
			} `yaml:"scopes"`
		} `yaml:"oauth_config"`
		Settings struct {
			Events struct {
				Bot []string `yaml:"bot_events"`
			} `yaml:"event_subscriptions"`
		} `yaml:"settings"`
	}
	if err := yaml.NewDecoder(bytes.NewReader(raw)).Decode(&manifest); err != nil {
		t.Fatal(err)
	}
	methods, events := used(t, []string{"wrap", "read", "pages"}, "read")
	if len(methods) < 10 || len(events) < 5 {
		t.Fatalf("the code is not found: methods %q, events %q", methods, events)
	}
	var scopes, subscribed []string
	for _, m := range methods {
		s, known := scopesOf[m]
		if !known && strings.Contains(m, ".") {
			t.Errorf("the method %s is used: which scopes does it take?", m)
		}
		scopes = append(scopes, strings.Fields(s)...)
	}
	for m := range scopesOf {
		if !slices.Contains(methods, m) {
			t.Errorf("the method %s is used no more", m)
		}
	}
	for _, e := range events {
		s, known := subscriptions[e]
		if !known {
			t.Errorf("the event %s is read: what is subscribed to for it?", e)
		}
		subscribed, scopes = append(subscribed, strings.Fields(s.events)...), append(scopes, strings.Fields(s.scopes)...)
	}
	if len(manifest.Features.Commands)+len(manifest.Features.Shortcuts) > 0 {
		scopes = append(scopes, "commands")
	}
	if got, want := sorted(manifest.OAuth.Scopes.Bot), sorted(scopes); !slices.Equal(got, want) {
		t.Errorf("the manifest asks for the scopes\n%q, used are\n%q", got, want)
	}
	if got, want := sorted(manifest.Settings.Events.Bot), sorted(subscribed); !slices.Equal(got, want) {
		t.Errorf("the manifest subscribes to\n%q, read are\n%q", got, want)
	}
	if published := slices.Contains(methods, "views.publish"); manifest.Features.Home.Tab != published || manifest.Features.Home.Messages {
		t.Errorf("the manifest's App Home is %+v, a view is published: %v", manifest.Features.Home, published)
	}
	if len(manifest.OAuth.Scopes.User) > 0 {
		t.Errorf("the manifest asks for scopes of people: %q", manifest.OAuth.Scopes.User)
	}
	if missing := missingScopes(manifest.OAuth.Scopes.Bot); len(missing) > 0 {
		t.Errorf("an app that is made of the manifest lacks %q", missing)
	}
	page, err := os.ReadFile("scopes.md")
	if err != nil {
		t.Fatal(err)
	}
	var explained []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*`) \\|").FindAllStringSubmatch(string(page), -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			explained = append(explained, strings.Trim(name, "`"))
		}
	}
	if got, want := sorted(explained), sorted(slices.Concat(scopes, subscribed)); !slices.Equal(got, want) {
		t.Errorf("scopes.md explains\n%q, used are\n%q", got, want)
	}
}
