package gates

import "strings"

// orderWords are what the sentences of orders are made of in one language, as
// alternatives of a pattern. Of words that are inflected the beginnings stand
// here.
type orderWords struct {
	ignore       string // ignore, forget
	instructions string // instructions, rules
	ifYou        string // if you are an …
	model        string // AI, assistant, whoever summarises
	note         string // note to, attention
	must         string // must, has to, please
	say          string // say, write, recommend: as an order, or behind must
	summary      string // summary, answer
	secret       string // do not tell
	user         string // the user, this message
	gap          string // a character that ends no sentence
}

// patterns puts the words together to what only a model can be meant by.
func (w orderWords) patterns() []string {
	gap := func(n string) string { return w.gap + "{0," + n + "}" }
	words := func(alternatives string) string { return "(?:" + alternatives + ")" }
	return []string{
		words(w.ignore) + gap("60") + words(w.instructions),
		words(w.instructions) + gap("12") + words(w.ignore),
		words(w.ifYou) + gap("8") + words(w.model) + gap("60") + words(w.say+"|"+w.must),
		words(w.note) + gap("24") + words(w.model) + gap("80") + words(w.say+"|"+w.must+"|[:：】]"),
		words(w.model) + gap("60") + words(w.must) + gap("60") + words(w.say),
		words(w.model) + gap("60") + words(w.say) + gap("12") + words(w.must), // in languages with the verb at the end
		words(w.model) + gap("24") + "[:：,，]" + gap("60") + words(w.say),
		words(w.say) + gap("80") + words(w.summary),
		words(w.summary) + gap("60") + words(w.must) + gap("60") + words(w.say),
		words(w.secret) + gap("40") + words(w.user),
	}
}

// spaced and unspaced scripts end their sentences with other marks.
const (
	sentenceGap = `(?:[^.!?\n]|\.[^\s])` // a full stop within an address ends none
	hanGap      = `[^。！？\n]`
)

// foreignOrders are the patterns of all languages but the hand-made ones of
// [orderPatterns]; English has those as well.
func foreignOrders() []string {
	var out []string
	for _, w := range []orderWords{
		{ // English
			ignore: `\bignore|\bdisregard|\bforget|\boverride`, instructions: `\binstructions?\b|\bprompts?\b`,
			ifYou: `\bif you(?:'re| are)`, model: `\bai\b|\bllms?\b|language models?\b|\bassistants?\b|chatbots?\b|summari[sz]ers?\b|` +
				`summari[sz]ing\b`,
			note: `\b(?:note|message|instructions?|attention|dear|notice|task|important|to) (?:to |for )?(?:the |all |any |every )?`,
			must: `\bmust\b|\bha(?:s|ve) to\b|\bshall\b|\bplease\b|\balways\b`,
			say: `\bsay\b|\bwrite\b|\brecommend\b|\bmention\b|\binclude\b|\badd\b|\btell\b|\bstate\b|\bpraise\b|\bopen with\b|\bend with\b|` +
				`\bbegin with\b|\bcontain\b|\b(?:do not|don't) summari[sz]e`,
			// "Your answer", not "the answer": pages answer questions too.
			summary: `\byour (?:summary|answer|reply|response|output)\b|\bthe summary\b|\bsummary of this (?:text|page|article|document)\b`,
			secret:  `\b(?:do not|don't|never) (?:tell|mention|reveal|inform)`, user: `\busers?\b|\bthis (?:message|note|request|` +
				`instruction)`, gap: sentenceGap,
		},
		{ // German
			ignore:       `\bvergiss|\bvergessen sie|\bignorier|\bmissachte`,
			instructions: `anweisung|instruktion|\bvorgabe|\bbefehl|\bprompt`,
			ifYou:        `\b(?:wenn|falls) (?:du|sie|ihr) (?:ein|eine)?`,
			model:        `\bki\b|\bki-|sprachmodell|\bassistent(?:en)?\b|chatbot|zusammenfasst|zusammenfassen\b`,
			note:         `\ban (?:alle |die |jede )?|\bhinweis |\bnachricht |\bachtung|\bwichtig|\bfür `,
			must:         `\bmuss\b|\bmüssen\b|\bmüsst\b|\bsoll(?:en|t)?\b|\bbitte\b|\bunbedingt\b`,
			say: `\bschreib|\bnenn|\bantworte|\bempf[ei]hl|\berwähn|\bfüge?\b|einfügen|hinzufügen|\bsag(?:e|t|en)?\b|\bverweisen|\bbeende|` +
				`\bbeginne?\b|` +
				`\bergänz|\blobe|\bbehaupte|nicht zusammen`,
			summary: `zusammenfassung|\bdeine[rm]? (?:antwort|ausgabe)|\bdeinen nutzern`, secret: `\b(?:sag|erwähn|verrat|` +
				`nenn)[a-z]*[^.!?\n]{0,20}nicht\b|\bnicht[^.!?\n]{0,20}(?:erwähnen|verraten|sagen)`,
			user: `nutzer|diese nachricht|diesen hinweis|anweisung`, gap: sentenceGap,
		},
		{ // French
			ignore: `\bignore|\boublie|\bnéglige`, instructions: `instruction|consigne|directive`,
			ifYou: `\bsi (?:vous êtes|tu es)`, model: `\bia\b|\bllm|modèles? de langage|\bassistants?\b|\brobots?\b|\brésume[zrn]?\b`,
			note: `\b(?:note|message|instructions?|avis|attention|important|consignes?)\b`, must: `\bdoi(?:t|vent|s)\b|\bdevez\b|` +
				`\bveuillez\b|\bmerci de\b`,
			say: `\becri|écri|\bdis\b|\bdites\b|\bdire\b|\bajoute|\bmentionne|\brecommand|\bcontenir|\binclu|\bcommence|\btermine|\bindique|` +
				`\brépond`, summary: `r[ée]sumé|\b(?:ta|votre) réponse`,
			secret: `\bne (?:dites|dis|mentionne|révèle|parle)|\bn'indique`, user: `utilisateur|ce message|cette consigne`, gap: sentenceGap,
		},
		{ // Spanish
			ignore: `\bignor[ae]|\bolvid[ae]|\bdescart[ae]|\bomit[ae]`, instructions: `instruccion|\breglas\b|órdenes|indicacion`,
			ifYou: `\bsi (?:eres|usted es|es usted)`, model: `\bia\b|\bllm|modelos? de lenguaje|\basistentes?\b|chatbot|` +
				`inteligencia artificial|\bresum[ea]n?\b`,
			note: `\b(?:nota|mensaje|instrucci(?:ón|ones)|atención|aviso|importante)`, must: `\bdebe(?:n|s)?\b|\btienen? que\b|\bpor favor\b`,
			say: `\bescrib|\bdi(?:ga|gan)?\b|\bdecir\b|\bañad|\bagreg|\bmencion|\brecom[ie]+nd|\bconten|\binclu|\bterm[ie]+n|\bempie|` +
				`\bcomie|\bresponda?`,
			summary: `\bresumen\b|\b(?:tu|su) respuesta`, secret: `\bno (?:le |les )?(?:dig|mencion|revel|cuent)`, user: `usuario|` +
				`este mensaje|esta (?:nota|instrucción)`,
			gap: sentenceGap,
		},
		{ // Portuguese
			ignore: `\bignor[ae]|\besqueça|\bdesconsider`, instructions: `instruç|\bregras\b|\bordens\b|orientaç`,
			ifYou: `\bse (?:você é|és|fores|for)`, model: `\bia\b|\bllm|modelos? de linguagem|\bassistentes?\b|chatbot|` +
				`inteligência artificial|\bresum(?:ir|e|em)\b`,
			note: `\b(?:nota|mensagem|instruç(?:ão|ões)|atenção|aviso|importante|quem)`, must: `\bdeve(?:m|s)?\b|\bprecisam?\b|\bpor favor\b|` +
				`\btêm? (?:de|que)\b`,
			say: `\bescrev|\bdig[ao]|\bdizer\b|\badicion|\bacrescent|\bmencion|\brecomend|\bcont(?:er|enha)\b|\binclu|\btermin|` +
				`\bcome[cç]|\brespond[ae]`,
			summary: `\bresumo\b|\b(?:a|tua|sua) resposta`, secret: `\bnão (?:cont|dig|mencion|revel)`, user: `usuário|utilizador|` +
				`esta (?:mensagem|nota|instrução)`,
			gap: sentenceGap,
		},
		{ // Italian
			ignora, `istruzion|\bregole\b|direttiv`, `\bse (?:sei|siete)`, `\bia\b|\bllm|modell[io] linguistic|\bassistent[ie]\b|` +
				`intelligenza artificiale`,
			`\b(?:nota|messaggio|istruzion|attenzione|avviso|importante)`, `\bdev(?:e|ono|i)\b|\bper favore\b`,
			`\bscriv|\bdi(?:ci|te|re)\b|\baggiung|\bmenzion|\braccomand|\bconsigl|\bcontener|\binclud|\btermina|\binizia|\brispond`,
			`\briassunto\b|\b(?:la tua|vostra) risposta`, `\bnon (?:dire|menzion|rivel)`, `utent|questo messaggio`, sentenceGap,
		},
		{ // Dutch
			`\bnegeer|\bvergeet`, `instructie|aanwijzing|opdracht`, `\bals (?:je|u) een`, `\bai\b|taalmodel|\bassistent|chatbot`,
			`\b(?:aan|bericht|opmerking|let op|instructie)`, `\bmoet(?:en)?\b|\bgraag\b`,
			`\bschrijf|\bzeg|\bvoeg|\bnoem|\bvermeld|\baanbeve|\bbeveel|\bbegin|\beindig|\bantwoord`, `samenvatting|` +
				`\bje antwoord`, `\b(?:zeg|vertel|noem)[^.!?\n]{0,20}niet`,
			`gebruiker|dit bericht`, sentenceGap,
		},
		{ // Russian
			`игнорир|забудь|забудьте|не учитывай`, `инструкци|указани|команд|промпт`, `если ты |если вы (?:—|-|являетесь)`,
			`\bии\b|ии-|нейросет|языков[а-яё]+ модел|ассистент|чат-?бот|модель, котор|для ии|(?:суммир|обобща|пересказыва)[а-яё]+`,
			`примечани|внимание|важно|инструкци|сообщени|обращени|заметк`, `долж[енн][а-яё]*|обязан[а-яё]*|обязательно|следует|необходимо|` +
				`пожалуйста`,
			`напи[шс]|добав|укаж|указ|рекоменд|ответ|отвеч|упомян|упомин|начн|начин|законч|закан|скаж|сказ|содерж|включ|встав|сообщ|похвал|` +
				`не пересказ|не суммир`,
			`резюме|краткое изложение|краткого изложени|сводк|пересказ|саммари|конспект|(?:свой|свои|своём|твой|ваш) ответ`,
			`не (?:говори|упоминай|сообщай|раскрывай|рассказывай)`, `пользовател|об этом|это сообщени`, sentenceGap,
		},
		{ // Chinese
			`忽略|无视|忘记|忘掉|忽視|無視|忘記`, `指令|指示|提示词|规则|規則|命令`, `(?:如果|若|假如)(?:你|您)?(?:是|为)`,
			`\bAI\b|人工智能|人工智慧|大模型|语言模型|語言模型|智能助手|聊天机器人|摘要工具|(?:总结|总結|總結|摘要|概括)本(?:文|页)`,
			`致|告|写给|給|给|注意|重要|说明|提示|所有`, `必须|必須|务必|務必|请|請|应当|一定要|需要|要求|要写|注意`,
			`写上|写明|写道|写|說|说|称|加上|加入|附上|注明|标注|推荐|推薦|提及|提到|包含|回答|告诉`, `摘要|总结|總結|概述|要点|回答中|回复|输出|tldr`,
			`不要|不得|请勿|勿|别`, `用户|使用者|本段|此段|这段|這段|该要求|这一要求`, hanGap,
		},
		{ // Japanese
			`無視|忘れ|破棄`, `指示|命令|指令|プロンプト`, `あなたが|もしあなた|お前が`, `\bAI\b|人工知能|アシスタント|言語モデル|\bLLM|チャットボット|要約する|要約ツール|要約サービス`,
			`お願い|注意|重要|指示|メッセージ|すべての|全ての`, `必ず|してください|なければ|すること|べき|こと。`,
			`書い|書き|書く|言及|紹介|推薦|勧め|入れて|含め|記載|追加|述べ|案内|伝え|答え`, `要約|まとめ|回答|返答|出力`,
			`ユーザー|利用者|依頼|メッセージ|この文`, `言わないで|触れないで|言及しないで|明かさないで|伝えないで|知らせないで`, hanGap,
		},
		{ // Korean
			`무시|잊고|잊으|잊어`, `지시|명령|지침|프롬프트`, `당신이|당신은|네가 |너는 |귀하가`,
			`\bAI\b|인공지능|언어 ?모델|어시스턴트|챗봇|요약하는|요약기|요약 도구|요약할 때`, `에게|주의|중요|참고|안내|알림|모든`,
			`해야|하세요|하십시오|하라|반드시|세요|십시오`, `쓰|적어|적으|넣|추가|포함|추천|언급|시작|끝내|답하|말하|알려|소개`, `요약|답변에|답변을|응답에`,
			`사용자|이 메시지|이 요청|이 지시`, `알리지|말하지|밝히지|언급하지`, sentenceGap,
		},
	} {
		for _, p := range w.patterns() {
			// \b knows ASCII only: before a letter of another alphabet it would
			// never hold.
			out = append(out, strings.ReplaceAll(p, `\bии\b`, `(?:^|[^а-яё])ии(?:[^а-яё]|$)`))
		}
	}
	return out
}

const ignora = `\bignora|\bdimentica`
