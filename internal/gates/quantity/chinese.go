package quantity

// chinese serves simplified and traditional writing. How numerals of this
// script are put together is in han.go.
var chinese = language("zh", `
decimal: point
han: yes
scale: 万=1e4 萬=1e4 亿=1e8 億=1e8 兆=1e12,1e6? 千=1e3 百=1e2 百万=1e6 百萬=1e6 千万=1e7 千萬=1e7 百亿=1e10 千亿=1e11 万亿=1e12 萬億=1e12 打=12?
half: 半
about: 约 大约 大概 近 约为 左右 大致 約 大約
over: 超过 超 逾 多于 至少 以上 高于 突破 余 多 超過 突破了 过 达到 高达 多达
under: 近 将近 不到 接近 少于 低于 以下 以内 不足 接近于 最多 几乎 至多 未满
relative: 去年 明年 前年 昨天 明天 上月 上个月 下个月 前 后 今年
counter: 个 個
unit: time 1e-3 = 毫秒
unit: time 1e-6 = 微秒
unit: time 1e-9 = 纳秒 奈秒
unit: time 1 = 秒 秒钟 秒鐘
unit: time 60 = 分钟 分鐘 分?
unit: clock 1 = 点钟 點鐘 点? 點? 时?
unit: time 900 = 刻钟 刻鐘
unit: time 3600 = 小时 小時 钟头 鐘頭
unit: time 86400 = 天 日? 晚? 夜?
unit: time 604800 = 周 星期 礼拜 週 禮拜
unit: time 2629800 = 月? 个月 個月
unit: time 31557600 = 年 周年 年间 週年 周岁 周歲 岁? 歲?
unit: time 315576000 = 年代?
unit: time 3155760000 = 世纪? 世紀?
unit: length 1e-3 = 毫米
unit: length 1e-2 = 厘米 公分
unit: length 1 = 米 公尺
unit: length 1e3 = 公里 千米
unit: length 500 = 里?
unit: length 1e-9 = 纳米 奈米
unit: length 1e-6 = 微米
unit: length 1609.344 = 英里 哩
unit: length 0.3048 = 英尺 呎
unit: length 0.0254 = 英寸 吋 寸?
unit: mass 1 = 克
unit: mass 1e3 = 公斤 千克
unit: mass 500 = 斤
unit: mass 1e6 = 吨 噸 公吨
unit: volume 1 = 升 公升
unit: area 1e4 = 公顷 公頃
unit: area 666.667 = 亩 畝
unit: data 1 = 字节 位元組 字節
unit: data 1e3 = 千字节
unit: data 1e6 = 兆字节 兆?
unit: data 1e9 = 吉字节 千兆字节
unit: data 1e12 = 太字节
unit: data 1e15 = 拍字节
unit: power 1 = 瓦 瓦特
unit: power 1e3 = 千瓦
unit: power 1e6 = 兆瓦
unit: power 1e9 = 吉瓦
unit: frequency 1 = 赫兹 赫茲
unit: frequency 1e6 = 兆赫
unit: frequency 1e9 = 吉赫
unit: percent 1 = 个百分点 個百分點 百分点 百分點
unit: percent 10 = 成?
unit: times 1 = 倍
unit: USD 1 = 美元 美金
unit: EUR 1 = 欧元 歐元
unit: GBP 1 = 英镑 英鎊
unit: JPY 1 = 日元 日圆 日圓
unit: CNY 1 = 元? 人民币 块? 圓? 人民幣
unit: TWD 1 = 新台币 新臺幣 台币 新台幣
unit: HKD 1 = 港元 港币 港幣
unit: RUB 1 = 卢布 盧布
unit: INR 1 = 卢比 盧比
unit: KRW 1 = 韩元 韓元 韩圆
unit: temperature 1 = 度? 摄氏度? 攝氏度?
`)
