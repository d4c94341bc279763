// Package interstitial recognizes pages that stand between a link and the page that it leads to:
// lnkd.in's "This link will take you to a page that's not on LinkedIn", redirect notices, pages
// that only hold a script, and warnings of link shorteners.
//
// In goes the body of a page and its address; out comes where it leads. Nothing is fetched, and
// nothing is judged to be such a page that has a text of its own: a short page with one link in
// it is a page. The work is linear in the body.
package interstitial
