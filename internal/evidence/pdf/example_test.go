package pdf_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/technoshare/commentator/internal/evidence/pdf"
)

func ExampleReader_Read() {
	body, err := os.ReadFile("../testdata/payloads/pdf/encrypted_empty_password.pdf")
	if err != nil {
		fmt.Println(err)
		return
	}
	// With a folder, what PDFium is compiled to is kept for the next process.
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	r := pdf.New(pdf.InFolder(cache+"/commentator-test/pdfium"), nil)
	defer r.Close()

	d, err := r.Read(context.Background(), body)
	fmt.Println(d.Title, len(d.Pages), d.Cut, err)
	_, err = r.Read(context.Background(), body[:100])
	fmt.Println(errors.Is(err, pdf.ErrBroken))
	// Output:
	// Losing the Cabin 1 false <nil>
	// true
}
