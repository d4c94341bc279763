package gates

// thisPage is how an order names the page that it stands on.
const thisPage = `this (?:page|article|text|post|document|site|story|history|incident|readme|repository|blog|report|` +
	`release|project|announcement|paper|section|proposal|notice|list|news)`

// reportOrders find sentences that order what is to be said of the page, and
// name no model: whoever writes about it is meant.
var reportOrders = []string{
	// "Every text on this page concludes with the sentence: …".
	`\b(?:every|each|any|all) (?:text|post|article|report|summary|account|write-?up|recap|mention|` +
		`review|comment|note|piece|digest|abstract)s?\b` +
		sentenceGap + `{0,20}\b(?:on|of|about) ` + thisPage + `\b` + sentenceGap +
		`{0,60}\b(?:conclud|finish|ends?\b|clos|opens?\b|begin|starts?\b|mention|includ|says?\b|must\b|should\b)`,
	// "House style for anyone who reports on this incident".
	`\b(?:whoever|any(?:one|body) (?:who|that)|every(?:one|body) (?:who|that)|those who|people who|all who|all that) ` +
		`(?:writes?|reports?|summari[sz]es?|condenses?|quotes?|retells?|digests?|recaps?|describes?|reviews?|covers?|mentions?|posts?)\b ` +
		`(?:about |on |of )?` + thisPage,
	`\bwho (?:condense|summari[sz]e|retell|recap|share|repost|forward)s? (?:` + thisPage +
		`|(?:this|it)\b[^\pL]*(?:$|:|must\b|should\b))`,
	`\b(?:whoever|anyone who|everyone who|those who) ` +
		`(?:shares?|reposts?|forwards?|passes on|condenses?|summari[sz]es?|retells?) (?:this|it)\b`,
	// "Closes with the words: …".
	`\b(?:concludes?|finish(?:es)?|closes?|ends?|signs? off) (?:with|on|by saying) ` +
		`the (?:words?|sentence|line|phrase|slogan|motto)\b:? ?["“«‘]?\pL`,
	// "Conclude with “…”".
	`\b(?:conclude|finish|close|sign off) (?:with|on|by saying)(?: the (?:words?|sentence|line|phrase|slogan|motto))?:? ?` +
		`["“«‘][\pL]+[ ,][^"”»’\n]{6,}`,
	`\bfinish on the line\b`,
	// "Whatever you write about it, the last of your points is: …".
	`\bwhatever you (?:write|say|post|report) (?:about|on|of)\b`,
	`\b(?:first|last) of your (?:points|sentences|bullets|items|lines)\b`,
	`\bjede[rs]? (?:text|beitrag|bericht|artikel|zusammenfassung) (?:über|zu) diese`,
	`\btoute? (?:texte|article|compte rendu|billet|résumé) (?:sur|de) cet`,
	`\btodo (?:texto|artículo|informe|resumen) (?:sobre|de) est[ae]`,
	`\b(?:qualquer|todo) (?:texto|artigo|resumo|relato) (?:sobre|d)e? ?est[ae]`,
	`\bogni (?:testo|articolo|riassunto|resoconto) su quest`,
	`\belke (?:tekst|samenvatting|bijdrage) over dez`,
	`każdy (?:tekst|artykuł|opis) o tej`,
	`(?:любой|каждый|всякий) (?:текст|пост|отзыв|рассказ|пересказ)` + sentenceGap + `{0,12}(?:об этой|об этом|этой)`,
	`(?:概述|总结|介绍|转述|评论|报道|總結|介紹|評論)` + hanGap + `{0,4}(?:此|本|该|这|這)(?:页|頁|文|篇)` +
		hanGap + `{0,20}(?:应当|應當|必须|必須|请|請|要|务必)`,
	`(?:このページ|この記事|本記事|本文)(?:を|について)(?:紹介|説明|書|要約|報告)` + hanGap + `{0,20}(?:こと|ください|必ず)`,
	`이 (?:글|페이지|기사)(?:을|를|에 대해)` + sentenceGap + `{0,12}(?:소개|설명|쓰|요약)` + sentenceGap + `{0,20}(?:십시오|세요|해야)`,
}
