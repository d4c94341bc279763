package gates

// foreignOrders are [orderPatterns] of other languages. Each has the same
// three: previous instructions that are to be ignored, somebody who is no human
// reader and is told to do something, and what is to stand in a summary or
// answer.
var foreignOrders = []string{
	// German
	`(?:vergiss|ignorier|missachte|vergessen sie)[a-z]*[^.!?\n]{0,60}(?:anweisung|instruktion|vorgabe|befehl|regel|prompt)`,
	`(?:an|für|hinweis) (?:alle |die |jede )?(?:ki|sprachmodell|ki-assistent|assistent|chatbot)[a-zäöü-]*\b[^.!?\n]{0,80}` +
		`(?:schreib|nenn|antwort|empfiehl|empfehl|erwähn|füg|sag|muss|müssen|soll)`,
	`(?:beginne?|beende|schreibe?|nenne|erwähne|füge|antworte|ergänze)\b[^.!?\n]{0,80}(?:zusammenfassung|antwort|ausgabe|jede zeile)`,
	`(?:ki-assistent|sprachmodell|chatbot|ki-modell)[a-zäöü]*[^.!?\n]{0,60}(?:müssen|muss|sollen|soll)\b[^.!?\n]{0,60}` +
		`(?:empfehlen|erwähnen|schreiben|nennen|sagen|hinzufügen)`,
	// French
	`(?:ignore|oublie|néglige)[zr]?\b[^.!?\n]{0,60}(?:instruction|consigne|règle|directive)`,
	`(?:instructions?|message|note|consigne)s? (?:pour|aux?|à)\b[^.!?\n]{0,20}(?:assistant|modèle|llm|\bia\b|robot)`,
	`(?:ajoute|écris|écrivez|commence|termine|mentionne|inclu|réponds|répondez)[a-z]*\b[^.!?\n]{0,80}(?:résumé|réponse)`,
	`(?:assistant|modèle de langage|modèle|llm)s?\b[^.!?\n]{0,40}(?:doit|doivent|devez|veuillez)\b[^.!?\n]{0,60}` +
		`(?:recommander|mentionner|écrire|ajouter|dire|inclure)`,
	// Spanish
	`(?:ignor|olvid|descart|omit)(?:a|e|en|ad)\b[^.!?\n]{0,60}(?:instruccion|regla|órden|orden|indicacion)`,
	`(?:instrucci(?:ón|ones)|mensaje|nota|aviso) para\b[^.!?\n]{0,20}(?:asistente|modelo|llm|\bia\b|chatbot)`,
	`(?:añade|escribe|incluye|menciona|termina|empieza|comienza|agrega|pon)\b[^.!?\n]{0,80}(?:resumen|respuesta)`,
	`(?:asistentes?|modelos? de lenguaje)\b[^.!?\n]{0,40}(?:debe|deben)\b[^.!?\n]{0,60}(?:recomendar|mencionar|escribir|añadir|decir|incluir)`,
	// Portuguese
	`(?:ignore|esqueça|desconsidere|ignorem)\b[^.!?\n]{0,60}(?:instruç|regra|ordens|comando|orientaç)`,
	`(?:instruç(?:ão|ões)|mensagem|nota|aviso|atenção)\b[^.!?\n]{0,10}\b(?:para|a|ao|aos|às)\b[^.!?\n]{0,20}(?:assistente|modelo|llm|\bia\b|chatbot)`,
	`(?:adicione|acrescente|escreva|inclua|mencione|termine|comece|coloque)\b[^.!?\n]{0,80}(?:resumo|resposta)`,
	`(?:assistentes?|modelos? de linguagem)\b[^.!?\n]{0,40}(?:deve|devem)\b[^.!?\n]{0,60}(?:recomendar|mencionar|escrever|adicionar|dizer|incluir)`,
	// Italian and Dutch
	`(?:ignora|dimentica|ignorate)\b[^.!?\n]{0,60}(?:istruzion|regol|direttiv|comand)`,
	`(?:aggiungi|scrivi|includi|menziona|termina|inizia)\b[^.!?\n]{0,80}(?:riassunto|risposta)`,
	`(?:negeer|vergeet)\b[^.!?\n]{0,60}(?:instructie|aanwijzing|opdracht|regel)`,
	// Russian
	`(?:игнорир|забуд|проигнорир|не учитывай)[а-яё]*[^.!?\n]{0,60}(?:инструкци|указани|правил|команд|промпт)`,
	`(?:ассистент|языков[а-яё]+ модел|нейросет|чат-?бот|ии-|для ии|модел[а-яё]*,)[а-яё-]*[^.!?\n]{0,80}` +
		`(?:напиши|добав|укажи|рекомендуй|ответь|упомян|начни|закончи|скажи|обязан|должн|вставь|сообщи)`,
	`(?:добавь|напиши|начни|закончи|укажи|упомяни|вставь|добавьте|напишите|укажите|упомяните)[^.!?\n]{0,80}` +
		`(?:резюме|ответ|сводк|пересказ|саммари|обзор|конспект)`,
	`не (?:сообщай|упоминай|говори|раскрывай)[а-яё]*[^.!?\n]{0,60}(?:пользовател|инструкци|указани|сообщени|просьб)`,
	// Chinese
	`(?:忽略|无视|忘记|忽視|無視|忘記)[^。！？\n]{0,30}(?:指令|指示|规则|提示词|提示|要求|規則)`,
	`(?:致|告|给|對|对|写给)[^。！？\n]{0,8}(?:AI|人工智能|大模型|语言模型|語言模型|智能助手|机器人)[^。！？\n]{0,4}(?:助手|模型|的|：|:|】|\])`,
	`(?:摘要|总结|總結|概述|回答|回复|输出|要点|tldr|summary)[^。！？\n]{0,40}(?:写上|写明|写道|加上|附上|注明|标注|必须|务必|推荐)`,
	`(?:必须|务必|请|請|应当|要求)[^。！？\n]{0,40}(?:摘要|总结|總結|回答|回复|输出)[^。！？\n]{0,30}(?:写|加|附|包含|推荐|提及|提到)`,
	`(?:不要|不得|请勿|勿)[^。！？\n]{0,10}(?:提及|透露|告诉|提到|泄露)[^。！？\n]{0,16}(?:本段|此段|这段|这一|该要求|用户|指令|要求)`,
	// Japanese
	`(?:これまで|以前|上記|全て|すべて|今まで|前)の?[^。！？\n]{0,6}(?:指示|命令|指令|プロンプト)[^。！？\n]{0,10}(?:無視|忘れ|破棄)`,
	`(?:AI|アシスタント|言語モデル|LLM|要約ツール|要約サービス|チャットボット)[^。！？\n]{0,30}(?:へのお願い|への指示|への注意|へ[:：]|向け[:：]|に告ぐ)`,
	`(?:要約|まとめ|回答|返答|出力)[^。！？\n]{0,60}(?:と書き|と書いて|を書いて|記載して|含めて|案内して|追加して|入れて|述べて|推薦して)`,
	`(?:触れないで|言及しないで|明かさないで|伝えないで|知らせないで)`,
	// Korean
	`(?:이전|위의|모든|앞선|기존)[^.!?\n]{0,12}(?:지시|명령|지침|프롬프트)[^.!?\n]{0,12}(?:무시|잊)`,
	`(?:AI|인공지능|언어 ?모델|어시스턴트|챗봇|요약기|요약 도구)[^.!?\n]{0,40}(?:에게|께|는 반드시|은 반드시|:)[^.!?\n]{0,60}` +
		`(?:하세요|하십시오|해야|하라|넣|추가|적|쓰|포함|추천|언급)`,
	`(?:요약|답변|응답|댓글)[^.!?\n]{0,40}(?:추가하|포함하|넣으|넣어|적으|적어|쓰세요|쓰십시오|추천하)`,
	`(?:언급하지|알리지|밝히지|말하지) (?:마|말)`,
}
