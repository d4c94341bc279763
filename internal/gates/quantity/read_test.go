package quantity

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestNumbersAreReadInEachLanguage: the likeliest reading of the first number,
// in the base of its unit.
func TestNumbersAreReadInEachLanguage(t *testing.T) {
	tests := []struct {
		lang, text string
		want       string // value in the base, and dimension
	}{
		{"en", "an hour and a half", "5400 time"},
		{"en", "two and a half hours", "9000 time"},
		{"en", "half an hour", "1800 time"},
		{"en", "half a million users", "5e+05"},
		{"en", "a quarter of an hour", "900 time"},
		{"en", "one and a half million", "1.5e+06"},
		{"en", "twenty-first place", "21"},
		{"en", "three hundred and twenty-five users", "325"},
		{"en", "two thirds of it", "0.6667 share"},
		{"en", "a dozen files", "12"},
		{"en", "two dozen files", "24"},
		{"en", "10^9 rows", "1e+09"},
		{"en", "10⁹ rows", "1e+09"},
		{"en", "1.5 × 10^6 rows", "1.5e+06"},
		{"en", "2^32 rows", "4.295e+09"},
		{"en", "1e9 rows", "1e+09"},
		{"en", "1_000_000 rows", "1e+06"},
		{"en", "1,187 rows", "1187"},
		{"en", "2.5 crore users", "2.5e+07"},
		{"en", "12 lakh users", "1.2e+06"},
		{"en", "$5m", "5e+06 USD"},
		{"en", "16GB", "1.6e+10 data"},
		{"en", "sixteen gigabytes", "1.6e+10 data"},
		{"en", "1.8 TB", "1.8e+12 data"},
		{"en", "3 pm", "15 clock"},
		{"en", "3:30 p.m.", "15.5 clock"},
		{"en", "the nineties", "1990"},
		{"en", "twice", "2 times"},
		{"en", "1¾ hours", "6300 time"},
		{"en", "٢٥٠ rows", "250"},
		{"en", "２５０ rows", "250"},
		{"de", "3,2 Mrd. Euro", "3.2e+09 EUR"},
		{"de", "450 Mio. Euro", "4.5e+08 EUR"},
		{"de", "siebzehn Prozent", "17 percent"},
		{"de", "zweihundertfünfundzwanzig", "225"},
		{"de", "anderthalb Stunden", "5400 time"},
		{"de", "zwei Drittel", "0.6667 share"},
		{"de", "eine halbe Million", "5e+05"},
		{"de", "1.234.567 Anschlüsse", "1.235e+06"},
		{"de", "neunzehnhundert", "1900"},
		{"fr", "quatre-vingt-dix-neuf", "99"},
		{"fr", "soixante et onze", "71"},
		{"fr", "trois milliards d'euros", "3e+09 EUR"},
		{"fr", "une heure et demie", "5400 time"},
		{"fr", "12,5 %", "12.5 percent"},
		{"fr", "mille deux cents", "1200"},
		{"fr", "500 Go", "5e+11 data"},
		{"es", "mil millones de dólares", "1e+09 USD"},
		{"es", "treinta y cinco", "35"},
		{"es", "dos mil quinientos", "2500"},
		{"es", "una hora y media", "5400 time"},
		{"es", "3,5 millones", "3.5e+06"},
		{"es", "el 12 por ciento", "12 percent"},
		{"pt", "dois bilhões de reais", "2e+09 BRL"},
		{"pt", "dois mil milhões de euros", "2e+09 EUR"},
		{"pt", "vinte e cinco", "25"},
		{"pt", "12 por cento", "12 percent"},
		{"ru", "два миллиарда рублей", "2e+09 RUB"},
		{"ru", "3,2 млрд руб.", "3.2e+09 RUB"},
		{"ru", "полтора часа", "5400 time"},
		{"ru", "полчаса", "1800 time"},
		{"ru", "две трети", "0.6667 share"},
		{"ru", "двадцать пять процентов", "25 percent"},
		{"ru", "два с половиной года", "7.889e+07 time"},
		{"zh", "四百一十二行", "412"},
		{"zh", "一点八太字节", "1.8e+12 data"},
		{"zh", "四十分钟", "2400 time"},
		{"zh", "十分钟", "600 time"},
		{"zh", "十分重要", ""},
		{"zh", "一个月", "2.63e+06 time"},
		{"ja", "一時間半", "5400 time"},
		{"zh", "十一周", "6.653e+06 time"},
		{"zh", "三亿用户", "3e+08"},
		{"zh", "1.2亿", "1.2e+08"},
		{"zh", "三分之二", "0.6667 share"},
		{"zh", "百分之三十五", "35 percent"},
		{"zh", "一个半小时", "5400 time"},
		{"zh", "两年半", "7.889e+07 time"},
		{"zh", "二〇二六", "2026"},
		{"ja", "3億2000万円", "3.2e+08 JPY"},
		{"ja", "1兆円", "1e+12 JPY"},
		{"ja", "十五万人", "1.5e+05"},
		{"ja", "三分の二", "0.6667 share"},
		{"ja", "1時間半", "5400 time"},
		{"ja", "平成十六年", "2004"},
		{"ja", "3割", "30 percent"},
		{"ko", "1억 2천만 원", "1.2e+08 KRW"},
		{"ko", "3만 명", "3e+04"},
		{"ko", "이십오 명", "25"},
		{"ko", "한 시간 반", "5400 time"},
		{"ko", "2조 원", "2e+12 KRW"},
		{"hi", "5 लाख", "5e+05"},
	}
	for _, tt := range tests {
		got := ""
		if n := Read(tt.text, tt.lang).Numbers; len(n) > 0 && len(n[0].Readings) > 0 {
			r := n[0].Readings[0]
			got = strings.TrimSpace(fmt.Sprintf("%.4g %s", r.Base(), r.Unit.Dim))
		}
		if got != tt.want {
			t.Errorf("%s %q: got %q, want %q", tt.lang, tt.text, got, tt.want)
		}
	}
}

func TestDatesAreRead(t *testing.T) {
	for _, tt := range []struct{ lang, text, want string }{
		{"en", "on May 5 2026, at", "2026-5-5"},
		{"en", "on 5 May 2026", "2026-5-5"},
		{"en", "on the 5th of May, 2026", "2026-5-5"},
		{"en", "in May 2026", "2026-5-0"},
		{"en", "on 2026-05-05T10:00Z", "2026-5-5"},
		{"en", "Nov. 18th", "0-11-18"},
		{"de", "am 5. Mai 2026", "2026-5-5"},
		{"de", "am 05.05.2026", "2026-5-5"},
		{"fr", "le 1er mai 2026", "2026-5-1"},
		{"es", "el 5 de mayo de 2026", "2026-5-5"},
		{"pt", "em 5 de maio de 2026", "2026-5-5"},
		{"ru", "5 мая 2026 г.", "2026-5-5"},
		{"zh", "2026年5月5日", "2026-5-5"},
		{"zh", "二〇二六年五月五日", "2026-5-5"},
		{"ja", "5月5日", "0-5-5"},
		{"ko", "2026년 5월 5일", "2026-5-5"},
	} {
		got := ""
		if d := Read(tt.text, tt.lang).Dates; len(d) > 0 {
			got = fmt.Sprintf("%d-%d-%d", d[0].Year, d[0].Month, d[0].Day)
		}
		if got != tt.want {
			t.Errorf("%s %q: got %q, want %q", tt.lang, tt.text, got, tt.want)
		}
	}
}

func TestReadingTakesLinearTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute with the race detector, and nothing runs beside it")
	}
	for _, lang := range []string{"en", "de", "ru", "zh", "ko"} {
		for _, unit := range []string{"1 1 1 1 ", "one and ", "十", "万亿", "May 5 ", "hundred ", "한", "a half ", "1,000,", "中文字", "слово "} {
			text := strings.Repeat(unit, 1<<16/len(unit))
			began := time.Now()
			if n := len(Read(text, lang).Numbers); n > MaxNumbers+1 {
				t.Errorf("%s %q: %d numbers", lang, unit, n)
			}
			if d := time.Since(began); d > time.Minute {
				t.Errorf("%s %q took %v", lang, unit, d)
			} else if testing.Verbose() && d > time.Second {
				t.Logf("%s %q took %v", lang, unit, d)
			}
		}
	}
}
