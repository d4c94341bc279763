package visible

import (
	"regexp"
	"strings"
)

// screenReader are the usual names of classes that take text off the screen, unmistakable those
// of classes that take its box away.
var screenReader = regexp.MustCompile(`(?i)(^|\s)(sr-only|screen-reader(-text|-only)?|visually-?hidden|visuallyhidden|` +
	`element-invisible|a11y-hidden|assistive-text|u-hidden-visually|print-only|only-print|visible-print(?:-\w+)*)(\s|$)`)

// desktop is the width of the window that a page is read in, in CSS pixels.
const desktop = 1280

// byClass judges an element by the names of its classes, as far as these are known to all: those
// for screen readers, and the utilities of Bootstrap, Tailwind, Bulma, Foundation and UIkit, read
// at the width of a desktop.
func byClass(class string) hiding {
	if len(class) < 4 {
		return shown
	}
	if screenReader.MatchString(class) {
		return gone
	}
	if !strings.Contains(class, "hid") && !strings.Contains(class, "d-") && !strings.Contains(class, "none") && !strings.Contains(class, "visible") &&
		!strings.Contains(class, "show-for") {
		return shown
	}
	var bootstrap, tailwind cascade
	how, wide := shown, false
	for c := range strings.FieldsSeq(class) {
		switch {
		case strings.HasPrefix(c, "d-"):
			bootstrap.add(bootstrapDisplay(c[2:]))
		case c == "hidden":
			tailwind.add(0, "none")
		case strings.Contains(c, ":"):
			prefix, name, _ := strings.Cut(c, ":")
			if at, ok := tailwindWidths[prefix]; ok {
				switch {
				case name == "hidden":
					tailwind.add(at, "none")
				case displays[name]:
					tailwind.add(at, name)
				}
			}
		case desktopHidden[c]:
			how = folded
		case desktopShown[c]:
			wide = true
		}
	}
	if wide && how == folded {
		how = shown
	}
	if bootstrap.value == "none" || tailwind.value == "none" {
		return folded
	}
	return how
}

// cascade keeps the value of the widest window that is no wider than a desktop.
type cascade struct {
	width int
	value string
}

// add takes a value for windows from a width on.
func (c *cascade) add(width int, value string) {
	if value != "" && width <= desktop && (c.value == "" || width >= c.width) {
		c.width, c.value = width, value
	}
}

// bootstrapWidths and tailwindWidths are the windows that classes begin to hold at, in pixels.
// Sources: getbootstrap.com, Breakpoints (5.3); tailwindcss.com, Responsive design (4.0).
var (
	bootstrapWidths = map[string]int{"sm": 576, "md": 768, "lg": 992, "xl": 1200, "xxl": 1400}
	tailwindWidths  = map[string]int{"sm": 640, "md": 768, "lg": 1024, "xl": 1280, "2xl": 1536}
	displays        = map[string]bool{"block": true, "flex": true, "grid": true, "inline": true, "inline-block": true, "inline-flex": true, "inline-grid": true,
		"table": true, "contents": true, "table-row": true, "table-cell": true, "flow-root": true, "list-item": true}
)

// bootstrapDisplay reads the end of a class such as d-none or d-md-block.
func bootstrapDisplay(s string) (width int, value string) {
	if first, rest, ok := strings.Cut(s, "-"); ok {
		if w, ok := bootstrapWidths[first]; ok {
			width, s = w, rest
		}
	}
	if s == "none" || displays[s] {
		return width, s
	}
	return 0, ""
}

// desktopHidden are classes of other kits that hide in windows as wide as a desktop. Sources:
// Bootstrap 3 (Responsive utilities), Bulma (Visibility), Foundation 6 (Visibility), UIkit 3
// (Visibility).
var desktopHidden = map[string]bool{
	"hidden-lg": true, "visible-xs": true, "visible-sm": true, "visible-xs-block": true, "visible-sm-block": true, "visible-xs-inline": true,
	"visible-xs-inline-block": true, "is-hidden": true, "is-hidden-tablet": true, "is-hidden-desktop": true, "is-hidden-widescreen": true,
	"show-for-small-only": true, "hide-for-medium": true, "hide-for-large": true, "uk-hidden": true, "uk-hidden@s": true, "uk-hidden@m": true,
	"uk-hidden@l": true, "hidden-sm-up": true, "hidden-md-up": true, "hidden-lg-up": true,
}

// desktopShown are classes of Bootstrap 3 that show what others hide.
var desktopShown = map[string]bool{
	"visible-md": true, "visible-lg": true, "visible-md-block": true, "visible-lg-block": true, "visible-md-inline": true, "visible-lg-inline": true,
	"visible-md-inline-block": true, "visible-lg-inline-block": true,
}
