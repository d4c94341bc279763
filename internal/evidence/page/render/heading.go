package render

// HeadingLevel is the number of marks of a Markdown heading, 0 for other text.
func HeadingLevel(t string) int {
	n := 0
	for n < len(t) && t[n] == '#' {
		n++
	}
	if n == 0 || n > 6 || n >= len(t) || t[n] != ' ' {
		return 0
	}
	return n
}
