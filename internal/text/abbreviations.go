package text

// abbreviations end in a full stop that rarely ends a sentence, when a capital
// letter or a number follows. English, German, French, Spanish, Italian, Dutch
// and Portuguese; lower case, without the last stop: "e.g." is "e.g" here. Some
// are words too (no, fig, art); [Stretches] therefore marks such a stop as
// doubtful, and [Sentences] joins.
var abbreviations = Set(`mr mrs ms dr prof st sr jr rev gen col capt lt sgt hon gov pres sen rep ph.d m.sc b.sc
	vs etc al e.g i.e eg ie cf viz approx resp incl fig figs eq eqs sec ch no nos vol vols pp p ed eds inc ltd llc co corp dept est
	jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun a.m p.m u.s u.k u.n e.u d.c n.y n.j n.c s.c
	min max avg tel bzw z.b d.h u.a usw ca nr str abb abs art bd hrsg jh jhd kap s o.ä vgl evtl ggf inkl mio mrd
	m mm mme mlle av env ex
	sra srta ud uds p.ej avda pág págs núm ee.uu
	sig sigg dott ing avv dhr mw drs bijv enz`)

// wordlike are abbreviations that are spelled like words, those of American
// states. A stop behind one more often ends a sentence.
var wordlike = Set(`ala ariz ark calif colo conn fla ga ill kan ky mass md mich minn miss nev okla ore pa tenn tex va wash wis`)

// maxAbbreviation is more bytes than the longest of [abbreviations] has.
const maxAbbreviation = 16
