package quantity

var french = language("fr", `
add: zéro=0 un=1 une=1 deux=2 trois=3 quatre=4 cinq=5 six=6 sept=7 huit=8 neuf=9 dix=10 onze=11 douze=12 treize=13 quatorze=14 quinze=15
add: seize=16 vingt=20 vingts=20 trente=30 quarante=40 cinquante=50 soixante=60 septante=70 huitante=80 octante=80 nonante=90
ordinal: premier*=1 première*=1 deuxième*=2 seconde=2 troisième*=3 quatrième*=4 cinquième*=5 sixième*=6 septième*=7 huitième*=8
ordinal: neuvième*=9 dixième*=10 vingtième*=20
hundred: cent=100 cents=100 centaine=100 centaines=100
scale: mille=1e3 millier=1e3 milliers=1e3 million=1e6 millions=1e6 mio=1e6 mds=1e9 milliard=1e9 milliards=1e9 mrd=1e9 mrds=1e9 md=1e9
scale: billion=1e12,1e9 billions=1e12,1e9 trillion=1e18,1e12 trillions=1e18,1e12
scale: douzaine=12 douzaines=12 dizaine=10 dizaines=10 quinzaine=15 vingtaine=20 trentaine=30 cinquantaine=50
join: et
point: virgule
article: un une
half: demi demie demis demies
onehalf: demi-million=0.5e6
quarter: trimestre trimestres
fraction: moitié=2 tiers=3 quart=4 quarts=4 cinquième=5 cinquièmes=5 sixième=6 sixièmes=6 huitième=8 dixième=10 dixièmes=10 centième=100
times: double*=2 doublé*=2 doubler=2 triple*=3 triplé*=3 quadruple*=4 quadruplé*=4 décuplé*=10
about: environ quelque autour circa approximativement ca
over: plus dépassant dépasse moins
under: presque près quasiment sous
month: janvier=1 janv=1 février=2 févr=2 mars=3 avril=4 avr=4 mai=5 juin=6 juillet=7 juil=7 août=8 septembre=9 sept=9 octobre=10 oct=10
month: novembre=11 nov=11 décembre=12 déc=12
relative: hier demain dernier* dernière* prochain* passé* précédent*
version: version versions
unit: time 1e-3 = milliseconde millisecondes
unit: time 1e-6 = microseconde microsecondes
unit: time 1e-9 = nanoseconde nanosecondes
unit: time 1 = seconde? secondes
unit: time 60 = minute minutes mn min?
unit: time 3600 = heure heures
unit: time 86400 = jour jours journée? journées nuit? nuits?
unit: time 604800 = semaine semaines
unit: time 2629800 = mois
unit: time 31557600 = an ans année années
unit: time 315576000 = décennie décennies
unit: time 3155760000 = siècle? siècles?
unit: length 1e-3 = millimètre millimètres
unit: length 1e-2 = centimètre centimètres
unit: length 1 = mètre mètres
unit: length 1e3 = kilomètre kilomètres
unit: length 1e-9 = nanomètre nanomètres
unit: length 1609.344 = mile miles
unit: length 0.0254 = pouce pouces
unit: mass 1 = gramme grammes
unit: mass 1e3 = kilogramme kilogrammes kilo? kilos?
unit: mass 1e6 = tonne tonnes
unit: volume 1 = litre litres
unit: area 1e4 = hectare hectares
unit: data 1 = octet octets byte bytes o?
unit: data 1e3 = kilooctet kilooctets ko
unit: data 1e6 = mégaoctet mégaoctets mo
unit: data 1e9 = gigaoctet gigaoctets go?
unit: data 1e12 = téraoctet téraoctets to
unit: data 1e15 = pétaoctet pétaoctets po
unit: power 1 = watt watts
unit: power 1e3 = kilowatt kilowatts
unit: power 1e6 = mégawatt mégawatts
unit: power 1e9 = gigawatt gigawatts
unit: percent 1 = pourcent pourcents pour-cent pour_cent
unit: times 1 = fois
unit: USD 1 = dollar dollars
unit: EUR 1 = euro euros
unit: EUR 1e-2 = centime? centimes?
unit: GBP 1 = livre? livres?
unit: CHF 1 = franc? francs?
unit: JPY 1 = yen yens
unit: CNY 1 = yuan yuans
unit: RUB 1 = rouble roubles
unit: INR 1 = roupie roupies
unit: temperature 1 = degré? degrés?
`)
