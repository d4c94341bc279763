// Package media finds pictures, recordings and documents that programs put into their
// messages as base64, and puts something shorter in their place. Every framework has a
// shape of its own for them; what they share is a text of base64, and near it a media
// type, a format, a file name, or bytes that say what they are. It is pure: what is made
// of the files is the business of its callers.
package media
