// Package address knows the addresses that people share: in which forms they are typed,
// which of them only lead on to another, and how their hosts are shown.
//
// It asks nobody. What a redirector's address says itself, as https://l.facebook.com/l.php?u=…
// does, is taken out of it; what a link shortener leads to is found out when it is fetched. Its
// tables are facts that are public: the redirectors that ClearURLs
// (gitlab.com/ClearURLs/rules) lists, Proofpoint's published decoder, the documentation of AMP
// caches, and links as they were met.
package address
