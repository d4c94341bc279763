package fakeslack

import (
	"fmt"
	"unicode/utf8"
)

// Limits of Block Kit (docs.slack.dev/reference/block-kit/blocks and the recorded
// invalid_blocks answer, whose wording the errors follow).
const (
	maxBlocks       = 50  // of a message
	maxViewBlocks   = 100 // of a view
	maxOptions      = 100
	maxLabel        = 2000
	maxSectionText  = 3000
	maxField        = 2000
	maxFields       = 10
	maxHeader       = 150
	maxContext      = 10
	maxActions      = 25
	maxMarkdown     = 12_000 // all markdown blocks of a message together
	maxBlockID      = 255
	maxActionID     = 255
	maxButtonText   = 75
	maxButtonValue  = 2000
	maxURL          = 3000
	maxAltText      = 2000
	maxInvalidShown = 20
)

// blockChecker collects what is wrong with the blocks of one message.
type blockChecker struct {
	errs     []string
	chars    int
	markdown int
	ids      map[string]bool
	view     bool // the blocks are of a view, and not of a message
}

// checkBlocks returns the blocks, most of which are allowed, with ids filled in, how many characters of text
// they have, and what Slack would say against them.
func checkBlocks(blocks []any, most int) (checked []any, chars int, errs []string) {
	c := &blockChecker{ids: map[string]bool{}, view: most == maxViewBlocks}
	if len(blocks) > most {
		c.fail("/blocks", fmt.Sprintf("no more than %d items allowed", most))
		return nil, 0, c.errs
	}
	for i, b := range blocks {
		at := fmt.Sprintf("/blocks/%d", i)
		o, ok := b.(object)
		if !ok {
			c.fail(at, "must be an object")
			continue
		}
		c.block(at, o)
		if str(o, "block_id") == "" {
			o = with(o, "block_id", newID("", 5))
		}
		checked = append(checked, o)
	}
	if c.markdown > maxMarkdown {
		c.fail("/blocks", fmt.Sprintf("markdown blocks must be no more than %d characters together", maxMarkdown))
	}
	return checked, c.chars, c.errs
}

// fail notes an error at a JSON pointer; the first twenty are enough.
func (c *blockChecker) fail(at, what string) {
	if len(c.errs) < maxInvalidShown {
		c.errs = append(c.errs, fmt.Sprintf("%s [json-pointer:%s]", what, at))
	}
}

// only reports properties that a kind of object doesn't have.
func (c *blockChecker) only(at string, o object, keys ...string) {
	for k := range o {
		known := k == "type"
		for _, key := range keys {
			known = known || k == key
		}
		if !known {
			c.fail(at, "invalid additional property: "+k)
		}
	}
}

// length checks a text's length in characters and counts it into the whole.
func (c *blockChecker) length(at, text string, least, most int) {
	n := utf8.RuneCountInString(text)
	c.chars += n
	switch {
	case n < least:
		c.fail(at, fmt.Sprintf("must be more than %d characters", least-1))
	case n > most:
		c.fail(at, fmt.Sprintf("must be less than %d characters", most+1))
	}
}

// block checks one block by its type, with all that is in it.
func (c *blockChecker) block(at string, b object) {
	if id := str(b, "block_id"); id != "" {
		if len(id) > maxBlockID {
			c.fail(at+"/block_id", fmt.Sprintf("must be less than %d characters", maxBlockID+1))
		}
		if c.ids[id] {
			c.fail(at+"/block_id", "block_id already exists: "+id)
		}
		c.ids[id] = true
	}
	switch kind := str(b, "type"); kind {
	case "section":
		c.section(at, b)
	case "divider":
		c.only(at, b, "block_id")
	case "header":
		c.only(at, b, "block_id", "text", "level")
		c.text(at+"/text", b["text"], "plain_text", maxHeader)
	case "context":
		c.only(at, b, "block_id", "elements")
		els := c.elements(at, b, maxContext)
		for i, e := range els {
			pos := fmt.Sprintf("%s/elements/%d", at, i)
			if str(e, "type") == "image" {
				c.image(pos, e)
				continue
			}
			c.text(pos, e, "", maxSectionText)
		}
	case "actions":
		c.only(at, b, "block_id", "elements")
		for i, e := range c.elements(at, b, maxActions) {
			c.element(fmt.Sprintf("%s/elements/%d", at, i), e)
		}
	case "image":
		c.image(at, b)
	case "markdown":
		c.only(at, b, "block_id", "text")
		text, ok := b["text"].(string)
		if !ok {
			c.fail(at+"/text", "missing required field: text")
			return
		}
		c.length(at+"/text", text, 1, maxMarkdown)
		c.markdown += utf8.RuneCountInString(text)
	case "rich_text":
		c.only(at, b, "block_id", "elements")
		c.elements(at, b, 1000)
		c.richText(at, b)
	case "input":
		c.only(at, b, "block_id", "label", "element", "dispatch_action", "hint", "optional")
		c.text(at+"/label", b["label"], "plain_text", maxLabel)
		if b["hint"] != nil {
			c.text(at+"/hint", b["hint"], "plain_text", maxLabel)
		}
		if e := sub(b, "element"); e != nil {
			c.element(at+"/element", e)
		} else {
			c.fail(at, "missing required field: element")
		}
	case "context_actions":
		c.contextActions(at, b)
	case "video", "file", "table", "alert", "card", "carousel", "plan", "task_card", "container":
		// accepted as they are: the worker doesn't post them
	case "":
		c.fail(at, "missing required field: type")
	default:
		c.fail(at, "unsupported type: "+kind)
	}
}

// section checks a section: it needs a text or fields, and may have one element beside.
func (c *blockChecker) section(at string, b object) {
	c.only(at, b, "block_id", "text", "fields", "accessory", "expand")
	fields := list(b, "fields")
	if b["text"] == nil && len(fields) == 0 {
		c.fail(at, "missing required field: text")
		return
	}
	if b["text"] != nil {
		c.text(at+"/text", b["text"], "", maxSectionText)
	}
	if len(fields) > maxFields {
		c.fail(at+"/fields", fmt.Sprintf("no more than %d items allowed", maxFields))
	}
	for i, f := range fields {
		c.text(fmt.Sprintf("%s/fields/%d", at, i), f, "", maxField)
	}
	if a := sub(b, "accessory"); a != nil {
		if str(a, "type") == "image" {
			c.image(at+"/accessory", a)
		} else {
			c.element(at+"/accessory", a)
		}
	}
}

// text checks a text object; kind restricts its type.
func (c *blockChecker) text(at string, v any, kind string, most int) {
	o, ok := v.(object)
	if !ok {
		c.fail(at, "failed to match all allowed schemas")
		return
	}
	switch got := str(o, "type"); {
	case got == "mrkdwn" && kind != "plain_text":
		c.only(at, o, "text", "verbatim")
	case got == "plain_text":
		c.only(at, o, "text", "emoji")
	default:
		c.fail(at, "failed to match all allowed schemas")
	}
	text, ok := o["text"].(string)
	if !ok {
		c.fail(at, "missing required field: text")
		return
	}
	c.length(at+"/text", text, 1, most)
}

// elements are those of a block that are objects, one at least and as many as most says.
func (c *blockChecker) elements(at string, b object, most int) []object {
	raw := list(b, "elements")
	if len(raw) == 0 {
		c.fail(at+"/elements", "no fewer than 1 items allowed")
	}
	if len(raw) > most {
		c.fail(at+"/elements", fmt.Sprintf("no more than %d items allowed", most))
	}
	var out []object
	for i, e := range raw {
		o, ok := e.(object)
		if !ok {
			c.fail(fmt.Sprintf("%s/elements/%d", at, i), "must be an object")
			continue
		}
		out = append(out, o)
	}
	return out
}

// element checks an interactive element. Only buttons are checked in full, since nothing else is
// posted.
func (c *blockChecker) element(at string, e object) {
	if id := str(e, "action_id"); len(id) > maxActionID {
		c.fail(at+"/action_id", fmt.Sprintf("must be less than %d characters", maxActionID+1))
	}
	switch kind := str(e, "type"); kind {
	case "button":
		c.only(at, e, "text", "action_id", "url", "value", "style", "confirm", "accessibility_label")
		c.text(at+"/text", e["text"], "plain_text", maxButtonText)
		if len(str(e, "value")) > maxButtonValue {
			c.fail(at+"/value", fmt.Sprintf("must be less than %d characters", maxButtonValue+1))
		}
		if len(str(e, "url")) > maxURL {
			c.fail(at+"/url", fmt.Sprintf("must be less than %d characters", maxURL+1))
		}
		if s := str(e, "style"); s != "" && s != "primary" && s != "danger" {
			c.fail(at+"/style", "must be primary or danger")
		}
	case "static_select":
		c.choice(at, e)
	case "overflow", "multi_static_select", "users_select", "channels_select", "conversations_select",
		"external_select", "datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons",
		"workflow_button":
	case "plain_text_input":
		c.textInput(at, e)
	default:
		c.fail(at, "unsupported type: "+kind)
	}
}

// choice checks a menu: its options, and that the one chosen at first is among them.
func (c *blockChecker) choice(at string, e object) {
	c.only(at, e, "action_id", "options", "option_groups", "initial_option", "placeholder", "confirm", "focus_on_load")
	options := list(e, "options")
	if n := len(options); n > maxOptions || n == 0 && len(list(e, "option_groups")) == 0 {
		c.fail(at+"/options", fmt.Sprintf("must have 1 to %d items", maxOptions))
	}
	initial, known := str(sub(e, "initial_option"), "value"), e["initial_option"] == nil
	for i, o := range options {
		option, _ := o.(object)
		pos := fmt.Sprintf("%s/options/%d", at, i)
		c.text(pos+"/text", option["text"], "plain_text", maxButtonText)
		if v := str(option, "value"); v == "" || len(v) > 150 {
			c.fail(pos+"/value", "must have 1 to 150 characters")
		}
		known = known || str(option, "value") == initial
	}
	if !known {
		c.fail(at+"/initial_option", "must be one of the options")
	}
}

// image checks an image, as a block or as an element.
func (c *blockChecker) image(at string, b object) {
	c.only(at, b, "block_id", "image_url", "alt_text", "title", "slack_file")
	if str(b, "image_url") == "" && b["slack_file"] == nil {
		c.fail(at, "missing required field: image_url")
	}
	if len(str(b, "image_url")) > maxURL {
		c.fail(at+"/image_url", fmt.Sprintf("must be less than %d characters", maxURL+1))
	}
	if alt, ok := b["alt_text"].(string); !ok {
		c.fail(at, "missing required field: alt_text")
	} else if len(alt) > maxAltText {
		c.fail(at+"/alt_text", fmt.Sprintf("must be less than %d characters", maxAltText+1))
	}
}

// richText counts characters and checks the kinds of the outer elements.
func (c *blockChecker) richText(at string, b object) {
	for i, e := range list(b, "elements") {
		o, _ := e.(object)
		pos := fmt.Sprintf("%s/elements/%d", at, i)
		switch kind := str(o, "type"); kind {
		case "rich_text_section", "rich_text_preformatted", "rich_text_quote":
			for j, leaf := range list(o, "elements") {
				l, _ := leaf.(object)
				c.chars += utf8.RuneCountInString(str(l, "text"))
				if str(l, "type") == "" {
					c.fail(fmt.Sprintf("%s/elements/%d", pos, j), "missing required field: type")
				}
			}
		case "rich_text_list":
			c.richText(pos, o)
		default:
			c.fail(pos, "unsupported type: "+kind)
		}
	}
}
