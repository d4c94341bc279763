package sound

import (
	_ "embed" // for the table
	"strings"
	"sync"
)

//go:embed pinyin.txt
var pinyinTable string

// pinyin has the commonest reading of each Chinese character. It is made when
// the first page in this script is read.
var pinyin = sync.OnceValue(func() map[rune]string {
	m := make(map[rune]string, 10_000)
	for line := range strings.SplitSeq(strings.TrimSpace(pinyinTable), "\n") {
		syllable, chars, _ := strings.Cut(line, " ")
		for _, r := range chars {
			m[r] = syllable
		}
	}
	return m
})

// transcribing are the characters that names of other languages are written
// with in Chinese. A row of them is taken for such a name.
const transcribing = "阿埃艾安奥澳巴贝本比伯布博波查达戴丹德登迪蒂丁杜顿多恩尔法凡菲费芬弗福夫盖格戈古哈海赫亨胡霍华惠基吉加佳杰金卡凯坎康科克肯孔库奎拉莱兰朗劳雷里利林琳卢鲁伦罗洛马迈麦曼" +
	"梅蒙米莫姆穆纳内尼诺努欧帕潘佩皮普奇齐乔琼萨塞桑森沙山史斯舒顺苏索塔泰坦汤特提图托瓦万威韦维温沃伍西希锡夏香肖谢辛休修雅亚扬耶伊英尤约泽扎詹珍芝朱兹佐脸谷歌推优步" +
	"爾爾爾貝費蓋華傑凱蘭勞萊雷倫羅馬邁麥納內諾歐齊喬瓊薩蘇湯圖萬韋維溫亞揚約澤紮蓮達戴東喬"
