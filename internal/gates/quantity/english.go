package quantity

var english = language("en", `
decimal: point
add: zero=0 one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12 thirteen=13 fourteen=14
add: fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19 twenty=20 thirty=30 forty=40 fourty=40 fifty=50 sixty=60 seventy=70
add: eighty=80 ninety=90
ordinal: first=1 second=2 third=3 fourth=4 fifth=5 sixth=6 seventh=7 eighth=8 ninth=9 tenth=10 eleventh=11 twelfth=12 thirteenth=13
ordinal: fourteenth=14 fifteenth=15 sixteenth=16 seventeenth=17 eighteenth=18 nineteenth=19 twentieth=20 thirtieth=30 fortieth=40
ordinal: fiftieth=50 sixtieth=60 seventieth=70 eightieth=80 ninetieth=90
decade: twenties=20 thirties=30 forties=40 fifties=50 sixties=60 seventies=70 eighties=80 nineties=90
hundred: hundred=100
scale: thousand=1e3 million=1e6 mn=1e6 mln=1e6 mio=1e6 mm=1e6? billion=1e9 bn=1e9 bln=1e9 trillion=1e12 trn=1e12 tn=1e12
scale: quadrillion=1e15 lakh=1e5 lakhs=1e5 lac=1e5 crore=1e7 crores=1e7 cr=1e7? dozen=12 dozens=12 thousands=1e3 millions=1e6 billions=1e9
join: and
point: point
article: a an
half: half
quarter: quarter quarters
fraction: half=2 halves=2 third=3 thirds=3 quarter=4 quarters=4 fourth=4 fourths=4 fifth=5 fifths=5 sixth=6 sixths=6 seventh=7 sevenths=7
fraction: eighth=8 eighths=8 tenth=10 tenths=10 hundredth=100 hundredths=100 thousandth=1000 thousandths=1000 millionth=1e6
times: twice=2 double=2 doubled=2 doubles=2 doubling=2 twofold=2 thrice=3 triple=3 tripled=3 triples=3 tripling=3 threefold=3 quadruple=4
times: quadrupled=4 fourfold=4 fivefold=5 sixfold=6 sevenfold=7 eightfold=8 ninefold=9 tenfold=10 halved=0.5 halves=0.5 halving=0.5
about: about around roughly approximately approx some circa ca ish estimated
over: over than exceeding exceeds exceeded plus beyond topping topped tops surpassing surpassed surpasses above upwards past
under: nearly almost under below just fewer less
month: january=1 jan=1 february=2 feb=2 march=3 mar=3 april=4 apr=4 may=5 june=6 jun=6 july=7 jul=7 august=8 aug=8 september=9 sep=9 sept=9
month: october=10 oct=10 november=11 nov=11 december=12 dec=12
relative: ago yesterday tomorrow last next previous earlier later
version: version release v ver
mean: the of more less
unit: time 1e-3 = millisecond milliseconds msec msecs millis
unit: time 1e-6 = microsecond microseconds
unit: time 1e-9 = nanosecond nanoseconds
unit: time 1 = second? seconds sec? secs
unit: time 60 = minute? minutes min? mins minuted
unit: time 3600 = hour hours hr hrs hourly
unit: time 86400 = day days night? nights?
unit: time 604800 = week weeks wk wks
unit: time 1209600 = fortnight fortnights
unit: time 2629800 = month months mo?
unit: time 7889400 = quarter? quarters?
unit: time 31557600 = year years yr yrs
unit: time 315576000 = decade decades
unit: time 3155760000 = century? centuries?
unit: length 1e-3 = millimetre millimetres millimeter millimeters
unit: length 1e-2 = centimetre centimetres centimeter centimeters
unit: length 1 = metre metres meter meters
unit: length 1e3 = kilometre kilometres kilometer kilometers
unit: length 1609.344 = mile miles mi?
unit: length 0.3048 = foot? feet ft?
unit: length 0.0254 = inch inches
unit: length 0.9144 = yard? yards
unit: length 1852 = nautical?
unit: length 1e-9 = nanometre nanometres nanometer nanometers
unit: length 1e-6 = micron microns micrometre micrometres micrometer micrometers
unit: length 9.4607e15 = lightyear? lightyears?
unit: mass 1 = gram grams gramme grammes
unit: mass 1e3 = kilogram kilograms kilo? kilos?
unit: mass 1e6 = tonne tonnes ton? tons?
unit: mass 453.592 = pound? pounds? lb lbs
unit: mass 28.3495 = ounce ounces oz?
unit: volume 1 = litre litres liter liters
unit: volume 3.78541 = gallon gallons
unit: volume 158.987 = barrel barrels
unit: area 1e4 = hectare hectares
unit: area 4046.86 = acre acres
unit: data 1 = byte bytes
unit: data 1e3 = kilobyte kilobytes kibibyte kibibytes
unit: data 1e6 = megabyte megabytes meg? megs? mebibyte mebibytes
unit: data 1e9 = gigabyte gigabytes gig? gigs? gibibyte gibibytes
unit: data 1e12 = terabyte terabytes tebibyte tebibytes
unit: data 1e15 = petabyte petabytes pebibyte pebibytes
unit: data 1e18 = exabyte exabytes
unit: bits 1 = bit? bits?
unit: bits 1e6 = megabit? megabits?
unit: bits 1e9 = gigabit? gigabits?
unit: power 1 = watt watts
unit: power 1e3 = kilowatt kilowatts
unit: power 1e6 = megawatt megawatts
unit: power 1e9 = gigawatt gigawatts
unit: frequency 1 = hertz
unit: frequency 1e6 = megahertz
unit: frequency 1e9 = gigahertz
unit: percent 1 = percent pct per-cent per_cent percentage
unit: percent 1e-2 = basis?
unit: times 1 = times fold? x
unit: USD 1 = dollar dollars bucks
unit: USD 1e-2 = cent? cents?
unit: EUR 1 = euro euros
unit: GBP 1 = quid sterling
unit: JPY 1 = yen
unit: CNY 1 = yuan renminbi
unit: RUB 1 = ruble rubles rouble roubles
unit: INR 1 = rupee rupees
unit: KRW 1 = won?
unit: temperature 1 = degree? degrees? celsius? fahrenheit? kelvin?
`)
