package gates

import (
	"testing"

	"github.com/technoshare/commentator/internal/job"
)

func TestNumbersAreComparedByValue(t *testing.T) {
	tests := []struct {
		page, comment string
		ok            bool
	}{
		{"It has 1,000 users.", "It has 1k users.", true},
		{"It has 1k users.", "It has 1000 users.", true},
		{"It has 1.000 Nutzer.", "It has 1,000 users.", true},
		{"It has 1 000 users.", "It has 1000 users.", true},
		{"It has 1 000 000 users.", "It has a million users.", true},
		{"It has 1'500'000 users.", "It has 1.5 million users.", true},
		{"It has 1,23,456 users.", "It has 123,456 users.", true},
		{"It has 2.5 crore users.", "It has 25 million users.", true},
		{"It has 1.5M users.", "It has 1.5 million users.", true},
		{"It has 1.5m users.", "It has 1,500,000 users.", true},
		{"It has 1.5 billion users.", "It has 1.5 million users.", false},
		{"It has 1,000 users.", "It has 10,000 users.", false},
		{"It has 10–20 million users.", "It has 10 million users.", true},
		{"It has between 10 and 20 million users.", "It has 20 million users or fewer.", true},
		{"It has 3億 users.", "It has 300 million users.", true},
		{"It has ٢٥٠ users.", "It has 250 users.", true},
		{"It has ２５０ users.", "It has 250 users.", true},
		{"Es kostet 12,9 Mrd. Euro.", "It costs 12.9 billion euros.", true},
		{"Es kostet 3,5 Millionen Euro.", "It costs €3.5m.", true},

		{"It rose by 35 per cent.", "It rose by 35%.", true},
		{"It rose by thirty-five percent.", "It rose by 35 %.", true},
		{"The share is 0.35 of all.", "The share is 35% of all.", true},
		{"It rose by 35 per cent.", "It rose by 3.5%.", false},
		{"It rose by 5 percent.", "It rose by 6%.", false},
		{"It is 5x faster.", "It is 5× faster.", true},
		{"It is 5x faster.", "It is 50x faster.", false},
		{"It takes 5 ms.", "It takes 8ms.", false},
		{"A scan takes 2m 18s now.", "A scan takes 138 seconds.", true},
		{"A scan takes 2m18s now.", "A scan takes 138 seconds.", true},
		{"A scan takes 1h30m now.", "A scan takes 90 minutes.", true},
		{"A scan takes 138 seconds.", "A scan takes 2m 18s now.", true},
		{"A scan takes 2m 18s now.", "A scan takes 148 seconds.", false},
		{"It rises 30 m in 10 s.", "It takes 1810 seconds.", false},

		{"It raised $12,947,000,000.", "It raised $12.9 billion.", true},
		{"It raised $12.9bn.", "It raised nearly 13 billion dollars.", true},
		{"It raised $12.9bn.", "It raised 13 billion dollars.", true},
		{"It raised $12.9bn.", "It raised over 20 billion dollars.", false},
		{"It has 5,213 users.", "It has more than 5,000 users.", true},
		{"It has 5,213 users.", "It has 5.2k users.", true},
		{"It has 5,213 users.", "It has 5.3k users.", false},
		{"It has 390.2 files.", "It has roughly 400 files.", true},

		{"It began in 2019.", "It began in 2018.", false},
		{"It began in 1994.", "It began in the 1990s.", true},
		{"It began in 1984.", "It began in the 1990s.", false},
		{"It began on 2019-11-18.", "It began on November 18, 2019.", true},
		{"It began on Nov. 18th.", "It began on the 18th of November.", true},
		{"It began on Nov. 18th.", "It began on the 28th of November.", false},
		{"It is the twentieth time.", "It is the 20th time.", true},
		{"It belongs to our time.", "It belongs to the 21st century.", true},

		{"It needs Python 3.12.1.", "It needs Python 3.12.", true},
		{"It needs version 3.12.1.", "It needs version 3.12.1 or later.", true},
		{"It needs version 3.12.1.", "It needs version 3.12.2 or later.", false},
		{"It needs v1.41.1.", "It needs v1.42.", false},

		{"There are users, files and jobs.", "There are three things, and 2 kinds.", true},
		{"There are users.", "There are fifteen users.", false},
		{"There are three hundred and twenty-five users.", "There are 325 users.", true},
		{"There are two hundred thousand users.", "There are 200k users.", true},
		{"There are 15 users.", "There are fifteen users.", true},
		{"It has 64 cores and 256 GiB.", "It has 64 cores and 256GB.", true},
		{"It costs ½ of it.", "It costs 0.5 of it.", true},
		{"It works.", "It works 24/7.", false},
		{"See #1234 there.", "See #1234 there.", true},
	}
	for _, tt := range tests {
		in := newInput(&job.Evidence{Text: tt.page, Coverage: job.CoverageFull}, &job.Comment{Summary: tt.comment}, Options{})
		if v := checkNumbers(in); v.passed != tt.ok {
			t.Errorf("page %q, comment %q: passed %v: %s", tt.page, tt.comment, v.passed, v.detail)
		}
	}
}

func TestNamesAreComparedInAnySpelling(t *testing.T) {
	tests := []struct {
		page, comment string
		ok            bool
	}{
		{"We use PyTorch here.", "They use Pytorch there.", true},
		{"We use py-torch here.", "They use PyTorch there.", true},
		{"We use Amazon Web Services.", "They use AWS.", true},
		{"We use AWS.", "They use Amazon Web Services.", true},
		{"We use the Bank of England.", "They trust the BoE for it.", true},
		{"Zürich is fine.", "They live in Zurich now.", true},
		{"He met Weizsäcker.", "They met Weizsacker's son.", true},
		{"He came from America.", "They met an American there.", true},
		{"He came from France.", "They met a French cook.", true},
		{"It came from China.", "They met the Chinese makers.", true},
		{"The U.S. Senate met.", "They watched the US Senate.", true},
		{"The United Kingdom left.", "They saw Britain leave.", true},
		{"We use Postgres.", "They use PostgreSQL for it.", true},
		{"We use K8s.", "They use Kubernetes for it.", true},
		{"We use Java.", "They use JavaScript for it.", false},
		{"We use GPT-4.", "They use GPT 4 for it.", true},
		{"We use GPT-4.", "They use GPT-5 for it.", false},
		{"We use Claude.", "They use Claude3 for it.", false},
		{"We use Node for it.", "They use Node.js for it.", true},
		{"We use Python.", "They have a Python-based tool.", true},
		{"We use Python.", "They have a Ruby-based tool.", false},
		{"We wrote an API for LLMs.", "They wrote an API, a CLI and a UI for RAG.", true},
		{"It happened on a day.", "It happened on a Monday in May.", true},
		{"We build cars.", "Developers build cars.", true},
		{"We build cars.", "Anthropic released cars.", false},
		{"We build cars.", "Additionally, cars are built.", true},
		{"We build cars.", "“Cars are built,” he says.", true},
		{"We build cars.", "They said: Nobody builds cars.", true},
		{"We build cars.", "They build Teslas.", false},
		{"We build cars.", "They build III cars of type A.", true},
		{"We build cars.", "How Many Cars Make A Happy Driver Today.", true},
		{"We build cars.", "Cars by Elon Musk are built.", false},
		{"Our theme is search.", "They do RAG and Retrieval and Labeling.", true},
	}
	for _, tt := range tests {
		in := newInput(&job.Evidence{Text: tt.page, Lang: "en", Coverage: job.CoverageFull}, &job.Comment{Summary: tt.comment}, Options{Language: "en", ProjectThemes: themes})
		if v := checkNames(in); v.passed != tt.ok {
			t.Errorf("page %q, comment %q: passed %v: %s", tt.page, tt.comment, v.passed, v.detail)
		}
	}
}

// What a comment quotes is read as it is on the page, whatever marks stand
// between its signs; and what is bold on the page is the same number without.
func TestEmphasisIsNoPartOfNumbers(t *testing.T) {
	for _, s := range []string{
		"1__2", "5`6", "1**2", "10*_5", "3*4", "2**3", "1*2*3", "5*`6", "1***2", "1** *2", "2*_*3", "7 **8** 9", "12`34`56", "a`1", "1`a",
		"1.`2", "1,`234", "1`,234", "$`5", "5`%", "5 *million*", "5`million", "1__234", "10**9", "2*10**3", "May**5", "5__May", "3`May 2019",
		"1*,2", "v1*.2", "1/`2", "1:`30", "3*pm", "1e*5", "1e`5", "½*½", "x_1_2",
	} {
		in := newInput(&job.Evidence{Text: s, Coverage: job.CoverageFull}, &job.Comment{Summary: s}, Options{})
		if v := checkNumbers(in); !v.passed {
			t.Errorf("%q: %s", s, v.detail)
		}
	}
	for page, said := range map[string]string{
		"It cost **5** million in all.": "It cost 5 million.", "It took `250`ms.": "It took 250 ms.", "On **3** May it began.": "It began on 3 May.",
	} {
		in := newInput(&job.Evidence{Text: page, Coverage: job.CoverageFull}, &job.Comment{Summary: said}, Options{})
		if v := checkNumbers(in); !v.passed {
			t.Errorf("%q of %q: %s", said, page, v.detail)
		}
	}
}
