package article

import (
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// maxPromotion is the length in characters above which a block is never taken
// for a call to the reader: long ones say something besides.
const maxPromotion = 320

// promotions are the openings and phrases with which sites ask their readers to
// follow, subscribe, share or read something else, and legal lines. They are
// matched against single short blocks only. The languages are those in which
// such lines are common on the web.
var promotions = lazyregexp.New(`(?i)^(` + strings.Join([]string{
	// pointers to other articles
	`(read|see|click|view|watch|listen)( more| also| next)?\s*[:>»]`,
	`(read|see) (more|also|next)\b.{0,120}$`,
	`more (on|from|about) .{0,80}:?$`,
	`(related|recommended|trending|most read|most popular|` +
		`don'?t miss|editor'?s? picks?|you (may|might) (also )?like|up next|more stories|top stories|latest news)` +
		`( (articles?|stories|posts?|reading|links?|content|topics|video|news|coverage))?\s*(:|$)`,
	`(ähnliche|verwandte|weitere|neueste|mehr) (artikel|beiträge|themen|inhalte|informationen|themenbereiche|nachrichten)\s*(:|$)`,
	`(das könnte (dich|sie|euch)|vous aimerez|te puede interesar|le puede interesar|také|weiterlesen|schon gelesen|zum weiterlesen|` +
		`articles? (liés|similaires)|sur le même (sujet|thème)|artículos relacionados|artigos relacionados|articoli correlati|` +
		`похожие (статьи|материалы|новости)|материалы по теме|по теме|関連(記事|リンク|ニュース)|あわせて読みたい|相关(文章|阅读|推荐|新闻)|` +
		`推荐阅读|延伸阅读|相關(文章|閱讀|新聞)|관련 ?(기사|글|뉴스)).{0,80}$`,
	`(kommentare?|schreibe? einen kommentar|hinterlasse .{0,20}kommentar|leave a (reply|comment)|no (comments|responses?)( yet| so far)?|` +
		`commentaires?|comentarios|commenti|комментарии|コメント|评论|댓글)\s*(\(\d+\))?[.:!]?$`,
	`(continue reading( below)?|story continues below.*|article continues (below|after).*|advertisement( - .*)?|` +
		`sponsored( content)?|promoted|scroll (down )?(for|to) .{0,60})$`,
	`(leggi anche|lire aussi|à lire aussi|lesen sie auch|mehr zum thema|lea también|lee también|leia também|lees ook|czytaj też|` +
		`читайте также|também|ver también)\b.{0,160}$`,
	`\(?leggi anche`,
	// calls to act
	`(please )?(follow|like|join|find) (us|me|@\w+|our|.{2,40}) on (twitter|facebook|instagram|linkedin|youtube|telegram|` +
		`google news|x|mastodon|bluesky|tiktok|whatsapp|snapchat|pinterest)\b`,
	`(subscribe|sign up|register|enrol|signup)( now| here| today| for free)?( (to|for|here|now|below)\b.{0,80}` +
		`\b(newsletters?|updates?|alerts?|inbox|e-?mails?|daily|weekly|free|channels?|podcasts?|digest|letter|offers?|` +
		`news|here|below|now|today)\b|$)`,
	`get (the )?.{0,60}(newsletter|delivered (to|through) your|in your inbox|alerts|our app|on the go)`,
	`(click|tap) here (to|for)\b`,
	`(like|love|enjoy(ed)?) (this|what you)\b.{0,80}(share|subscribe|read|support|follow|\?)`,
	`(share|tweet|email|print|pin|save|comment)( this( (story|article|post|page))?)?( (on|via|with|to) .{0,40})?[:!]?$`,
	`(download|get|install) (the|our) .{0,30}\bapp\b`,
	`have (a|any) (story|news )?tips?\b.{0,120}$`,
	`(write|reach|contact|email) (to )?.{2,60} at \S+@\S+\.?$`,
	`(contact|email) (the )?(author|writer|reporter|us)\b`,
	`(support|donate to|help) (us|our|independent) .{0,120}$`,
	`click to tweet`,
	`(an error has occurred|something went wrong|please try again( later)?|thank you( for .{0,60})?[.!]?$|loading( .{0,20})?\.*$|` +
		`this article has been sent to)`,
	`(your|enter your) e-?mail( address)?\b.{0,80}$`,
	`(send us|tell us|let us know|what do you think)\b.{0,120}(comments?|below|@\S+|kit|tips?|photos?)`,
	`(folgen sie uns|suivez[- ]nous|seguici|síguenos|siga-nos|volg ons|abonnieren sie|abonnez-vous|iscriviti|suscríbete|assine)\b`,
	// legal and technical lines
	`(copyright\b|©|\(c\) ?(19|20)\d\d).{0,250}$`,
	`.{0,120}all rights reserved\.?`,
	`.{0,60}(this material|this copy|this article|this content) (is|may) .{0,40}(personal, non-commercial use|` +
		`not be (published|reproduced)|published, broadcast)`,
	`(to order presentation-ready copies|for non-personal use)\b`,
	`.{0,200}(affiliate (links?|commission)|may (earn|get|receive) (a|an|some)? ?(small )?(affiliate )?(commission|share of the sale))`,
	`(we use|this (web)?site uses) cookies\b`,
	`(please )?enable javascript\b`,
	`(posted|filed|published) (in|under)\s*:?.{0,120}$`,
	`source\s*:.{0,80}$`,
	`(tags?|categor(y|ies)|topics?|labels?|keywords)\s*:.{0,200}$`,
	`(photo|image|picture|video|foto|bild)( (credit|source|by|courtesy of))?\s*:\s.{0,120}$`,
	`\[/?(button|caption|embed|gallery|video|audio|youtube|ad)\b`,
}, "|") + `)`)

// promotional reports whether p is a line that is about the site, not the subject. Marks of
// headings, lists and quotes before the words don't count.
func promotional(p para) bool {
	if p.code || p.chars() > maxPromotion {
		return false
	}
	t := strings.TrimLeft(p.text, "#>-*•·|▶►»“\"'( ")
	return promotions.MatchString(t)
}
