package fakeslack

// input renders an input block: a line of text, or whatever element it has.
func (m *markup) input(o object) {
	e := sub(o, "element")
	m.tag(`<div class="input"><label><b>`)
	m.plain(str(sub(o, "label"), "text"))
	if truthy(o["optional"]) {
		m.tag(` <span class="aside">(optional)</span>`)
	}
	m.tag(`</b>`)
	if str(e, "type") == "plain_text_input" && truthy(e["multiline"]) {
		m.textarea(e)
	} else if str(e, "type") == "plain_text_input" {
		m.tag(`<input type="text"`)
		m.action(e)
		m.tag(` value="`)
		m.text(str(e, "initial_value"))
		m.tag(`">`)
	} else {
		m.element(e)
	}
	m.tag(`</label>`)
	if hint := str(sub(o, "hint"), "text"); hint != "" {
		m.tag(`<div class="context"><span>`)
		m.plain(hint)
		m.tag(`</span></div>`)
	}
	m.tag(`</div>`)
}

// choice renders a menu.
func (m *markup) choice(e object) {
	m.tag(`<select class="choice" aria-label="choose"`)
	m.action(e)
	m.tag(`>`)
	initial := sub(e, "initial_option")
	if initial == nil {
		m.tag(`<option value="" selected disabled>`)
		m.text(orElse(str(sub(e, "placeholder"), "text"), "choose"))
		m.tag(`</option>`)
	}
	for _, o := range list(e, "options") {
		option, _ := o.(object)
		m.tag(`<option value="`)
		m.text(str(option, "value"))
		m.tag(`"`)
		if initial != nil && str(option, "value") == str(initial, "value") {
			m.tag(` selected`)
		}
		m.tag(`>`)
		m.plain(str(sub(option, "text"), "text"))
		m.tag(`</option>`)
	}
	m.tag(`</select>`)
}

// textarea renders a field of text of several lines.
func (m *markup) textarea(e object) {
	m.tag(`<textarea rows="4"`)
	m.action(e)
	m.tag(`>`)
	m.text(str(e, "initial_value"))
	m.tag(`</textarea>`)
}
