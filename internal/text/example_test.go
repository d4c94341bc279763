package text_test

import (
	"fmt"

	"github.com/technoshare/commentator/internal/text"
)

func ExampleStrip() {
	fmt.Printf("%q\n", text.Strip("Ig\u200bno\u202ere \U000E0041this, but می\u200cخواهم stays"))
	fmt.Println(text.Strip("👨\u200d👩\u200d👧"))
	// Output:
	// "Ignore this, but می\u200cخواهم stays"
	// 👨‍👩‍👧
}

func ExampleSentences() {
	for _, s := range text.Sentences("Dr. Ruiz shipped v2.0 on Jan. 3. It is faster… Reads stay.\nA new line.", 10) {
		fmt.Println(s.Opens, s.Text)
	}
	// Output:
	// true Dr. Ruiz shipped v2.0 on Jan. 3. It is faster…
	// false Reads stay.
	// true A new line.
}

func ExampleCountSentences() {
	least, most := text.CountSentences("It ships with Acme Inc. Servers included.")
	fmt.Println(least, most)
	// Output: 1 2
}

func ExampleShorten() {
	fmt.Println(text.Shorten(text.OneLine("a title\n that is\tlong"), 12))
	fmt.Println(text.Clip("größer als erwartet", 6))
	// Output:
	// a title tha…
	// größ…
}

func ExampleAddresses() {
	fmt.Println(text.Addresses("Code (see https://example.org/a_(b)), docs at www.example.org."))
	// Output: [https://example.org/a_(b) www.example.org]
}

func ExampleTracking() {
	fmt.Println(text.Tracking("youtube.com", "si"), text.Tracking("example.org", "si"), text.MaybeTracking("si"))
	// Output: true false true
}
