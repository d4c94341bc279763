package quantity

// symbols are the signs of units and currencies that are the same in each
// language, in the case in which they are written. word is looked for as it is
// first, then in lower case.
var symbols = []struct {
	word string
	unit Unit
}{
	{"%", Unit{Percent, 1, true}}, {"‰", Unit{Percent, 0.1, true}}, {"pp", Unit{Percent, 1, false}}, {"bps", Unit{Percent, 0.01, false}},
	{"x", Unit{Times, 1, true}}, {"×", Unit{Times, 1, true}}, {"X", Unit{Times, 1, true}},
	{"ms", Unit{Time, 1e-3, true}}, {"us", Unit{Time, 1e-6, false}}, {"µs", Unit{Time, 1e-6, true}}, {"μs", Unit{Time, 1e-6, true}},
	{"ns", Unit{Time, 1e-9, true}}, {"ps", Unit{Time, 1e-12, false}}, {"s", Unit{Time, 1, false}}, {"min", Unit{Time, 60, true}},
	{"h", Unit{Time, 3600, false}}, {"hr", Unit{Time, 3600, true}}, {"hrs", Unit{Time, 3600, true}}, {"d", Unit{Time, 86400, false}},
	{"m", Unit{"length", 1, false}}, {"m", Unit{Time, 60, false}}, {"km", Unit{"length", 1e3, true}}, {"cm", Unit{"length", 1e-2, true}},
	{"mm", Unit{"length", 1e-3, false}}, {"nm", Unit{"length", 1e-9, true}}, {"µm", Unit{"length", 1e-6, true}},
	{"ft", Unit{"length", 0.3048, false}},
	{"kmh", Unit{"speed", 1, true}}, {"km/h", Unit{"speed", 1, true}}, {"mph", Unit{"speed", 1.609344, true}},
	{"g", Unit{"mass", 1, false}}, {"kg", Unit{"mass", 1e3, true}}, {"mg", Unit{"mass", 1e-3, true}}, {"t", Unit{"mass", 1e6, false}},
	{"lb", Unit{"mass", 453.592, true}}, {"lbs", Unit{"mass", 453.592, true}},
	{"l", Unit{"volume", 1, false}}, {"ml", Unit{"volume", 1e-3, false}}, {"ha", Unit{"area", 1e4, false}},
	{"B", Unit{Data, 1, false}}, {"kB", Unit{Data, 1e3, true}}, {"KB", Unit{Data, 1e3, true}}, {"kb", Unit{Data, 1e3, true}},
	{"MB", Unit{Data, 1e6, true}}, {"mb", Unit{Data, 1e6, true}}, {"GB", Unit{Data, 1e9, true}}, {"gb", Unit{Data, 1e9, true}},
	{"TB", Unit{Data, 1e12, true}}, {"tb", Unit{Data, 1e12, true}}, {"PB", Unit{Data, 1e15, true}}, {"EB", Unit{Data, 1e18, false}},
	{"kib", Unit{Data, 1e3, true}}, {"mib", Unit{Data, 1e6, true}}, {"gib", Unit{Data, 1e9, true}}, {"tib", Unit{Data, 1e12, true}},
	{"kbit", Unit{"bits", 1e3, true}}, {"mbit", Unit{"bits", 1e6, true}}, {"gbit", Unit{"bits", 1e9, true}},
	{"tbit", Unit{"bits", 1e12, true}},
	{"kbps", Unit{"bits", 1e3, true}}, {"mbps", Unit{"bits", 1e6, true}}, {"gbps", Unit{"bits", 1e9, true}},
	{"tbps", Unit{"bits", 1e12, true}},
	{"Kb", Unit{"bits", 1e3, false}}, {"Mb", Unit{"bits", 1e6, false}}, {"Gb", Unit{"bits", 1e9, false}}, {"Kb", Unit{Data, 1e3, false}},
	{"Mb", Unit{Data, 1e6, false}}, {"Gb", Unit{Data, 1e9, false}},
	{"Hz", Unit{"frequency", 1, true}}, {"kHz", Unit{"frequency", 1e3, true}}, {"MHz", Unit{"frequency", 1e6, true}},
	{"GHz", Unit{"frequency", 1e9, true}}, {"THz", Unit{"frequency", 1e12, true}},
	{"W", Unit{"power", 1, false}}, {"kW", Unit{"power", 1e3, true}}, {"MW", Unit{"power", 1e6, true}}, {"GW", Unit{"power", 1e9, true}},
	{"TW", Unit{"power", 1e12, true}}, {"Wh", Unit{"energy", 1, true}}, {"kWh", Unit{"energy", 1e3, true}}, {"MWh", Unit{"energy", 1e6, true}},
	{"GWh", Unit{"energy", 1e9, true}}, {"TWh", Unit{"energy", 1e12, true}}, {"V", Unit{"voltage", 1, false}},
	{"mAh", Unit{"charge", 1, true}},
	{"°C", Unit{"temperature", 1, false}}, {"°F", Unit{"temperature", 1, false}}, {"°", Unit{"temperature", 1, false}},
	{"K", Unit{"temperature", 1, false}}, {"px", Unit{"pixel", 1, true}}, {"fps", Unit{"rate", 1, true}}, {"rps", Unit{"rate", 1, true}},
	{"qps", Unit{"rate", 1, true}}, {"tps", Unit{"rate", 1, true}}, {"dB", Unit{"level", 1, true}},
	{"USD", Unit{"USD", 1, true}}, {"EUR", Unit{"EUR", 1, true}}, {"GBP", Unit{"GBP", 1, true}}, {"JPY", Unit{"JPY", 1, true}},
	{"CNY", Unit{"CNY", 1, true}}, {"RMB", Unit{"CNY", 1, true}}, {"RUB", Unit{"RUB", 1, true}}, {"INR", Unit{"INR", 1, true}},
	{"KRW", Unit{"KRW", 1, true}}, {"CHF", Unit{"CHF", 1, true}}, {"BRL", Unit{"BRL", 1, true}}, {"CAD", Unit{"USD", 1, false}},
	{"AUD", Unit{"USD", 1, false}}, {"SEK", Unit{"SEK", 1, true}}, {"NOK", Unit{"NOK", 1, true}}, {"DKK", Unit{"DKK", 1, true}},
	{"PLN", Unit{"PLN", 1, true}}, {"HKD", Unit{"HKD", 1, true}}, {"TWD", Unit{"TWD", 1, true}},
	{"€", Unit{"EUR", 1, true}}, {"$", Unit{"USD", 1, false}}, {"£", Unit{"GBP", 1, true}}, {"¥", Unit{"JPY", 1, false}},
	{"¥", Unit{"CNY", 1, false}}, {"₽", Unit{"RUB", 1, true}}, {"₹", Unit{"INR", 1, true}}, {"₩", Unit{"KRW", 1, true}},
	{"R$", Unit{"BRL", 1, true}}, {"US$", Unit{"USD", 1, true}}, {"Rs", Unit{"INR", 1, true}}, {"元", Unit{"CNY", 1, false}},
}

// letters are what scale a number that they are attached to: 5k, 1.5M.
var letters = map[string]numeral{
	"k": {scale, []float64{1e3}, false}, "K": {scale, []float64{1e3}, false}, "M": {scale, []float64{1e6}, false},
	"m": {scale, []float64{1e6}, true}, "B": {scale, []float64{1e9}, false}, "b": {scale, []float64{1e9}, true},
	"bn": {scale, []float64{1e9}, false}, "Bn": {scale, []float64{1e9}, false}, "BN": {scale, []float64{1e9}, false},
	"T": {scale, []float64{1e12}, true}, "t": {scale, []float64{1e12}, true}, "tn": {scale, []float64{1e12}, false},
	"mn": {scale, []float64{1e6}, false}, "mm": {scale, []float64{1e6}, true}, "MM": {scale, []float64{1e6}, true},
	"G": {scale, []float64{1e9}, true}, "g": {scale, []float64{1e9}, true},
}

// symbolUnits are the symbols by word.
var symbolUnits = func() map[string][]Unit {
	m := map[string][]Unit{}
	for _, s := range symbols {
		m[s.word] = append(m[s.word], s.unit)
	}
	return m
}()
