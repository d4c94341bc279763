package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/technoshare/commentator/internal/evidence/pdf"
)

// pdfReaderCommand is `commentator compile-pdf-reader`. It is for those who make an image or a
// package: without it the first PDF waits some seconds for that, and it takes 400 MiB.
type pdfReaderCommand struct {
	Folder string `arg:"" help:"The folder, which the program looks for beside itself by the name commentator-pdf."`
}

// Run compiles for the processor that it runs on.
func (c *pdfReaderCommand) Run(ctx context.Context) error {
	if err := pdf.Compile(ctx, c.Folder); err != nil {
		return exitError{exitJob, err}
	}
	return nil
}

// readyPDFReader is where a compiled PDF reader is looked for: beside the program.
func readyPDFReader() string {
	program, err := os.Executable()
	if err != nil {
		return ""
	}
	return filepath.Join(filepath.Dir(program), "commentator-pdf")
}
