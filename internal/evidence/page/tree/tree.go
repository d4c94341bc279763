// Package tree has the few questions that every reader of a page asks its tree.
package tree

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Attr is the value of an attribute, empty when it is missing or empty.
func Attr(n *html.Node, name string) string {
	for i := range n.Attr {
		if n.Attr[i].Key == name {
			return n.Attr[i].Val
		}
	}
	return ""
}

// HasAttr reports whether an attribute is there, with or without a value.
func HasAttr(n *html.Node, name string) bool {
	for i := range n.Attr {
		if n.Attr[i].Key == name {
			return true
		}
	}
	return false
}

// Span is how many rows or columns n says that it stands for, from 1 to most (HTML Standard, 4.9.11).
func Span(n *html.Node, attribute string, most int) int {
	width, err := strconv.Atoi(Attr(n, attribute))
	if err != nil || width < 1 {
		return 1
	}
	return min(width, most)
}

// Name is the element name of n, 0 for what is no element, such as the text "a", and for an
// element that HTML does not know.
func Name(n *html.Node) atom.Atom {
	if n.Type != html.ElementNode {
		return 0
	}
	return n.DataAtom
}

// Text is the text of n and all below it. Scripts and styles are left out, hidden elements are
// not.
func Text(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		if n.Type == html.ElementNode && (n.DataAtom == atom.Script || n.DataAtom == atom.Style) {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return b.String()
}

// Beginning is what the text of n begins with, up to about so many bytes. What is in one element after another is read
// by it in time that does not grow with both.
func Beginning(n *html.Node, most int) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data[:min(len(n.Data), most)])
		case n.Type == html.ElementNode && (n.DataAtom == atom.Script || n.DataAtom == atom.Style):
			return
		}
		for c := n.FirstChild; c != nil && b.Len() < most; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return strings.ToValidUTF8(b.String(), "")
}

// Contains reports whether an element of that name is anywhere below n.
func Contains(n *html.Node, a atom.Atom) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if Name(c) == a || Contains(c, a) {
			return true
		}
	}
	return false
}

// HasWords reports whether n is a text that is not only white space. It is false for nil.
func HasWords(n *html.Node) bool {
	return n != nil && n.Type == html.TextNode && strings.TrimSpace(n.Data) != ""
}

// IsBlock reports whether an element of that name stands on lines of its own.
func IsBlock(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Main, atom.Header, atom.Footer, atom.Aside, atom.Nav, atom.Figure,
		atom.Figcaption, atom.Details, atom.Summary, atom.Dl, atom.Dt, atom.Dd, atom.Form, atom.Fieldset, atom.Address, atom.Body,
		atom.Center, atom.Hgroup, atom.Ul, atom.Ol, atom.Menu, atom.Li, atom.Pre, atom.Blockquote, atom.Table, atom.Thead, atom.Tbody,
		atom.Tfoot, atom.Tr, atom.Caption, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Hr:
		return true
	}
	return false
}

// Remove takes nodes, with all below them, out of their tree.
func Remove(nodes []*html.Node) {
	for _, n := range nodes {
		if n.Parent != nil {
			n.Parent.RemoveChild(n)
		}
	}
}

// ParseFragment appends the nodes of an HTML fragment to root.
func ParseFragment(r io.Reader, root *html.Node) error {
	nodes, err := html.ParseFragment(r, &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return fmt.Errorf("parse fragment: %w", err)
	}
	for _, c := range nodes {
		root.AppendChild(c)
	}
	return nil
}

// Raw is the content of a script or style, which the parser keeps as one text.
func Raw(n *html.Node) string {
	if n.FirstChild != nil && n.FirstChild.Type == html.TextNode {
		return n.FirstChild.Data
	}
	return ""
}
