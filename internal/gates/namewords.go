package gates

import "github.com/technoshare/commentator/internal/text"

// demonymEndings part a people, language or thing from its place or maker.
// Both words may have one, as Ital-y and Ital-ian do. Only [corpus.related]
// uses them.
var demonymEndings = text.Set(`n an ian ean ese ish i ic er ers ns ans ians is a ia y any land o`)

// sameNames are names of one thing, squashed.
// A comment may use any name of a group when the page has another one of it.
// What [corpus.related] finds by itself (America and American) needs no entry,
// except where both stand in a group with others.
var sameNames = []map[string]bool{
	text.Set(`us usa unitedstates america american americans vereinigtestaaten eeuu eua étatsunis сша 美国 美國 米国 アメリカ 미국`),
	text.Set(`uk unitedkingdom britain british greatbritain england english
		inglaterra angleterre inghilterra großbritannien grossbritannien англия англии британия британии 英国 英國 英格兰 イギリス 영국`),
	text.Set(`eu europeanunion europe european europäischeunion unióneuropea uniãoeuropeia ес евросоюз 欧盟 歐盟 유럽연합`),
	text.Set(`un unitednations`), text.Set(`france french`), text.Set(`spain spanish`),
	text.Set(`netherlands dutch holland`), text.Set(`germany german`), text.Set(`switzerland swiss`), text.Set(`greece greek`),
	text.Set(`denmark danish`), text.Set(`poland polish`), text.Set(`turkey turkish türkiye turkiye`), text.Set(`ireland irish`),
	text.Set(`wales welsh`),
	text.Set(`scotland scottish scots schottland écosse escocia escócia scozia schotland шотландия шотландии 苏格兰 スコットランド 스코틀랜드`),
	text.Set(`china chinese beijing`),
	text.Set(`philippines filipino philippine`), text.Set(`uae emirates unitedarabemirates`),
	text.Set(`newyork nyc`), text.Set(`losangeles la`), text.Set(`sanfrancisco sf`), text.Set(`washington dc`),
	text.Set(`kubernetes k8s`), text.Set(`javascript js`), text.Set(`typescript ts`), text.Set(`golang go`),
	text.Set(`postgres postgresql pg`), text.Set(`mongodb mongo`), text.Set(`opentelemetry otel`),
	text.Set(`facebook meta`), text.Set(`google alphabet`), text.Set(`twitter x`), text.Set(`huggingface hf`),
	text.Set(`wikipedia 维基百科 維基百科 위키백과 위키피디아 위키 ウィキペディア википедия`), text.Set(`tencent 腾讯 騰訊 텐센트 テンセント`),
	text.Set(`alibaba 阿里巴巴 阿里`), text.Set(`bytedance 字节跳动 字節跳動 バイトダンス 바이트댄스`), text.Set(`wechat 微信 위챗`), text.Set(`alipay 支付宝 支付寶`),
	text.Set(`vipshop 唯品会`), text.Set(`naver 네이버 ネイバー`), text.Set(`netease 网易`), text.Set(`lenovo 联想 聯想`), text.Set(`apple 苹果 蘋果 アップル 애플`),
	text.Set(`google 谷歌 グーグル 구글`), text.Set(`facebook 脸书 脸谱 臉書 フェイスブック 페이스북`), text.Set(`tiktok 抖音 douyin 틱톡`),
	text.Set(`amazon 亚马逊 亞馬遜 アマゾン 아마존`),
	text.Set(`nvidia 英伟达 輝達 エヌビディア 엔비디아`), text.Set(`intel 英特尔 英特爾 インテル 인텔`), text.Set(`samsung 三星 サムスン 삼성`), text.Set(`tesla 特斯拉 テスラ 테슬라`),
	text.Set(`toyota 丰田 豐田 トヨタ 도요타`), text.Set(`sony 索尼 ソニー 소니`), text.Set(`hyundai 现代 現代 ヒュンダイ 현대`),
	text.Set(`tsmc 台积电 台積電`), text.Set(`foxconn 富士康`),
	text.Set(`tokyo 东京 東京 도쿄 токио`), text.Set(`kyoto 京都 교토`), text.Set(`osaka 大阪 오사카`), text.Set(`seoul 首尔 首爾 ソウル 서울`),
	text.Set(`hongkong 香港 홍콩`),
	text.Set(`taipei 台北 臺北`), text.Set(`moscow москва москве москвы 莫斯科 モスクワ 모스크바`),
	text.Set(`kremlin kreml cremlino кремль кремля кремле 克里姆林宫`),
	text.Set(`munich münchen munchen`), text.Set(`cologne köln koln`), text.Set(`vienna wien`), text.Set(`zurich zürich`),
	text.Set(`nuremberg nürnberg nurnberg`),
	text.Set(`bavaria bayern`), text.Set(`rome roma rom`), text.Set(`milan milano mailand`),
	text.Set(`florence firenze florenz`), text.Set(`venice venezia venedig`),
	text.Set(`lisbon lisboa lissabon`), text.Set(`seville sevilla`), text.Set(`brussels bruxelles brüssel brussel`),
	text.Set(`geneva genève geneve genf ginebra`),
	text.Set(`warsaw warszawa warschau`), text.Set(`prague praha prag praze prahy`), text.Set(`copenhagen københavn kopenhagen`),
	text.Set(`london londres londra`),
	text.Set(`microsoft 微软 微軟 msft`), text.Set(`gpt chatgpt`), text.Set(`macos osx mac macs`), text.Set(`iphone iphones ios`),
}

// makers are firms by the products that everybody knows to be theirs: of a page
// on the iPhone a comment may name Apple. Products are folded.
var makers = map[string]string{
	"apple":     "iphone ipad macos ios macbook safari siri watchos xcode",
	"microsoft": "windows azure xbox copilot teams outlook powershell typescript vscode",
	"google":    "android gemini chrome chromium pixel gmail youtube tensorflow deepmind waymo", "openai": "chatgpt gpt codex sora",
	"anthropic": "claude", "meta": "llama instagram whatsapp facebook pytorch", "amazon": "aws kindle alexa s3 ec2", "oracle": "java mysql",
	"samsung": "galaxy", "sony": "playstation", "nintendo": "switch", "nvidia": "cuda geforce blackwell", "mozilla": "firefox thunderbird",
	"apache": "kafka spark airflow cassandra", "alibaba": "qwen", "mistral": "mixtral", "ibm": "watson", "valve": "steam",
	"jetbrains": "kotlin intellij", "hashicorp": "terraform", "atlassian": "jira confluence", "canonical": "ubuntu", "cpython": "python",
}

// generic are capitalised words that name no particular thing: the trade's
// acronyms, days, months, and what a writer may say of any page. They are never
// looked for. They stand in folded form; knownName tries the stem of a word as
// well.
var generic = text.Set(`ai ml llm llms llmops mlops nlp rag api apis sdk cli gui ui ux url urls uri http https html css xml json jsonl
	yaml toml csv pdf sql nosql orm
	rest rpc grpc tls ssl ssh tcp udp ip ipv4 ipv6 dns vpn cdn cpu cpus gpu gpus tpu ram ssd os vm vms vpc iot ide ci cd cicd devops sre
	qa faq pr prs pos poc mvp kpi kpis roi sla slo
	saas paas iaas b2b b2c it tech hr pm ceo cto cfo coo vp phd ok tv dvd usb 3d 2d 5g 4k 8k ar vr xr id ids db crud etl elt olap oltp dag
	dags gc jit wasm ast lsp cot sft rlhf dpo ppo moe
	asr tts ocr cv gan gans cnn rnn lstm vae mcp a2a qps p95 p99 p50 f1 bleu rouge diy rd ip gdpr pii sso oauth jwt rbac csrf xss cve cves ddos
	tldr ps eg ie vs usd eur gbp am pm et pt est pst gmt utc ad bc covid covid19 dna rna
	monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november
	december
	mon tue wed thu fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec spring summer autumn fall winter christmas
	internet web english earth god i im ive id ill mr mrs ms dr prof sir st north south east west northern southern eastern western
	chief executive officer president director minister senator professor doctor
	unicode ascii utf8 utf16 linux unix windows bash git docker markdown latex regex
	article page post author authors paper report readme faqs changelog license licence todo kb mb gb tb pb kib mib gib tib
	ghz mhz khz kw mw gw
	celsius fahrenheit kelvin kbit mbit gbit tbit kbps mbps gbps tbps alpha beta rc lts ga fy
	kwh mwh gwh kmh fps dpi usb hdmi wifi bluetooth pc pcs nasdaq isbn issn doi gpl mit bsd
	us usa uk eu un venti trenta quaranta cinquanta sessanta settanta ottanta novanta`)

// starters are words that begin sentences. Their capital says nothing; as an
// acronym or with an inner capital they are names all the same.
var starters = text.Set(`the a an this that these those it its he she they we you his her their our my your who what when where why how
	which while
	in on at by for from to of with without within among amid across after before during since until under over through throughout between
	beyond despite because
	as if although though unless whereas whether so yet but and or nor not no also however moreover furthermore meanwhile therefore thus
	hence instead otherwise nevertheless nonetheless
	some many most much more few several all both each every either neither any other others another such same one two three four five six
	seven eight nine ten
	first second third last next finally overall additionally similarly notably specifically especially currently recently today now then
	there here once still even just only
	everyone everything someone something anyone nobody nothing users people readers developers engineers researchers teams customers
	companies experts critics analysts officials investors
	work code data text software research evidence news use part time life half water money key new early later recent good better best
	high low big small large long short
	according based given due thanks compared unlike like rather perhaps maybe indeed besides plus including regarding concerning
	set let make take see note think keep get go put run use try read start end add build
	performance quality cost price access support share growth demand supply power energy health speed scale progress success failure risk
	trust interest traffic
	piece guide story review study survey analysis post thread page paper article author summary video podcast project tool library release`)

// singularVerbs follow a subject in the singular, and are no nouns.
var singularVerbs = text.Set(`is was has says said provides introduces introduced announced announces released adds lets allows enables
	aims wants believes argues
	explains includes acquired will became becomes makes gives brings does did can could would may launched launches unveiled confirmed
	told relies remains requires runs sells works keeps takes needs shows writes reads stores sends gets finds wrote led joined
	founded asked answered reported published designed developed created started began received owns operates hosts sponsors
	helps ships handles followed donated contributed invested
	supports offers uses used built lacks predicts predicted warned claims claimed stated noted`)
