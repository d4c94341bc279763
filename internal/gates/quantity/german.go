package quantity

var german = language("de", `
add: null=0 ein=1 eins=1 zwei=2 zwo=2 drei=3 vier=4 fünf=5 sechs=6 sieben=7 acht=8 neun=9 zehn=10 elf=11 zwölf=12 dreizehn=13 vierzehn=14
add: fünfzehn=15 sechzehn=16 siebzehn=17 achtzehn=18 neunzehn=19 zwanzig=20 dreißig=30 vierzig=40 fünfzig=50 sechzig=60 siebzig=70
add: achtzig=80 neunzig=90
ordinal: erste*=1 zweite*=2 dritte*=3 vierte*=4 fünfte*=5 sechste*=6 siebte*=7 siebente*=7 achte*=8 neunte*=9 zehnte*=10 elfte*=11
ordinal: zwölfte*=12 dreizehnte*=13 zwanzigste*=20 dreißigste*=30
decade: zwanziger*=20 dreißiger*=30 vierziger*=40 fünfziger*=50 sechziger*=60 siebziger*=70 achtziger*=80 neunziger*=90
hundred: hundert=100 hunderte=100
scale: tausend=1e3 tausende=1e3 tsd=1e3 million=1e6 millionen=1e6 mio=1e6 mill=1e6 milliarde=1e9 milliarden=1e9 mrd=1e9 mia=1e9
scale: billion=1e12,1e9 billionen=1e12,1e9 bio=1e12 trillion=1e18,1e12 trillionen=1e18,1e12 dutzend=12 dutzende=12
join: und
point: komma
article: ein eine einer einem einen eines
half: halb halbe halben halber halbes
onehalf: anderthalb*=1.5 eineinhalb*=1.5 einundeinhalb=1.5 zweieinhalb*=2.5 dreieinhalb*=3.5 viereinhalb*=4.5 fünfeinhalb*=5.5
onehalf: sechseinhalb*=6.5
onehalf: siebeneinhalb*=7.5 achteinhalb*=8.5 neuneinhalb*=9.5 zehneinhalb*=10.5 dreiviertel*=0.75
quarter: quartal* jahresviertel
fraction: hälfte=2 drittel*=3 viertel*=4 fünftel*=5 sechstel*=6 siebtel*=7 achtel*=8 neuntel*=9 zehntel*=10 hundertstel*=100
times: doppelt*=2 verdoppel*=2 zweifach*=2 zweimal=2 dreimal=3 dreifach*=3 verdreifach*=3 vierfach*=4 viermal=4 vervierfach*=4 fünffach*=5
times: fünfmal=5 zehnfach*=10 zehnmal=10 halbier*=0.5
about: rund etwa ungefähr circa ca zirka gut schätzungsweise
over: über mehr als gut jenseits übersteigt
under: fast knapp beinahe unter nahezu weniger
month: januar=1 jänner=1 jan=1 februar=2 feb=2 märz=3 mrz=3 april=4 apr=4 mai=5 juni=6 jun=6 juli=7 jul=7 august=8 aug=8 september=9
month: sept=9 sep=9 oktober=10 okt=10 november=11 nov=11 dezember=12 dez=12
relative: vor gestern morgen letzte* vergangene* vorige* nächste* kommende* vorjahr* vorherige*
version: version versionen release
unit: time 1e-3 = millisekunde millisekunden
unit: time 1e-6 = mikrosekunde mikrosekunden
unit: time 1e-9 = nanosekunde nanosekunden
unit: time 1 = sekunde sekunden sek
unit: time 60 = minute minuten minütig* min?
unit: time 900 = viertelstunde viertelstunden
unit: time 1800 = halbstunde
unit: time 2700 = dreiviertelstunde
unit: time 3600 = stunde stunden stündig* std
unit: clock 1 = uhr
unit: time 86400 = tag tage tagen tages? tägig* nacht? nächte?
unit: time 604800 = woche wochen wöchig*
unit: time 2629800 = monat monate monaten monats? monatig*
unit: time 31557600 = jahr jahre jahren jahres? jährig*
unit: time 315576000 = jahrzehnt jahrzehnte jahrzehnten
unit: time 3155760000 = jahrhundert? jahrhunderte? jahrhunderts?
unit: length 1e-3 = millimeter millimetern
unit: length 1e-2 = zentimeter zentimetern
unit: length 1 = meter metern
unit: length 1e3 = kilometer kilometern
unit: length 1e-9 = nanometer
unit: length 1e-6 = mikrometer
unit: length 1609.344 = meile meilen
unit: length 0.0254 = zoll
unit: mass 1 = gramm
unit: mass 1e3 = kilogramm kilo?
unit: mass 1e6 = tonne tonnen
unit: volume 1 = liter litern
unit: area 1e4 = hektar
unit: data 1 = byte bytes
unit: data 1e3 = kilobyte kilobytes
unit: data 1e6 = megabyte megabytes
unit: data 1e9 = gigabyte gigabytes
unit: data 1e12 = terabyte terabytes
unit: data 1e15 = petabyte petabytes
unit: power 1 = watt
unit: power 1e3 = kilowatt
unit: power 1e6 = megawatt
unit: power 1e9 = gigawatt
unit: frequency 1 = hertz
unit: percent 1 = prozent prozentpunkt* prozentig*
unit: times 1 = mal? fach? fache*?
unit: USD 1 = dollar dollars us-dollar
unit: EUR 1 = euro euros
unit: EUR 1e-2 = cent?
unit: GBP 1 = pfund?
unit: CHF 1 = franken
unit: JPY 1 = yen
unit: CNY 1 = yuan
unit: RUB 1 = rubel
unit: INR 1 = rupien
unit: temperature 1 = grad?
`)
