package text

import (
	"slices"
	"strings"
)

// Parameters of addresses that only say where a visitor came from, in lower
// case. The prefixes are those of campaign tools, the names those of advertising
// networks, mail services and social media, as they were met in shared links and
// as ClearURLs (gitlab.com/ClearURLs/rules), Brave and Firefox know them. A
// parameter that is missing here only makes two addresses of one page look
// different, while one too many loses a page.
//
// So a name that means something anywhere counts on single hosts only: ref is a
// branch, source an archive, s and q a search, t and v a moment and a version, r
// a reader or an order, p and page a page. And what opens an article that
// somebody gave away is never one: sk of Medium, unlocked_article_code of the
// New York Times, accessToken, st, sharetype, pwapi_token, giftId, gift, token.
var (
	trackingPrefixes = []string{"utm_", "mtm_", "hsa_", "_branch_", "at_campaign", "at_medium", "itm_", "hmb_", "otm_", "bsft_", "elqtrack"}
	trackingNames    = Set(`fbclid gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid msclkid yclid ysclid twclid ttclid qclid rdt_cid
		li_fat_id mc_cid mc_eid mc_tc _hsenc _hsmi __hssc __hstc __hsfp hsctatracking mkt_tok vero_id vero_conv ml_subscriber ml_subscriber_hash
		oly_anon_id oly_enc_id rb_clickid s_cid s_kwcid igshid igsh wickedid _openstat _ga _gl srsltid __twitter_impression
		ref_src ref_url guccounter guce_referrer guce_referrer_sig sc_cid sms_click emci emdi _bhlid ck_subscriber_id _kx vgo_ee
		__s spm xtor trk_contact trk_msg trk_module trk_sid dm_i epik echobox wt_mc wt_zmc irclickid irgwc cjevent tblci
		pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid piwik_campaign piwik_kwd piwik_keyword
		fb_action_ids fb_action_types fb_ref fb_source action_object_map action_type_map action_ref_map inf_contact_key`)
	// trackingOn holds for a host and those below it. A key with a dot in front holds for
	// hosts below only, one with an equals sign for that host only.
	trackingOn = map[string][]string{
		"youtube.com":            {"si", "feature", "pp", "ab_channel"},
		"youtu.be":               {"si", "feature"},
		"open.spotify.com":       {"si", "context", "nd"},
		"twitter.com":            {"s", "t", "cxt"},
		"x.com":                  {"s", "t", "cxt"},
		"medium.com":             {"source"},
		"towardsdatascience.com": {"source"},
		"=github.com":            {"ref", "tab", "email_source", "email_token"}, // tab: see package links
		"news.ycombinator.com":   {"ref"},
		"producthunt.com":        {"ref"},
		"reddit.com": {"rdt", "share_id", "ref", "ref_source", "ref_campaign", "correlation_id", "$deep_link", "$3p",
			"$original_url"},
		"linkedin.com":      {"trk", "trackingid", "refid", "lipi", "rcm", "midtoken", "midsig", "otptoken"},
		"substack.com":      {"r", "showwelcome", "showwelcomeonshare", "isfreemail", "triedredirect"},
		".substack.com":     {"publication_id", "post_id"}, // substack.com/app-link/post needs them
		"arxiv.org":         {"context"},
		"huggingface.co":    {"ref"},
		"stackoverflow.com": {"noredirect", "lq", "rq"},
		"stackexchange.com": {"noredirect", "lq", "rq"},
		"facebook.com": {"mibextid", "__tn__", "__cft__[0]", "__xts__[0]", "hc_ref", "ref", "refid", "eav", "paipv",
			"rdr", "_rdr", "sfnsn", "comment_tracking", "notif_id", "notif_t"},
		"threads.net":      {"xmt", "slof"},
		"threads.com":      {"xmt", "slof"},
		"tiktok.com":       {"_t", "_r", "is_from_webapp", "sender_device", "share_app_name", "share_iid", "u_code"},
		"docs.google.com":  {"usp", "ouid", "rtpof", "sd"}, // resourcekey is needed
		"drive.google.com": {"usp", "ouid", "rtpof", "sd"},
		"nytimes.com": {"smid", "smtyp", "campaign_id", "emc", "instance_id", "nl", "regi_id", "segment_id", "te",
			"user_id", "referringsource", "searchresultposition"},
		"washingtonpost.com": {"itid", "wpisrc", "wpmk"},
		"bloomberg.com":      {"srnd", "sref", "leadsource", "cmpid"},
		"wsj.com":            {"mod"},
		"nvidia.com":         {"ncid"}, // elsewhere the number of a piece of news; cmpid that of a company
		"techcrunch.com":     {"ncid"},
		"yahoo.com":          {"ncid"},
		"aol.com":            {"ncid"},
		"theguardian.com":    {"cmp", "intcmp"},
		"wired.com":          {"mbid", "intcid"},
		"newyorker.com":      {"mbid"},
		"bbc.com":            {"at_link_id", "at_link_origin", "at_link_type", "at_format", "at_ptr_name", "at_bbc_team"},
		"bbc.co.uk":          {"at_link_id", "at_link_origin", "at_link_type", "at_format", "at_ptr_name", "at_bbc_team"},
		"twitch.tv":          {"tt_content", "tt_medium"},
		"steampowered.com":   {"snr"},
		"steamcommunity.com": {"snr"},
		"quora.com":          {"ch", "oid", "share", "srid", "target_type"},
		"bilibili.com": {"spm_id_from", "from_source", "from_spmid", "vd_source", "share_source", "share_medium", "share_plat",
			"share_session_id", "share_tag", "share_from", "unique_k", "buvid", "plat_id", "is_story_h5", "bbid", "up_id", "seid"},
		"csdn.net": {"ops_request_misc", "request_id", "biz_id"},
		"mp.weixin.qq.com": {"scene", "subscene", "clicktime", "enterid", "ascene", "devicetype", "nettype", "isappinstalled",
			"mpshare", "srcid", "sharer_shareinfo", "sharer_shareinfo_first", "sharer_sharetime", "sharer_shareid", "exportkey"},
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
	host = strings.TrimPrefix(strings.ToLower(host), "www.")
	if slices.Contains(trackingOn["="+host], name) {
		return true
	}
	// From the host to the domains above it: old.reddit.com, reddit.com, com.
	for h := host; h != ""; {
		if slices.Contains(trackingOn[h], name) || h != host && slices.Contains(trackingOn["."+h], name) {
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
