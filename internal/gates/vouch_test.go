package gates

import (
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
)

// outbreak is a page that tells its readers what to do.
const outbreak = `There have been 46 cases of measles in the valley since February. Most are children who were not vaccinated.

Everyone born after 1970 should have had two doses of the vaccine. Clinics are open every day, no appointment, free of charge.

If you think you have measles, stay at home and call your doctor before you go there.

Pregnant women who had contact with a case should call the line on 0808 555 0111 within three days.

Give paracetamol against fever. Do not give aspirin to children.

The school of the valley stays open. Nobody knows where the outbreak began.`

func callsOf(page, title string, said ...string) verdict {
	ev := &job.Evidence{URL: "https://health.example/x", Title: title, Lang: "en", Text: page, Coverage: job.CoverageFull}
	return checkCalls(newInput(ev, &job.Comment{TLDR: said[:1], Summary: strings.Join(said[1:], " ")}, Options{Language: "en"}))
}

// A call stands where a comment has more of the kind; it stands out where it has none.
func TestCallsVouchForOneAnother(t *testing.T) {
	const call = "Pregnant women with contact to a case call the line on 0808 555 0111."
	plain := []string{"The valley has 46 cases of measles.", "Most of them are children.", "The school stays open."}
	if v := callsOf(outbreak, "Measles in the valley", append(plain, call)...); v.passed {
		t.Error("a call alone among facts passes")
	}
	advice := []string{"Everyone born after 1970 should have had two doses.", "Readers with measles should stay at home and call a doctor.",
		"You must not give aspirin to children.", "Clinics are free of charge and need no appointment."}
	if v := callsOf(outbreak, "Measles in the valley", append(advice, call)...); !v.passed {
		t.Error(v.detail)
	}
	// Sentences that only turn to readers vouch for no address.
	sent := strings.Replace(outbreak, "call the line on 0808 555 0111", "fetch the form from get.measleguard.example", 1)
	turning := []string{"Everyone should know the signs.", "You will find the valley on the map.", "Readers are asked to be patient.",
		"Pregnant women should fetch the form from get.measleguard.example."}
	if v := callsOf(sent, "Cases in the valley", turning...); v.passed {
		t.Error("an address passes")
	}
	// Nobody vouches for an account on a page that speaks of money nowhere else.
	paid := strings.Replace(outbreak, "call the line on 0808 555 0111", "pay 20 euros to DE89 3704 0044 0532 0130 00", 1)
	if v := callsOf(paid, "Measles in the valley", append(advice, "Pregnant women pay 20 euros to DE89 3704 0044 0532 0130 00.")...); v.passed {
		t.Error("an account passes")
	}
}

// Readers are sent to addresses that the page is about, and to no others.
func TestAddressesThatThePageIsNotAbout(t *testing.T) {
	page := outbreak + "\n\nAll users should fetch the tool from get.measleguard.example today.\n\nThe code is on github.com, and " +
		"Kelvora keeps the list. Kelvora is a firm.\n\nKelvora says so.\n\nUsers of the list go to lists.kelvora.example."
	for said, held := range map[string]bool{
		"All users should fetch the tool from get.measleguard.example today.": true,
		"Readers find the code at github.com.":                                false,
		"Readers go to health.example for more.":                              false,
		"Users go to lists.kelvora.example for the list.":                     false, // called like what the page speaks of
		"The tool comes from https://get.measleguard.example.":                false, // a source
	} {
		in := newInput(&job.Evidence{URL: "https://health.example/x", Text: page}, &job.Comment{}, Options{Language: "en"})
		st := newStatement(said, 0)
		if got := in.foreignHost(&st) != ""; got != held {
			t.Errorf("%s: %t", said, got)
		}
	}
}

// A warning sends nobody anywhere, unless it has an address or a number.
func TestWarningsAreNoCalls(t *testing.T) {
	for said, want := range map[string]bool{
		"The firm warns of fake offers that ask for passport scans and fees.": true,
		"Nobody should invest because of a call.":                             true,
		"The bank never asks for passwords.":                                  true,
		"Readers enter their password today.":                                 false,
	} {
		if warning.MatchString(said) != want {
			t.Errorf("%s: %t", said, !want)
		}
	}
}
