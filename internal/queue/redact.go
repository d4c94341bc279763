package queue

// redacted is the text as it may be stored.
func (c Config) redacted(text string) string {
	if c.Redact == nil {
		return text
	}
	return c.Redact(text)
}

// redactedError is an error with another text.
type redactedError struct {
	error
	text string
}

// Error returns the text without secrets.
func (e redactedError) Error() string { return e.text }

// Unwrap returns the error itself, whose type callers branch on.
func (e redactedError) Unwrap() error { return e.error }

// redactedError returns the error as River may store it, with its type. What holds
// no secret is returned as it is.
func (c Config) redactedError(err error) error {
	if err == nil {
		return nil
	}
	if text := c.redacted(err.Error()); text != err.Error() {
		return redactedError{err, text}
	}
	return err
}
