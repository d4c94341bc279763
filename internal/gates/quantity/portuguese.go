package quantity

var portuguese = language("pt", `
add: zero=0 um=1 uma=1 dois=2 duas=2 três=3 quatro=4 cinco=5 seis=6 sete=7 oito=8 nove=9 dez=10 onze=11 doze=12 treze=13 catorze=14
add: quatorze=14 quinze=15 dezesseis=16 dezasseis=16 dezessete=17 dezassete=17 dezoito=18 dezenove=19 dezanove=19 vinte=20 trinta=30
add: quarenta=40 cinquenta=50 sessenta=60 setenta=70 oitenta=80 noventa=90 duzentos=200 duzentas=200 trezentos=300 trezentas=300
add: quatrocentos=400 quatrocentas=400 quinhentos=500 quinhentas=500 seiscentos=600 seiscentas=600 setecentos=700 setecentas=700
add: oitocentos=800 oitocentas=800 novecentos=900 novecentas=900
ordinal: primeiro=1 primeira=1 segundo=2 segunda=2 terceiro=3 terceira=3 quarto=4 quarta=4 quinto=5 quinta=5 sexto=6 sexta=6 sétimo=7
ordinal: sétima=7 oitavo=8 oitava=8 nono=9 nona=9 décimo=10 décima=10 vigésimo=20 vigésima=20
hundred: cem=100 cento=100
scale: mil=1e3 milhar=1e3 milhares=1e3 milhão=1e6 milhões=1e6 mi=1e6? mio=1e6 bilhão=1e9 bilhões=1e9 bi=1e9 bilião=1e12 biliões=1e12
scale: trilhão=1e12 trilhões=1e12 tri=1e12 dúzia=12 dúzias=12 dezena=10 dezenas=10 centena=100 centenas=100
join: e
point: vírgula ponto
article: um uma
half: meio meia meios meias
quarter: trimestre trimestres
fraction: metade=2 terço=3 terços=3 quarto=4 quartos=4 quinto=5 quintos=5 sexto=6 décimo=10 décimos=10
times: dobro=2 dobr*=2 duplic*=2 triplo=3 triplic*=3 quádruplo=4 quadruplic*=4
about: cerca aproximadamente uns umas torno circa ca aprox
over: mais sobre acima supera superam superior ultrapassa ultrapassou menos
under: quase abaixo inferior
month: janeiro=1 jan=1 fevereiro=2 fev=2 março=3 mar=3 abril=4 abr=4 maio=5 mai=5 junho=6 jun=6 julho=7 jul=7 agosto=8 ago=8 setembro=9
month: set=9 outubro=10 out=10 novembro=11 nov=11 dezembro=12 dez=12
relative: ontem amanhã passado* passada* próxim* anterior* há
version: versão versões
of: de
unit: time 1e-3 = milissegundo milissegundos milésimo? milésimos?
unit: time 1e-6 = microssegundo microssegundos
unit: time 1e-9 = nanossegundo nanossegundos
unit: time 1 = segundo? segundos seg
unit: time 60 = minuto minutos min?
unit: time 3600 = hora horas
unit: time 86400 = dia dias noite? noites?
unit: time 604800 = semana semanas
unit: time 2629800 = mês meses
unit: time 31557600 = ano anos
unit: time 315576000 = década décadas
unit: time 3155760000 = século? séculos?
unit: length 1e-3 = milímetro milímetros
unit: length 1e-2 = centímetro centímetros
unit: length 1 = metro metros
unit: length 1e3 = quilômetro quilômetros quilómetro quilómetros
unit: length 1e-9 = nanômetro nanômetros nanómetro nanómetros
unit: length 1609.344 = milha milhas
unit: length 0.0254 = polegada polegadas
unit: mass 1 = grama gramas
unit: mass 1e3 = quilograma quilogramas quilo? quilos?
unit: mass 1e6 = tonelada toneladas
unit: volume 1 = litro litros
unit: area 1e4 = hectare hectares
unit: data 1 = byte bytes
unit: data 1e3 = kilobyte kilobytes quilobyte quilobytes
unit: data 1e6 = megabyte megabytes
unit: data 1e9 = gigabyte gigabytes
unit: data 1e12 = terabyte terabytes
unit: data 1e15 = petabyte petabytes
unit: power 1 = watt watts
unit: power 1e3 = quilowatt quilowatts kilowatt
unit: power 1e6 = megawatt megawatts
unit: power 1e9 = gigawatt gigawatts
unit: percent 1 = por-cento por_cento porcento
unit: times 1 = vezes vez?
unit: USD 1 = dólar dólares
unit: EUR 1 = euro euros
unit: EUR 1e-2 = cêntimo? cêntimos? centavo? centavos?
unit: BRL 1 = real? reais
unit: GBP 1 = libra? libras?
unit: JPY 1 = iene ienes
unit: CNY 1 = yuan yuans iuan
unit: RUB 1 = rublo rublos
unit: INR 1 = rupia rupias
unit: temperature 1 = grau? graus?
`)
