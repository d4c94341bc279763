package fakeslack

import (
	"strings"
	"unicode/utf8"
)

// Limits of chat.postMessage (docs.slack.dev/reference/methods/chat.postMessage). Of blocks,
// Slack takes about 13,200 characters and answers msg_blocks_too_long to more.
const (
	maxText        = 40_000
	maxBlocksText  = 13_200
	maxMetadata    = 16 << 10
	maxAttachments = 100
)

// content checks the parts of a message that may be posted, and returns its fields.
func (s *Server) content(c *apiCall) (object, error) {
	fields := object{}
	text := c.str("text")
	if md := c.str("markdown_text"); md != "" {
		if text != "" || len(list(c.args, "blocks")) > 0 {
			return nil, fail("markdown_text_conflict")
		}
		c.args = with(c.args, "blocks", []any{object{"type": "markdown", "text": md}})
		text = md
	}
	if utf8.RuneCountInString(text) > maxText {
		return nil, fail("msg_too_long")
	}
	blocks, ok := c.args["blocks"].([]any)
	if !ok && c.args["blocks"] != nil {
		return nil, fail("invalid_blocks_format")
	}
	attachments, ok := c.args["attachments"].([]any)
	if !ok && c.args["attachments"] != nil {
		return nil, fail("invalid_attachments")
	}
	if len(attachments) > maxAttachments {
		return nil, fail("too_many_attachments")
	}
	if strings.TrimSpace(text) == "" && len(blocks) == 0 && len(attachments) == 0 {
		return nil, fail("no_text")
	}
	if len(blocks) > 0 {
		checked, chars, errs := checkBlocks(blocks, maxBlocks)
		if len(errs) > 0 {
			messages := make([]any, len(errs))
			for i, e := range errs {
				messages[i] = "[ERROR] " + e
			}
			return nil, fail("invalid_blocks", "errors", errs, "response_metadata", object{"messages": messages})
		}
		if chars > maxBlocksText {
			return nil, fail("msg_blocks_too_long")
		}
		fields["blocks"] = checked
		if text == "" {
			text = "This content can't be displayed."
		}
	}
	if len(attachments) > 0 {
		fields["attachments"] = attachments
	}
	fields["text"] = escapeAmpersands(text)
	if md := c.args["metadata"]; md != nil {
		m, ok := md.(object)
		payload, okPayload := m["event_payload"].(object)
		if !ok || str(m, "event_type") == "" || !okPayload {
			return nil, fail("invalid_metadata_format")
		}
		if data, err := encode(m); err != nil || len(data) > maxMetadata {
			return nil, fail("metadata_too_large")
		}
		fields["metadata"] = object{"event_type": str(m, "event_type"), "event_payload": payload}
	}
	return fields, nil
}

// escapeAmpersands does what Slack does to posted text: & is stored as &amp; unless
// it begins an entity of the three that mrkdwn knows.
func escapeAmpersands(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteByte(text[i])
		if text[i] != '&' {
			continue
		}
		rest := text[i:]
		if !strings.HasPrefix(rest, "&amp;") && !strings.HasPrefix(rest, "&lt;") && !strings.HasPrefix(rest, "&gt;") {
			b.WriteString("amp;")
		}
	}
	return b.String()
}
