package quantity

// italian, dutch, polish and indonesian know numbers with scales and units, and the
// words up to twenty and for the tens; longer compounds are not read.
var italian = language("it", `
add: zero=0 uno=1 due=2 tre=3 quattro=4 cinque=5 sei=6 sette=7 otto=8 nove=9 dieci=10 undici=11 dodici=12 tredici=13 quattordici=14
add: quindici=15 sedici=16 diciassette=17 diciotto=18 diciannove=19 venti=20 trenta=30 quaranta=40 cinquanta=50 sessanta=60 settanta=70
add: ottanta=80 novanta=90 duecento=200 trecento=300 quattrocento=400 cinquecento=500 seicento=600 settecento=700 ottocento=800
add: novecento=900
hundred: cento=100 centinaio=100 centinaia=100
scale: mille=1e3 mila=1e3 migliaio=1e3 migliaia=1e3 milione=1e6 milioni=1e6 mln=1e6 miliardo=1e9 miliardi=1e9 mld=1e9 trilione=1e12,1e18
scale: dozzina=12 decina=10 decine=10
join: e
article: un una uno
half: mezzo mezza
quarter: trimestre trimestri
fraction: metà=2 terzo=3 terzi=3 quarto=4 quarti=4 quinto=5 quinti=5 decimo=10 decimi=10
times: doppio=2 doppia=2 raddoppi*=2 triplo=3 triplic*=3
about: circa intorno approssimativamente
over: oltre più
under: quasi meno fino
month: gennaio=1 gen=1 febbraio=2 feb=2 marzo=3 mar=3 aprile=4 apr=4 maggio=5 mag=5 giugno=6 giu=6 luglio=7 lug=7 agosto=8 ago=8 settembre=9
month: set=9 ottobre=10 ott=10 novembre=11 nov=11 dicembre=12 dic=12
relative: ieri domani scorso* scorsa* prossim* fa
version: versione versioni
of: di
unit: time 1e-3 = millisecondi
unit: time 1 = secondo? secondi
unit: time 60 = minuto minuti
unit: time 3600 = ora? ore
unit: time 86400 = giorno giorni
unit: time 604800 = settimana settimane
unit: time 2629800 = mese mesi
unit: time 31557600 = anno anni
unit: length 1 = metro metri
unit: length 1e3 = chilometro chilometri
unit: mass 1e6 = tonnellata tonnellate
unit: percent 1 = percento per-cento per_cento
unit: times 1 = volte
unit: USD 1 = dollaro dollari
unit: EUR 1 = euro
`)

var dutch = language("nl", `
add: nul=0 een=1 twee=2 drie=3 vier=4 vijf=5 zes=6 zeven=7 acht=8 negen=9 tien=10 elf=11 twaalf=12 dertien=13 veertien=14 vijftien=15
add: zestien=16 zeventien=17 achttien=18 negentien=19 twintig=20 dertig=30 veertig=40 vijftig=50 zestig=60 zeventig=70 tachtig=80
add: negentig=90
hundred: honderd=100 honderden=100
scale: duizend=1e3 duizenden=1e3 miljoen=1e6 mln=1e6 miljard=1e9 mld=1e9 mrd=1e9 biljoen=1e12 dozijn=12
join: en
article: een
half: half halve
onehalf: anderhalf=1.5 anderhalve=1.5
quarter: kwartaal
fraction: helft=2 derde=3 kwart=4 vijfde=5 tiende=10
times: dubbele=2 verdubbel*=2
about: ongeveer circa rond ca
over: ruim meer dan boven
under: bijna minder tot onder
month: januari=1 februari=2 maart=3 april=4 mei=5 juni=6 juli=7 augustus=8 september=9 oktober=10 november=11 december=12
relative: geleden gisteren morgen vorig* vorige volgend*
version: versie versies
unit: time 1e-3 = milliseconden
unit: time 1 = seconde seconden
unit: time 60 = minuut minuten
unit: time 3600 = uur uren
unit: time 86400 = dag dagen
unit: time 604800 = week weken
unit: time 2629800 = maand maanden
unit: time 31557600 = jaar jaren
unit: length 1 = meter
unit: length 1e3 = kilometer
unit: mass 1e6 = ton?
unit: percent 1 = procent
unit: times 1 = keer
unit: USD 1 = dollar
unit: EUR 1 = euro
`)

var polish = language("pl", `
add: zero=0 jeden=1 jedna=1 jedno=1 dwa=2 dwie=2 dwóch=2 trzy=3 trzech=3 cztery=4 czterech=4 pięć=5 pięciu=5 sześć=6 sześciu=6 siedem=7
add: siedmiu=7 osiem=8 ośmiu=8 dziewięć=9 dziewięciu=9 dziesięć=10 dziesięciu=10 jedenaście=11 dwanaście=12 trzynaście=13 czternaście=14
add: piętnaście=15 szesnaście=16 siedemnaście=17 osiemnaście=18 dziewiętnaście=19 dwadzieścia=20 trzydzieści=30 czterdzieści=40
add: pięćdziesiąt=50 sześćdziesiąt=60 siedemdziesiąt=70 osiemdziesiąt=80 dziewięćdziesiąt=90 dwieście=200 trzysta=300 czterysta=400
add: pięćset=500 sześćset=600 siedemset=700 osiemset=800 dziewięćset=900
hundred: sto=100
scale: tysiąc=1e3 tysiące=1e3 tysięcy=1e3 tys=1e3 milion=1e6 miliony=1e6 milionów=1e6 mln=1e6 miliard=1e9 miliardy=1e9 miliardów=1e9
scale: mld=1e9 tuzin=12
join: i
half: pół
quarter: kwartał kwartale
fraction: połowa=2 połowę=2 trzecia=3 trzecią=3
times: dwukrotn*=2 podwójn*=2 trzykrotn*=3
about: około ok niemal
over: ponad
under: prawie poniżej mniej
month: styczeń=1 stycznia=1 styczniu=1 luty=2 lutego=2 lutym=2 marzec=3 marca=3 marcu=3 kwiecień=4 kwietnia=4 kwietniu=4 maj=5 maja=5 maju=5
month: czerwiec=6 czerwca=6 czerwcu=6 lipiec=7 lipca=7 lipcu=7 sierpień=8 sierpnia=8 sierpniu=8 wrzesień=9 września=9 wrześniu=9
month: październik=10 października=10 październiku=10 listopad=11 listopada=11 listopadzie=11 grudzień=12 grudnia=12 grudniu=12
relative: temu wczoraj jutro ubiegł* następn* zeszł*
version: wersja wersji
unit: time 1e-3 = milisekund*
unit: time 1 = sekund*
unit: time 60 = minut*
unit: time 3600 = godzin* godz
unit: time 86400 = dzień dni dnia dniu doba doby
unit: time 604800 = tydzień tygodnie tygodni tygodnia
unit: time 2629800 = miesiąc miesiące miesięcy miesiąca
unit: time 31557600 = rok roku lata lat
unit: length 1 = metr metry metrów
unit: length 1e3 = kilometr kilometry kilometrów
unit: mass 1e3 = kilogram kilogramy kilogramów
unit: percent 1 = procent procenta
unit: times 1 = razy
unit: USD 1 = dolar dolary dolarów
unit: EUR 1 = euro
unit: PLN 1 = złoty złote złotych zł
`)

var indonesian = language("id", `
add: nol=0 satu=1 dua=2 tiga=3 empat=4 lima=5 enam=6 tujuh=7 delapan=8 sembilan=9 sepuluh=10 sebelas=11
scale: ribu=1e3 juta=1e6 miliar=1e9 triliun=1e12
over: lebih
about: sekitar
under: hampir
month: januari=1 februari=2 maret=3 april=4 mei=5 juni=6 juli=7 agustus=8 september=9 oktober=10 november=11 desember=12
relative: lalu kemarin besok
unit: time 1 = detik
unit: time 60 = menit
unit: time 3600 = jam
unit: time 86400 = hari
unit: time 604800 = minggu
unit: time 2629800 = bulan
unit: time 31557600 = tahun
unit: percent 1 = persen
unit: times 1 = kali
unit: USD 1 = dolar
`)

// hindi has the words for large numbers, and the months.
var hindi = language("hi", `
scale: हजार=1e3 हज़ार=1e3 लाख=1e5 करोड़=1e7 करोड=1e7 अरब=1e9
over: अधिक ज्यादा
about: लगभग करीब
month: जनवरी=1 फरवरी=2 मार्च=3 अप्रैल=4 मई=5 जून=6 जुलाई=7 अगस्त=8 सितंबर=9 अक्टूबर=10 नवंबर=11 दिसंबर=12
unit: time 60 = मिनट
unit: time 3600 = घंटे घंटा
unit: time 86400 = दिन
unit: time 31557600 = साल वर्ष
unit: percent 1 = प्रतिशत फीसदी
unit: INR 1 = रुपये रुपए
unit: USD 1 = डॉलर
`)
