package quantity

// How numerals of this script are put together is in han.go.
var japanese = language("ja", `
decimal: point
han: yes
scale: 万=1e4 億=1e8 兆=1e12 千=1e3 百=1e2 百万=1e6 千万=1e7 百億=1e10 千億=1e11 ダース=12
half: 半
about: 約 およそ 大体 ほぼ 程度 前後 ぐらい くらい 概ね
over: 以上 超 超える 超え 余り あまり 上回る 突破 最低 少なくとも 強 越える
under: 以下 未満 弱 近く 約 最大 以内 近い 下回る
relative: 昨年 去年 来年 翌年 前年 昨日 明日 先月 来月 翌月 前 後 今年
counter: 個 つ
unit: time 1e-3 = ミリ秒
unit: time 1e-6 = マイクロ秒
unit: time 1e-9 = ナノ秒
unit: time 1 = 秒 秒間
unit: time 60 = 分間 分?
unit: clock 1 = 時
unit: time 3600 = 時間
unit: time 86400 = 日間 日? 泊? 営業日
unit: time 604800 = 週間 週
unit: time 2629800 = か月 ヶ月 カ月 ケ月 箇月 ヵ月 か月間 ヶ月間 カ月間 月?
unit: time 31557600 = 年間 年 周年 歳? 才? か年 カ年
unit: time 315576000 = 年代?
unit: time 3155760000 = 世紀?
unit: length 1e-3 = ミリ? ミリメートル
unit: length 1e-2 = センチ センチメートル
unit: length 1 = メートル
unit: length 1e3 = キロメートル キロ?
unit: length 1e-9 = ナノメートル
unit: length 1609.344 = マイル
unit: length 0.3048 = フィート
unit: length 0.0254 = インチ
unit: mass 1 = グラム
unit: mass 1e3 = キログラム キロ?
unit: mass 1e6 = トン
unit: volume 1 = リットル
unit: area 1e4 = ヘクタール
unit: data 1 = バイト
unit: data 1e3 = キロバイト
unit: data 1e6 = メガバイト メガ?
unit: data 1e9 = ギガバイト ギガ?
unit: data 1e12 = テラバイト テラ?
unit: data 1e15 = ペタバイト
unit: power 1 = ワット
unit: power 1e3 = キロワット
unit: power 1e6 = メガワット
unit: power 1e9 = ギガワット
unit: frequency 1 = ヘルツ
unit: frequency 1e6 = メガヘルツ
unit: frequency 1e9 = ギガヘルツ
unit: percent 1 = パーセント ポイント?
unit: percent 10 = 割
unit: times 1 = 倍
unit: USD 1 = ドル 米ドル
unit: EUR 1 = ユーロ
unit: GBP 1 = ポンド?
unit: JPY 1 = 円
unit: CNY 1 = 元? 人民元
unit: RUB 1 = ルーブル
unit: INR 1 = ルピー
unit: KRW 1 = ウォン
unit: temperature 1 = 度?
`)
