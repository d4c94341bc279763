package fakeslack

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Feedback buttons: two buttons below a message, of which each person has pressed one or none
// (docs.slack.dev/reference/block-kit/block-elements/feedback-buttons-element).

// maxContextActions bounds the elements of a context_actions block, maxInput what a person may write
// into one of a modal.
const maxContextActions, maxInput = 5, 3000

// feedbackButton is the button of an element that has a value; nil for neither.
func feedbackButton(element object, value string) object {
	for _, key := range []string{"positive_button", "negative_button"} {
		if b := sub(element, key); b != nil && str(b, "value") == value {
			return b
		}
	}
	return nil
}

// press notes which button a person pressed last. The map is replaced, since readers may have it.
func (e *entry) press(user, value string) {
	pressed := maps.Clone(e.pressed)
	if pressed == nil {
		pressed = map[string]string{}
	}
	pressed[user] = value
	e.pressed = pressed
}

// contextActions checks a block that only messages may have, with buttons of two kinds.
func (c *blockChecker) contextActions(at string, b object) {
	if c.view {
		c.fail(at, "unsupported type: context_actions")
	}
	c.only(at, b, "block_id", "elements")
	for i, e := range c.elements(at, b, maxContextActions) {
		pos := fmt.Sprintf("%s/elements/%d", at, i)
		if id := str(e, "action_id"); len(id) > maxActionID {
			c.fail(pos+"/action_id", fmt.Sprintf("must be less than %d characters", maxActionID+1))
		}
		switch kind := str(e, "type"); kind {
		case "feedback_buttons":
			c.only(pos, e, "action_id", "positive_button", "negative_button")
			c.feedback(pos+"/positive_button", e["positive_button"])
			c.feedback(pos+"/negative_button", e["negative_button"])
		case "icon_button":
			c.only(pos, e, "action_id", "icon", "text", "value", "confirm", "accessibility_label", "visible_to_user_ids")
		default:
			c.fail(pos, "unsupported type: "+kind)
		}
	}
}

// feedback checks one of the two buttons.
func (c *blockChecker) feedback(at string, v any) {
	b, ok := v.(object)
	if !ok {
		c.fail(at, "must be an object")
		return
	}
	c.only(at, b, "text", "value", "accessibility_label")
	c.text(at+"/text", b["text"], "plain_text", maxButtonText)
	if v := str(b, "value"); v == "" || len(v) > maxButtonValue {
		c.fail(at+"/value", fmt.Sprintf("must have 1 to %d characters", maxButtonValue))
	}
	if len(str(b, "accessibility_label")) > maxButtonText {
		c.fail(at+"/accessibility_label", fmt.Sprintf("must be less than %d characters", maxButtonText+1))
	}
}

// textInput checks a line or a field of text.
func (c *blockChecker) textInput(at string, e object) {
	c.only(at, e, "action_id", "initial_value", "multiline", "min_length", "max_length", "dispatch_action_config", "focus_on_load",
		"placeholder")
	most := maxInput
	if e["max_length"] != nil {
		n, err := strconv.Atoi(str(e, "max_length"))
		if most = n; err != nil || n < 1 || n > maxInput {
			c.fail(at+"/max_length", fmt.Sprintf("must be 1 to %d", maxInput))
		}
	}
	if n := len([]rune(str(e, "initial_value"))); n > most {
		c.fail(at+"/initial_value", fmt.Sprintf("must be less than %d characters", most+1))
	}
}

// contextActions renders small buttons. Which of two feedback buttons is a person's own is the script's
// to say.
func (m *markup) contextActions(o object) {
	m.tag(`<div class="verdicts">`)
	for _, e := range list(o, "elements") {
		el, _ := e.(object)
		if str(el, "type") != "feedback_buttons" {
			m.element(el)
			continue
		}
		for _, key := range []string{"positive_button", "negative_button"} {
			b := sub(el, key)
			m.tag(`<button type="button" class="verdict"`)
			m.action(el)
			m.tag(` data-value="`)
			m.text(str(b, "value"))
			m.tag(`" data-users="`)
			m.text(strings.Join(m.pressedBy(str(b, "value")), " "))
			m.tag(`" title="`)
			m.text(orElse(str(b, "accessibility_label"), str(sub(b, "text"), "text")))
			m.tag(`">`)
			m.plain(str(sub(b, "text"), "text"))
			m.tag(`</button>`)
		}
	}
	m.tag(`</div>`)
}

// pressedBy are those who pressed a button last.
func (m *markup) pressedBy(value string) []string {
	var who []string
	for user, v := range m.pressed {
		if v == value {
			who = append(who, user)
		}
	}
	slices.Sort(who)
	return who
}
