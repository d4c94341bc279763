// Package scan reads single values out of JSON without building a tree: in go the bytes of a
// document, out come the members, elements, texts and numbers that somebody asks for. What is
// not asked for is skipped at the speed of bytes.IndexByte.
//
// It is for looking on, not for validating: bytes that are no JSON give empty values, never an
// error or a panic, and nothing is read outside of the document. A [Document] collects one that
// comes in pieces of any size, in bounded memory.
package scan
