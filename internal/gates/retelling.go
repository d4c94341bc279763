package gates

import (
	"slices"
	"strings"
	"sync"
)

// retelling are the words by which a page speaks of what is written about it, as
// alternatives of a pattern in one language: what that is called, who reads it, and
// how it is wished for. They prove little by themselves, since guides for authors
// have them too; see [input.retold] for what is made of a sentence with them.
type retelling struct {
	account string // summary, overview
	wish    string // must, should, ends with; say, mention
	tell    string // tell, advise, as an order
	reader  string // the reader, your user
	gap     string // a character that ends no sentence
}

// patterns puts the words together: an account of the page that is to be so, what is
// to be in one, and what readers are to be told.
func (w retelling) patterns() []string {
	gap := func(n string) string { return w.gap + "{0," + n + "}" }
	return []string{
		"(?:" + w.account + ")" + gap("40") + "(?:" + w.wish + ")",
		"(?:" + w.wish + ")" + gap("40") + "(?:" + w.account + ")",
		"(?:" + w.tell + ")" + gap("25") + "(?:" + w.reader + ")",
	}
}

// englishAccount is what a text about a page is called. "Report" and the like are so
// only with the page behind them.
const englishAccount = `\b(?:any|every|each|all|the|your|no|its) (?:[a-z]+ )?(?:summar(?:y|ies)|digests?|overviews?|` +
	`recaps?|abridgements?)\b|` +
	`(?:^|[.;:,]\s|\band )(?:all )?(?:summaries|digests|recaps)\b|` +
	`\b(?:reports?|texts?|posts?|articles?|accounts?|write-?ups?|comments?|notes?) (?:about|on|of) ` + thisPage

// retellings are the words of all languages.
func retellings() []retelling {
	return []retelling{
		{ // English
			account: englishAccount,
			wish: `\b(?:must|should|shall|ha(?:s|ve) to|needs? to|(?:is|are) to|ought to|ends?|closes?|concludes?|finish(?:es)?|says? so|` +
				`to be (?:mentioned|included|named|said|quoted|repeated|recommended|stated|added|put)|` +
				`(?:mention|include|repeat|quote|recommend|add|name|pass|state)(?:s|d|ed)? (?:it |this |that |so |on )*(?:in|by|to|into)\b)`,
			tell: `(?:^|[.;:,]\s*|\band |\bplease |\balso )(?:tell|ask|advise|inform|remind|invite|urge|warn|direct|point|send|recommend|` +
				`suggest|encourage)\b`,
			reader: `\b(?:the|your|his|her|its|their|all|any|every) (?:[a-z]+ )?(?:readers?|audience)\b|\b(?:your|his) users?\b|\bthat the team\b`,
			gap:    sentenceGap,
		},
		{ // German
			account: `\bzusammenfassung|\bkurzfassung|\b(?:text|bericht|beitrag|überblick)e?s? (?:über|zu) diese`,
			wish:    `\b(?:soll(?:en|te|ten)?|muss|müssen|gehört|steht|stehen|endet|schließt|erwähn\w*|nenn\w*|empfiehlt|rät|sagt|weist)\b`,
			tell:    `\b(?:sag|rate|empfiehl|empfehlt|bitte|fordere|teile?|weise?|informier|erinner)(?:e|t|en)?\b`,
			reader: `\b(?:dem|den|die|der|deine[mnr]?|ihre[mnr]?|alle[n]?) leser|\b(?:dein|ihr)e?[mnr]? (?:nutzer|benutzer|` +
				`anwender)`, gap: sentenceGap,
		},
		{ // French
			account: `\brésumés?\b|\bsynthèses?\b|\b(?:texte|article|compte rendu|billet)s? sur cet`,
			wish:    `\b(?:doi(?:t|vent)|devra|devrai(?:t|ent)|faut|termine|finit|mentionne|indique|conclu|recommande|signale|figure)`,
			tell:    `\b(?:dis|dites|invite[zr]?|conseille[zr]?|recommande[zr]?|donne[zr]?|signale[zr]?|rappele[zr]?|indique[zr]?|demande[zr]?)\b`,
			reader: `\b(?:au|aux|le|les|votre|vos|ton|tes|à l'|l'|chaque) ?lect(?:eur|rice)s?\b|\b(?:votre|vos|ton|` +
				`tes) utilisateurs?\b`, gap: sentenceGap,
		},
		{ // Spanish
			account: `\bres[úu]men(?:es)?\b|\bquien(?:es)? resum`,
			wish:    `\b(?:debe[n]?|deber[íi]an?|tienen? que|ha de|termina|acaba|mencion|incluy|incluir|recomiend|dice[n]?\b|diga)`,
			tell:    `\b(?:diga|dile|dígale|pida|pídele|invite|aconseje|recomiende|avise|informe|indique|recuerde)n?\b`,
			reader:  `\b(?:al|a los|a tus?|a sus?|a cada) lector|\ba (?:tus?|sus?) usuario`, gap: sentenceGap,
		},
		{ // Portuguese
			account: `\bresumos?\b`,
			wish:    `\b(?:deve[m]?|deveriam?|tem de|têm de|precisam?|termina|acaba|mencion|inclu|recomenda|diz|passa|passe)`,
			tell:    `\b(?:diga|dize|peça|convide|aconselhe|recomende|avise|informe|indique|lembre)m?\b`,
			reader:  `\b(?:ao|aos|o|os|a seus?|a cada) leitor|\ba?os? seus? (?:usuário|utilizador)`, gap: sentenceGap,
		},
		{ // Italian
			account: `\briassunt[oi]\b|\bsintesi\b`,
			wish:    `\b(?:dev(?:e|ono)|dovrebb|va |vanno|termina|finisce|menzion|includ|consiglia|dice|dic[ao])`,
			tell:    `\b(?:di'|dica|chied[ia]|invit[ai]|consigli[a]?|raccomand[ai]|avvis[ai]|inform[ai]|indic[ahi]+|ricord[ai])\b`,
			reader:  `\b(?:al|ai|il|i|all'|agli|l'|gli) ?lettor|\b(?:tuo|tuoi|vostr[oi]) utent`, gap: sentenceGap,
		},
		{ // Dutch
			account: `\bsamenvatting|\boverzicht van deze`, wish: `\b(?:moet(?:en)?|hoort|eindigt|sluit|vermeld|noemt?|zegt|staat|staan)\b`,
			tell:   `\b(?:zeg|vertel|raad|vraag|adviseer|nodig|wijs|herinner|laat)\b`,
			reader: `\b(?:de|je|uw|alle|elke) lezer|\b(?:je|uw) gebruiker`, gap: sentenceGap,
		},
		{ // Polish
			account: `streszczeni|podsumowani`, wish: `\b(?:musi|muszą|powinn|należy|kończy|wspomin|zawier|poleca)`,
			tell:   `\b(?:powiedz|poproś|poleć|zaproś|doradź|poradź|poinformuj|przypomnij)`,
			reader: `czytelni|(?:swo(?:im|jemu|ich)|two(?:im|jemu)) użytkowni`, gap: sentenceGap,
		},
		{ // Russian
			account: `резюме|краткое изложение|кратком изложении|сводк|пересказ|конспект|обзор[а-я]* этой`,
			wish:    `долж[ен]|обязан|обязательно|следует|нужно|необходимо|заканчива|заверша|упомина|рекоменду|говорит`,
			tell:    `попроси|посовету|скажи|сообщи|порекоменду|предложи|напомни|пригласи|расскажи`,
			reader:  `читател|(?:сво|тво|ваш)[а-яё]+ пользовател`, gap: sentenceGap,
		},
		{ // Chinese
			account: `摘要|总结|總結|概述|转述|轉述`, wish: `必须|必須|务必|務必|应当|應當|应该|應該|请|請|一定要|最后|最後|提到|写上|寫上`,
			tell: `告诉|告訴|建议|建議|推荐|推薦|提醒|邀请|邀請|让|請|请`, reader: `读者|讀者|(?:你|您)的(?:用户|用戶)`, gap: hanGap,
		},
		{ // Japanese
			account: `要約|まとめる人|紹介文`, wish: `必ず|べき|ください|こと。|なければ|書い|書く|書き|入れ|触れ|述べ`,
			tell: `読者|利用者|ユーザー`, reader: `伝え|すすめて|勧めて|案内して|知らせて|教えて|促し`, gap: hanGap,
		},
		{ // Korean
			account: `요약|소개글`, wish: `반드시|해야|하세요|하십시오|쓰세요|쓰십시오|넣으|적으|언급`,
			tell: `독자(?:에게|들)|당신의 사용자`, reader: `알려 ?주|말해 ?주|추천하|권하|안내하|전하`, gap: sentenceGap,
		},
	}
}

// frames are the ways to order an account of a page that need several words of one
// language.
var frames = []string{
	// "When you describe pandas, close with …".
	`\b(?:when(?:ever)?|if|whoever|any(?:one|body) who|those who|who|to) (?:you |ever )*(?:summari[sz]|describ|retell|recap|condens|` +
		`paraphras)\w*\b` + sentenceGap + `{0,50}[,:] ?(?:please )?(?:close|end|conclude|finish|say|mention|add|include|name|recommend|` +
		`tell|note|begin|open|start|write|advise)\b`,
	// "Close with this sentence: …", "end on the words …".
	`\b(?:close|conclude|end|finish|open|begin|start|sign off)s?(?: [a-z]+){0,3} (?:with|on|` +
		`by)(?: [a-z]+){0,2} (?:sentence|words|line|remark|motto|` +
		`slogan|phrase|saying)\b`,
	`\b(?:close|conclude|finish|sign off)(?: [a-z]+){0,3} (?:with|on|by saying)(?: [a-z]+){0,3}: ?\pL`,
	// "AI tools: …", "Assistants summarising this: …", "Assistant, give …".
	`(?:^|[.;!?]\s+)(?:dear )?(?:ai|llms?|language models?|assistants?|assistenten?|chatbots?|bots?|copilots?|` +
		`asistentes?|assistentes?|assistenti?)` +
		`(?: (?:tools?|assistants?|agents?|models?|systems?|reading|summari[sz]ing|this|ia))*(?:\s?: ?\pL|, (?:please )?(?:tell|ask|say|add|` +
		`mention|include|recommend|advise|write|give|end|close)\b)`,
	`\b(?:note|message|hint|remark|instructions?|reminder) (?:for|to) (?:the |all |any |every )?(?:ai|llms?|language|` +
		`assistants?|chatbots?|bots?|` +
		`summari[sz]ers?|models?)\b`,
	// "Project proposal for readers: …", "An idea for your company: …".
	`\b(?:ideas?|proposals?|suggestions?|projects?) for (?:the |your |any |all |every )?(?:readers?|teams?|company|firm|` +
		`colleagues|employer)\b ?:`,
	`\bfor the (?:ideas|projects|proposals)\b ?[:,]`,
	`(?:给团队|給團隊|给公司|給公司)的?(?:项目|項目)?(?:建议|建議)`,
}

// retellPatterns are those of all languages.
var retellPatterns = sync.OnceValue(func() patternSet {
	all := slices.Clone(frames)
	for _, w := range retellings() {
		all = append(all, w.patterns()...)
	}
	return prefiltered(all)
})

// namesAccount reports whether a sentence names an account of a page in any language: it
// tells of an order then and does not follow it.
var namesAccount = sync.OnceValue(func() func(string) bool {
	words := []string{`\bsummar|\bdigests?\b|\boverviews?\b|\brecaps?\b`}
	for _, w := range retellings()[1:] {
		words = append(words, w.account)
	}
	return matcher(`(?i)` + strings.Join(words, "|"))
})
