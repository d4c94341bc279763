package text

import (
	"slices"
	"strings"
)

// Parameters of addresses that only say where a visitor came from, in lower
// case. Names that mean something on many sites, such as ref or source, count
// on some hosts only. The prefixes are those of campaign tools, the names those
// of advertising networks, mail services and social media, as they were met in
// shared links. A parameter that is missing here only makes two addresses of
// one page look different.
var (
	trackingPrefixes = []string{"utm_", "mtm_", "pk_", "piwik_", "hsa_", "_branch_", "at_campaign", "at_medium"}
	trackingNames    = Set(`fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid
		li_fat_id mc_cid mc_eid _hsenc _hsmi __hssc __hstc __hsfp hsctatracking mkt_tok vero_id vero_conv
		oly_anon_id oly_enc_id rb_clickid s_cid s_kwcid igshid igsh wickedid _openstat _ga _gl srsltid
		ref_src ref_url cmpid campaign_id guccounter guce_referrer guce_referrer_sig sc_cid sms_click ceid emci emdi
		__s ncid spm xtor trk_contact trk_msg trk_module trk_sid dm_i epik echobox`)
	trackingOn = map[string][]string{
		"youtube.com":            {"si", "feature", "pp", "ab_channel"},
		"music.youtube.com":      {"si", "feature"},
		"youtu.be":               {"si", "feature"},
		"open.spotify.com":       {"si", "context", "nd"},
		"twitter.com":            {"s", "t", "cxt"},
		"x.com":                  {"s", "t", "cxt"},
		"medium.com":             {"source", "sk"},
		"github.com":             {"ref", "tab"},
		"news.ycombinator.com":   {"ref"},
		"producthunt.com":        {"ref"},
		"reddit.com":             {"rdt", "share_id", "ref", "ref_source", "context"},
		"linkedin.com":           {"trk", "trackingid", "lipi", "rcm"},
		"substack.com":           {"r", "showwelcome", "publication_id", "post_id", "isfreemail", "triedredirect"},
		"arxiv.org":              {"context"},
		"huggingface.co":         {"ref"},
		"stackoverflow.com":      {"noredirect", "lq", "rq"},
		"towardsdatascience.com": {"source", "sk"},
	}
	maybeTracking = Set(`ref source si`)
)

// Tracking reports whether the query parameter name does nothing on host, or on
// a domain above it, but say where a visitor came from. A link is the same page
// without it. Letter case and a leading www. don't count.
func Tracking(host, name string) bool {
	name = strings.ToLower(name)
	if trackingNames[name] || slices.ContainsFunc(trackingPrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
		return true
	}
	// From the host to the domains above it: old.reddit.com, reddit.com, com.
	for h := strings.TrimPrefix(strings.ToLower(host), "www."); h != ""; {
		if slices.Contains(trackingOn[h], name) {
			return true
		}
		_, rest, found := strings.Cut(h, ".")
		if !found {
			return false
		}
		h = rest
	}
	return false
}

// MaybeTracking reports whether the parameter name tracks on many hosts and has
// a meaning on others. Such a one must stay in a link that is fetched; where two
// links are compared, and taking them for different is the worse mistake, it may
// be left out.
func MaybeTracking(name string) bool { return maybeTracking[strings.ToLower(name)] }
