package sound

import (
	"strings"
	"testing"
	"time"
)

func TestNamesAreHeardInOtherScripts(t *testing.T) {
	for _, tt := range []struct {
		text, name string
		want       bool
	}{
		{"Илон Маск сказал", "Musk", true},
		{"встретил Маска", "Musk", true},
		{"Владимиром Путиным", "Putin", true},
		{"Чайковский", "Tchaikovsky", true},
		{"кремлевская диета", "Kremlin", true},
		{"Вебвизор", "Webvisor", true},
		{"Фонд Волга", "Volga", true},
		{"Хендрик Фосслер", "Hendrik", true},
		{"Microsoft и Яндекс", "Yandex", true},
		{"Сергей Брин", "Zuckerberg", false},
		{"Илон Маск сказал", "Kaspersky", false},
		{"Метрика хранит данные в ClickHouse", "TurboWire", false},
		{"马斯克表示", "Musk", true},
		{"扎克伯格表示", "Zuckerberg", true},
		{"陈墨林说", "Chen Molin", true},
		{"王宇说", "Wang Yu", true},
		{"百度搜索", "Baidu", true},
		{"比较发现了四百一十二行不同", "Kaspersky", false},
		{"团队用了十一周时间", "Lindorm", false},
		{"イーロン・マスク", "Musk", true},
		{"マイクロソフト", "Microsoft", true},
		{"グーグル", "Google", true},
		{"ファイアフォックス", "Firefox", true},
		{"ルネサス", "Renesas", true},
		{"エネルギー", "NeuroX", false},
		{"머스크는", "Musk", true},
		{"구글의", "Google", true},
		{"파이어폭스와", "Firefox", true},
		{"위키피디아에서", "Wikipedia", true},
		{"세종 말뭉치", "Sejong", true},
		{"김서윤", "Kim Seo-yun", true},
		{"카카오", "Kakao", true},
		{"데이터를 학습한 모델", "Coupang", false},
		{"Elon Musk said", "Маск", true},
	} {
		if got := NewIndex(tt.text).Has(tt.name); got != tt.want {
			t.Errorf("%q has %q: %v; %q %q", tt.text, tt.name, got, NewIndex(tt.text).others, sounds(latin(tt.name)))
		}
	}
}

func TestJapaneseNamesAreTold(t *testing.T) {
	for word, want := range map[string]bool{"Tanaka": true, "Ishiba": true, "Kansai": true, "Shinjuku": true, "Folkert": false, "Stripe": false,
		"Lindorm": false, "Honda": true, "Kenji": true} {
		if got := Romaji(word); got != want {
			t.Errorf("%s: %v", word, got)
		}
	}
}

func TestAnIndexTakesBoundedTime(t *testing.T) {
	began := time.Now()
	for _, unit := range []string{"Слово ", "中文字", "カタ ", "한국어 ", "Word "} {
		x := NewIndex(strings.Repeat(unit, 5<<20/len(unit)))
		for range 40 {
			x.Has("Kaspersky")
		}
	}
	if d := time.Since(began); d > time.Minute {
		t.Errorf("took %v", d)
	}
}
