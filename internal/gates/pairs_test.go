package gates

import (
	"testing"

	"github.com/technoshare/commentator/internal/job"
)

// TestNumbersAcrossLanguages holds what a comment may make of a number of the
// page: right, in doubt (reported, blocks nothing) or wrong. Each right one
// stands beside a wrong one.
func TestNumbersAcrossLanguages(t *testing.T) {
	type pair struct {
		lang, page, comment string
		want                belief
	}
	for _, tt := range []pair{
		// Versions.
		{"en", "The team released v4.2.0 today.", "Version 4.2.0 was released.", right},
		{"en", "The team released v4.2.0 today.", "Version 4.2.1 was released.", wrong},
		{"en", "The team released v4.2.0 today.", "Version 4.2 was released.", right},
		{"en", "It needs go1.26 to build.", "It needs Go 1.26.", right},
		{"en", "It needs go1.26 to build.", "It needs Go 1.27.", wrong},
		{"en", "It needs Go 1.26 to build.", "It needs go1.26.", right},
		{"en", "It needs Go 1.26 to build.", "It needs go1.25.", wrong},
		{"en", "Python 3.14 is the oldest one.", "It needs Python 3.14.", right},
		{"en", "Kernel 6.1.12 or later.", "It needs kernel 6.1.21.", wrong},
		{"en", "Upgrade to 1.24.12, 1.25.14 or 1.26.9.", "1.25.14 and 1.26.9 are safe.", right},
		{"en", "All of 2.x is deprecated, 3.x is not.", "Versions 2.x are deprecated.", right},
		{"en", "Use release-5.10-rc2.", "It is release 5.10.", right},
		// Data and other units.
		{"en", "It needs 16GB of memory.", "It needs 16 gigabytes of memory.", right},
		{"en", "It needs 16GB of memory.", "It needs 32 gigabytes of memory.", wrong},
		{"en", "It needs 16GB of memory.", "It needs 16 terabytes of memory.", wrong},
		{"en", "It freed 1,800 GB.", "It freed 1.8 terabytes.", right},
		{"en", "It freed 1,800 GB.", "It freed 18 terabytes.", wrong},
		{"en", "The limit is 2048 MB.", "The limit is 2 GB.", right},
		{"en", "It takes 90 minutes.", "It takes an hour and a half.", right},
		{"en", "It takes an hour and a half.", "It takes 90 minutes.", right},
		{"en", "It takes an hour and a half.", "It takes 80 minutes.", wrong},
		{"en", "It takes 40 minutes.", "It takes 40 hours.", wrong},
		{"en", "It takes 1 hour 30 minutes.", "It takes 90 minutes.", right},
		{"en", "The distance is 100 miles.", "The distance is 161 km.", right},
		{"en", "The distance is 100 miles.", "The distance is 250 km.", wrong},
		{"en", "It costs $40 a month.", "It costs 40 dollars a month.", right},
		{"en", "It costs €40 a month.", "It costs 40 dollars a month.", wrong},
		{"en", "It runs at 3.2 GHz.", "It runs at 3200 MHz.", right},
		{"en", "The answer took 250 ms.", "The answer took a quarter of a second.", right},
		{"en", "The limit is 32 TB, with 32 kB a page and 32 columns.", "The limit is 32 petabytes.", wrong},
		// Large numbers.
		{"en", "It has 10^9 rows.", "It has a billion rows.", right},
		{"en", "It has 10⁹ rows.", "It has a billion rows.", right},
		{"en", "It has 10^9 rows.", "It has a trillion rows.", wrong},
		{"en", "It has 2^20 entries.", "It has 1,048,576 entries.", right},
		{"en", "It has 1_000_000 rows.", "It has a million rows.", right},
		{"en", "It has 12 lakh users.", "It has 1.2 million users.", right},
		{"en", "It has 3.2M users.", "It has over 3 million users.", right},
		{"en", "It has 3.2M users.", "It has over 4 million users.", wrong},
		{"en", "It has 1,187 users.", "It has about 1,200 users.", right},
		{"en", "It has 1,187 users.", "It has about 1,400 users.", wrong},
		{"en", "It has 1,187 users.", "It has 1,178 users.", wrong},
		{"en", "It has half a million users.", "It has 500,000 users.", right},
		{"en", "It has 90,000 members, of a million people.", "It has more than 900,000 members.", wrong},
		{"en", "There are 24 files.", "There are two dozen files.", right},
		{"en", "There are 36 files.", "There are six dozen files.", wrong},
		// Shares.
		{"en", "It fell by 12.5%.", "It fell by an eighth.", right},
		{"en", "Two thirds of the users agreed.", "67% of the users agreed.", right},
		{"en", "2/3 of the users agreed.", "Two thirds of the users agreed.", right},
		{"en", "Two thirds of the users agreed.", "Three quarters of the users agreed.", wrong},
		{"en", "A quarter of the users agreed.", "25% of the users agreed.", right},
		{"en", "It doubled the speed.", "It is twice as fast.", right},
		{"en", "It grew by 70%.", "It grew by 17%.", wrong},
		{"en", "The share is 0.35.", "The share is 35%.", right},
		// Dates.
		{"en", "It comes on May 5 2026.", "It comes on 5 May 2026.", right},
		{"en", "It comes on May 5 2026.", "It comes on 7 May 2026.", wrong},
		{"en", "It comes on May 5 2026.", "It comes on 5 June 2026.", wrong},
		{"en", "It comes on 2026-05-05.", "It comes in May 2026.", right},
		{"en", "It comes on 2026-05-05.", "It comes in May 2027.", wrong},
		{"en", "It follows in Q4 2026.", "It follows in the fourth quarter of 2026.", right},
		{"en", "It follows in Q4 2026.", "It follows in 2026.", right},
		{"en", "It follows in Q4 2026.", "It follows in 2028.", wrong},
		{"en", "It began in 1994.", "It began in the nineties.", right},
		{"en", "It began in 1984.", "It began in the nineties.", wrong},
		{"en", "The call is at 15:00.", "The call is at 3 pm.", right},
		{"en", "The call is at 15:00.", "The call is at 4 pm.", wrong},
		{"en", "It was the 21st meeting.", "It was the twenty-first meeting.", right},
		{"en", "It was 10–15 percent.", "It was 10 to 15 percent.", right},
		{"en", "At 21:17 it began, at 21:28 it was reported.", "It was reported eleven minutes later.", doubt},
		{"en", "There were 150 people in one place and 50 in the other.", "There were some 200 people in all.", doubt},
		{"en", "Sales were 80 in spring and 120 in autumn.", "Together they sold 200.", doubt},
		// German.
		{"de", "Das Netz wuchs um 12,5 % auf 1.234.567 Anschlüsse.", "It grew by 12.5% to 1,234,567 connections.", right},
		{"de", "Das Netz wuchs um 12,5 % auf 1.234.567 Anschlüsse.", "It grew by 15.2% in the year.", wrong},
		{"de", "Er gab 3,2 Mrd. Euro aus, davon 450 Mio. Euro für Kabel.", "It spent 3.2 billion euros, 450 million of them for cables.", right},
		{"de", "Er gab 3,2 Mrd. Euro aus.", "It spent 3.2 million euros.", wrong},
		{"de", "Rund zwei Drittel aller Häuser.", "About two thirds of all houses.", right},
		{"de", "Erst siebzehn Prozent der Häuser.", "Only 17% of the houses.", right},
		{"de", "Es dauerte anderthalb Stunden.", "It took 90 minutes.", right},
		{"de", "Das sind fünfundzwanzig Leute.", "These are 25 people.", right},
		{"de", "Das sind fünfundzwanzig Leute.", "These are 52 people.", wrong},
		{"de", "Am 5. Mai 2026 ist es so weit.", "It happens on May 5, 2026.", right},
		{"de", "Eine Billion Euro Schulden.", "It has a trillion euros of debt.", right},
		// French.
		{"fr", "Il y a 1 234 567 abonnés et 3 milliards d'euros.", "It has 1,234,567 subscribers and 3 billion euros.", right},
		{"fr", "Il y a quatre-vingt-dix clients.", "It has 90 clients.", right},
		{"fr", "Il y a quatre-vingt-dix clients.", "It has 80 clients.", wrong},
		{"fr", "Le disque a 500 Go.", "The disk has 500 GB.", right},
		{"fr", "Après 5 minutes puis 40 secondes d'attente.", "It waits 5 minutes and 40 seconds.", right},
		{"fr", "Le délai est de 40 s, puis de 60 s.", "The delay is 100 seconds in all.", doubt},
		{"fr", "Une heure et demie plus tard, le 14 juillet 2025.", "It took 90 minutes on 14 July 2025.", right},
		// Spanish and Portuguese.
		{"es", "Costó dos mil millones de dólares.", "It cost two billion dollars.", right},
		{"es", "Costó dos mil millones de dólares.", "It cost two million dollars.", wrong},
		{"es", "El 35 por ciento de los 1.500 nodos.", "35% of the 1,500 nodes.", right},
		{"es", "Se publicó el 3 de marzo de 2024.", "It appeared on 3 March 2024.", right},
		{"es", "Se publicó el 3 de marzo de 2024.", "It appeared on 3 April 2024.", wrong},
		{"pt", "Custou 2,5 bilhões de reais.", "It cost 2.5 billion reais.", right},
		{"pt", "Custou 2,5 mil milhões de euros.", "It cost 2.5 billion euros.", right},
		{"pt", "São 25 páginas afetadas.", "It hits two dozen pages and one more.", right},
		{"pt", "Mais de vinte arquiteturas.", "More than 20 architectures.", right},
		{"pt", "Mais de vinte arquiteturas.", "More than 30 architectures.", wrong},
		// Russian.
		{"ru", "Он хранит 20,3 триллиона строк и 2 петабайта.", "It stores 20.3 trillion rows in 2 petabytes.", right},
		{"ru", "Он хранит 20,3 триллиона строк.", "It stores 20.3 billion rows.", wrong},
		{"ru", "Это стоит 3 миллиарда рублей.", "It costs 3 billion roubles.", right},
		{"ru", "Около 12 миллиардов событий.", "About 12 billion events.", right},
		{"ru", "Через полтора часа, 5 мая 2026 года.", "After 90 minutes, on 5 May 2026.", right},
		{"ru", "Более двадцати пяти компаний.", "More than 25 companies.", right},
		{"ru", "Более двадцати пяти компаний.", "More than 35 companies.", wrong},
		{"ru", "Максимум 1 048 576 (2^20) спейсов.", "At most 1,048,576 spaces.", right},
		// Chinese.
		{"zh", "比较发现了四百一十二行不同，用了十一周。", "A comparison of eleven weeks found 412 rows.", right},
		{"zh", "比较发现了四百一十二行不同。", "A comparison found 421 rows.", wrong},
		{"zh", "释放了一点八太字节，备份只需要四十分钟。", "It freed 1.8 terabytes, and a backup takes 40 minutes.", right},
		{"zh", "释放了一点八太字节。", "It freed 8.1 terabytes.", wrong},
		{"zh", "超过 3.5 亿用户，占三分之二。", "More than 350 million users, two thirds of all.", right},
		{"zh", "共 104 万个词条，压缩文件 519M。", "1.04 million entries, 519 MB packed.", right},
		{"zh", "发布于2024年12月19日。", "It came out on 19 December 2024.", right},
		{"zh", "发布于2024年12月19日。", "It came out on 9 December 2024.", wrong},
		{"zh", "约占百分之三十五。", "About 35 percent.", right},
		{"zh", "参加者须满 12 周岁。", "Participants must be twelve years old.", right},
		// Japanese.
		{"ja", "売上は1兆2000億円で、前年より3割増えた。", "Sales were 1.2 trillion yen, 30% more.", right},
		{"ja", "売上は1兆2000億円だった。", "Sales were 1.2 billion yen.", wrong},
		{"ja", "総議員の三分の二以上の賛成が必要。", "Two thirds of all members must agree.", right},
		{"ja", "平成十六年法律第百二十三号", "Act No. 123 of 2004.", right},
		{"ja", "最小単位は1億分の1ビットコインです。", "The smallest unit is a hundred-millionth of a bitcoin.", right},
		{"ja", "2,100万枚が上限です。", "The limit is 21 million coins.", right},
		{"ja", "2,100万枚が上限です。", "The limit is 210 million coins.", wrong},
		// Korean.
		{"ko", "총 1억 2천만 원을 모았다.", "It raised 120 million won.", right},
		{"ko", "총 1억 2천만 원을 모았다.", "It raised 12 million won.", wrong},
		{"ko", "2천 1백만 개가 한도입니다.", "The limit is 21 million.", right},
		{"ko", "직원의 3분의2가 답했다.", "Two thirds of the staff answered.", right},
		{"ko", "최대 12% 개선되었다.", "It became up to 12% better.", right},
		{"ko", "최대 12% 개선되었다.", "It became up to 30% better.", wrong},
		{"ko", "2026년 5월 5일에 나온다.", "It comes on 5 May 2026.", right},
	} {
		ev := &job.Evidence{Text: tt.page, Lang: tt.lang, Coverage: job.CoverageFull}
		v := checkNumbers(newInput(ev, &job.Comment{Summary: tt.comment}, Options{Language: "en"}))
		got := wrong
		switch {
		case v.passed:
			got = right
		case v.doubtful:
			got = doubt
		}
		if got != tt.want {
			t.Errorf("%s page %q, comment %q: %d, want %d: %s", tt.lang, tt.page, tt.comment, got, tt.want, v.detail)
		}
	}
}
