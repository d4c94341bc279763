package visible

import (
	"strings"

	"github.com/technoshare/commentator/internal/text"
)

// screenReader are the usual names of classes that take text off the screen, in lower case.
var screenReader = text.Set(`sr-only screen-reader screen-reader-text screen-reader-only visually-hidden visuallyhidden element-invisible
	a11y-hidden assistive-text u-hidden-visually print-only only-print visible-print visible-print-block visible-print-inline
	visible-print-inline-block`)

// byClass judges an element by the names of its classes, as far as these are known to all: those
// for screen readers, and the utilities of Bootstrap, Tailwind, Bulma, Foundation and UIkit, read
// at the width of a desktop.
func byClass(class string) hiding {
	if len(class) < 4 {
		return shown
	}
	var bootstrap, tailwind responsive
	how, wide, unread, read := shown, false, false, false
	for c := range strings.FieldsSeq(class) {
		switch {
		case screenReader[lower(c)]:
			unread = true
		case strings.HasPrefix(c, "d-"):
			bootstrap.add(bootstrapDisplay(c[2:]))
		case c == "hidden":
			tailwind.add(0, "none")
		case strings.Contains(c, ":"):
			prefix, name, _ := strings.Cut(c, ":")
			if at, ok := tailwindWidths[prefix]; ok {
				switch {
				case name == "not-sr-only" && at <= desktop:
					read = true
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
	if unread && !read {
		return gone
	}
	if wide && how == folded {
		how = shown
	}
	if bootstrap.value == "none" || tailwind.value == "none" {
		return folded
	}
	return how
}

// responsive keeps the value of the widest window that is no wider than a desktop.
type responsive struct {
	width int
	value string
}

// add takes a value for windows from a width on.
func (c *responsive) add(width int, value string) {
	if value != "" && width <= desktop && (c.value == "" || width >= c.width) {
		c.width, c.value = width, value
	}
}

// bootstrapWidths and tailwindWidths are the windows that classes begin to hold at, in pixels.
// Sources: getbootstrap.com, Breakpoints (5.3); tailwindcss.com, Responsive design (4.0).
var (
	bootstrapWidths = map[string]int{"sm": 576, "md": 768, "lg": 992, "xl": 1200, "xxl": 1400}
	tailwindWidths  = map[string]int{"sm": 640, "md": 768, "lg": 1024, "xl": 1280, "2xl": 1536}
	displays        = text.Set(`block flex grid inline inline-block inline-flex inline-grid table contents
		table-row table-cell flow-root list-item inline-table`)
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
var desktopHidden = text.Set(`hidden-lg visible-xs visible-sm visible-xs-block visible-sm-block visible-xs-inline visible-xs-inline-block
	is-hidden is-hidden-tablet is-hidden-desktop is-hidden-widescreen show-for-small-only hide-for-medium hide-for-large
	uk-hidden uk-hidden@s uk-hidden@m uk-hidden@l hidden-sm-up hidden-md-up hidden-lg-up`)

// desktopShown are classes of Bootstrap 3 that show what others hide.
var desktopShown = text.Set(`visible-md visible-lg visible-md-block visible-lg-block visible-md-inline visible-lg-inline 
	visible-md-inline-block visible-lg-inline-block`)
