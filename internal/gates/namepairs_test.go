package gates

import (
	"testing"

	"github.com/technoshare/commentator/internal/job"
)

// TestNamesAcrossLanguages holds what a comment in English, or in another
// language, may call what the page names.
func TestNamesAcrossLanguages(t *testing.T) {
	const (
		russian  = "Илон Маск рассказал о новой версии ClickHouse, которую Яндекс выпустил в Москве. Сотрудники компании объяснили, как устроено хранение данных и почему запросы выполняются быстро. Япония и Германия тоже участвуют в проекте, как сообщил Сергей Брин."
		chinese  = "马斯克表示，百度和腾讯将在北京发布新的语言模型。陈墨林负责数据集，团队用了十一周时间完成迁移工作。谷歌和英伟达也参加了这个项目，日本和德国的公司提供了服务器。维基百科是主要的数据来源。"
		japanese = "イーロン・マスク氏は、グーグルとルネサスが新しいモデルを開発していると述べた。東京の会議では、石破首相と田中氏が計画を説明した。日本とドイツの企業がデータを提供し、エネルギー基本計画に基づいて進められる。"
		korean   = "머스크는 구글과 네이버가 새로운 언어 모델을 개발하고 있다고 말했다. 김서윤 연구원은 세종 말뭉치를 사용했으며, SPDY와 QUIC를 비교했다. 독일과 일본의 기업들도 참여했고 위키백과가 주요 데이터 출처이다."
		german   = "Die Stadt München und das Bundesamt für Sicherheit haben mit dem Entwickler Wichert Akkerman über die neue Version gesprochen. Die Firma SAP aus Walldorf und das Werk in Köln liefern die Server, und die Universität in Zürich prüft die Ergebnisse des Projekts."
		english  = "The Berkeley team around Michael Stonebraker built the database at the University of California. Andrew Yu and Jolly Chen added an interpreter. World Health Organization data were loaded with OpenTelemetry and kFreeBSD tools, and the release notes describe how it works."
	)
	for _, tt := range []struct {
		lang, page, comment, output string
		want                        belief
	}{
		{"ru", russian, "They say that Elon Musk praised it.", "en", right},
		{"ru", russian, "They say that Musk's team met Yandex in Moscow.", "en", right},
		{"ru", russian, "They say that Japan and Germany take part, and Sergey Brin too.", "en", right},
		{"ru", russian, "They say that Katherine Bouman praised it.", "en", wrong},
		{"ru", russian, "They say that the Volga Software Foundation pays for it.", "en", wrong},
		{"ru", russian, "They say that it works with TurboWire.", "en", wrong},
		{"ru", russian, "They say that Kaspersky Data is a partner.", "en", wrong},
		{"zh", chinese, "They say that Musk praised Baidu and Tencent.", "en", right},
		{"zh", chinese, "They say that Chen Molin made it in Beijing.", "en", right},
		{"zh", chinese, "They say that Google and Nvidia use Wikipedia.", "en", right},
		{"zh", chinese, "They say that firms of Japan and German ones gave servers.", "en", right},
		{"zh", chinese, "They say that Zhou Haitao made it.", "en", wrong},
		{"zh", chinese, "They say that Lindorm Labs helped.", "en", wrong},
		{"zh", chinese, "They say that Huawei helped.", "en", wrong},
		{"ja", japanese, "They say that Elon Musk met Google and Renesas in Tokyo.", "en", right},
		{"ja", japanese, "They say that Prime Minister Ishiba explained the Basic Energy Plan.", "en", right},
		{"ja", japanese, "They say that Germany and Japan gave data.", "en", right},
		{"ja", japanese, "They say that Kansai gave data.", "en", wrong},
		{"ja", japanese, "They say that Motokawa gave data.", "en", doubt},
		{"ja", japanese, "They say that OpenPose Ultra is used.", "en", wrong},
		{"ja", japanese, "They say that Katherine Bouman came.", "en", wrong},
		{"ko", korean, "They say that Musk spoke of Google and Naver.", "en", right},
		{"ko", korean, "They say that Kim Seo-yun used the Sejong corpus.", "en", right},
		{"ko", korean, "They say that SPDY and QUIC were compared with Wikipedia.", "en", right},
		{"ko", korean, "They say that Coupang gave data.", "en", wrong},
		{"ko", korean, "They say that Wakelet gave data.", "en", wrong},
		{"de", german, "They say that Munich, Cologne and Zurich take part.", "en", right},
		{"de", german, "They say that the Federal Office for Security met Wichert Akkerman.", "en", right},
		{"de", german, "They say that Hendrik Vossler spoke.", "en", wrong},
		{"de", german, "They say that Reykjavik, Cologne and Walldorf take part.", "en", wrong},
		{"de", german, "Nach Angaben der Stadt hat der Entwickler Hendrik Vossler über die neue Version gesprochen und die Firma gelobt.", "de", wrong},
		{"de", german, "Nach Angaben der Stadt hat der Entwickler Wichert Akkerman über die neue Version gesprochen und das Ergebnis gelobt.", "de", right},
		{"de", german, "Nach Angaben der Behörde des Landes wird der Beitrag von Akkerman und der Nutzen der Anlage im Herbst geprüft.", "de", right},
		{"en", english, "They say that Stonebraker's team and the WHO used OTel and FreeBSD.", "en", right},
		{"en", english, "They say that two CDs, a README and 8 GB were used in Q4.", "en", right},
		{"en", english, "Kowalczyk's note tells how it works.", "en", wrong},
		{"en", english, "They say that the loader is written in Rust.", "en", wrong},
		{"en", english + "\n\n```\nfn main() {}\n```", "They say that the loader is written in Rust.", "en", doubt},
		{"en", english, "Oracle Labs paid for it, they say.", "en", wrong},
		{"en", english, "Rancher and OpenTelemetry were used, they say.", "en", wrong},
		{"en", english, "Linode offers servers for it, they say.", "en", wrong},
	} {
		ev := &job.Evidence{Text: tt.page, Lang: tt.lang, Coverage: job.CoverageFull}
		v := checkNames(newInput(ev, &job.Comment{Summary: tt.comment}, Options{Language: tt.output}))
		got := wrong
		switch {
		case v.passed:
			got = right
		case v.doubtful:
			got = doubt
		}
		if got != tt.want {
			t.Errorf("%s: %q: %d, want %d: %s", tt.lang, tt.comment, got, tt.want, v.detail)
		}
	}
}

// TestDoubtsAreReportedAndBlockNothing: the text of a doubt is in the report, as
// a warning of its gate.
func TestDoubtsAreReportedAndBlockNothing(t *testing.T) {
	p := pages(t)["europa"]
	e, r := p.evidence(), clone(p.Good[0])
	e.Text += "\n\nIn spring 80 people came, and 120 in autumn."
	r.TLDR[1] = "Together the two meetings had 200 guests from the whole country."
	rep := Check(e, r, p.options())
	if !rep.Passed() {
		t.Fatalf("blocked: %v", rep.Failures())
	}
	if w := rep.Warnings(); len(w) != 1 || w[0] != "numbers: in doubt, not on the page: “200” in the tldr item 2" {
		t.Errorf("warnings %q", w)
	}
	r.TLDR[0] = "Some 7,341 others read of it in the papers on the next day."
	rep = Check(e, r, p.options())
	if f := rep.Failures(); len(f) != 1 || f[0] != "numbers: not on the page: “7,341” in the tldr item 1; in doubt: “200” in the tldr item 2" {
		t.Errorf("failures %q", f)
	}
}
