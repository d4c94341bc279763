package gates

import "strings"

// japaneseReadings are places, families and firms of Japan that are written in
// Chinese characters, by their reading in Latin letters: the prefectures and
// regions, large cities, frequent family names and those of prime ministers. A
// name of this list is on a page when its characters are; the reading of others
// cannot be told, so that they stay in doubt.
var japaneseReadings = func() map[string]string {
	m := map[string]string{}
	for pair := range strings.FieldsSeq(`hokkaido:北海道 aomori:青森 iwate:岩手 miyagi:宮城 akita:秋田 yamagata:山形 fukushima:福島 ibaraki:茨城 tochigi:栃木
		gunma:群馬 saitama:埼玉 chiba:千葉 tokyo:東京 kanagawa:神奈川 niigata:新潟 toyama:富山 ishikawa:石川 fukui:福井 yamanashi:山梨 nagano:長野 gifu:岐阜
		shizuoka:静岡 aichi:愛知 mie:三重 shiga:滋賀 kyoto:京都 osaka:大阪 hyogo:兵庫 nara:奈良 wakayama:和歌山 tottori:鳥取 shimane:島根 okayama:岡山
		hiroshima:広島 yamaguchi:山口 tokushima:徳島 kagawa:香川 ehime:愛媛 kochi:高知 fukuoka:福岡 saga:佐賀 nagasaki:長崎 kumamoto:熊本 oita:大分
		miyazaki:宮崎 kagoshima:鹿児島 okinawa:沖縄 kanto:関東 kansai:関西 tohoku:東北 kyushu:九州 shikoku:四国 chubu:中部 kinki:近畿 yokohama:横浜
		kobe:神戸 sapporo:札幌 sendai:仙台 nagoya:名古屋 kawasaki:川崎 shinjuku:新宿 shibuya:渋谷 sato:佐藤 suzuki:鈴木 takahashi:高橋 tanaka:田中
		watanabe:渡辺 ito:伊藤 yamamoto:山本 nakamura:中村 kobayashi:小林 kato:加藤 yoshida:吉田 yamada:山田 sasaki:佐々木 matsumoto:松本 inoue:井上
		kimura:木村 hayashi:林 shimizu:清水 yamazaki:山崎 mori:森 abe:安倍 suga:菅 kishida:岸田 ishiba:石破 takaichi:高市 koizumi:小泉 kono:河野
		noda:野田 hatoyama:鳩山 fukuda:福田 aso:麻生 hitachi:日立 fujitsu:富士通 toshiba:東芝 nissan:日産 mitsubishi:三菱 mitsui:三井 sumitomo:住友
		nintendo:任天堂 rakuten:楽天 matsushita:松下 toyota:豊田 honda:本田`) {
		name, kanji, _ := strings.Cut(pair, ":")
		m[name] = kanji
	}
	return m
}()
