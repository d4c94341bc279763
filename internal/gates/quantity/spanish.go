package quantity

var spanish = language("es", `
add: cero=0 un=1 uno=1 una=1 dos=2 tres=3 cuatro=4 cinco=5 seis=6 siete=7 ocho=8 nueve=9 diez=10 once=11 doce=12 trece=13 catorce=14
add: quince=15 dieciséis=16 diecisiete=17 dieciocho=18 diecinueve=19 veinte=20 veintiún=21 veintiuno=21 veintiuna=21 veintidós=22
add: veintitrés=23 veinticuatro=24 veinticinco=25 veintiséis=26 veintisiete=27 veintiocho=28 veintinueve=29 treinta=30 cuarenta=40
add: cincuenta=50 sesenta=60 setenta=70 ochenta=80 noventa=90 doscientos=200 doscientas=200 trescientos=300 trescientas=300
add: cuatrocientos=400 cuatrocientas=400 quinientos=500 quinientas=500 seiscientos=600 seiscientas=600 setecientos=700 setecientas=700
add: ochocientos=800 ochocientas=800 novecientos=900 novecientas=900
ordinal: primer*=1 segundo=2 segunda=2 tercer*=3 cuarto=4 cuarta=4 quinto=5 quinta=5 sexto=6 sexta=6 séptimo=7 séptima=7 octavo=8 octava=8
ordinal: noveno=9 novena=9 décimo=10 décima=10 vigésimo=20 vigésima=20
hundred: cien=100 ciento=100 cientos=100
scale: mil=1e3 miles=1e3 millón=1e6 millones=1e6 mill=1e6 mdd=1e6 millardo=1e9 millardos=1e9 billón=1e12,1e9 billones=1e12,1e9
scale: trillón=1e18 trillones=1e18 docena=12 docenas=12 decena=10 decenas=10 centenar=100 centenares=100 mm=1e6? m=1e6?
join: y
point: coma punto
article: un una
half: medio media medios medias
quarter: trimestre trimestres
fraction: mitad=2 tercio=3 tercios=3 tercera=3 terceras=3 cuarto=4 cuartos=4 cuarta=4 quinto=5 quintos=5 quinta=5 sexto=6 décimo=10 décimos=10
times: doble*=2 duplic*=2 triple*=3 triplic*=3 cuádruple=4 cuadruplic*=4 décuple=10
about: unos unas aproximadamente alrededor cerca circa ca aprox
over: más sobre supera superan superior superó menos
under: casi menos bajo inferior
month: enero=1 ene=1 febrero=2 feb=2 marzo=3 mar=3 abril=4 abr=4 mayo=5 may=5 junio=6 jun=6 julio=7 jul=7 agosto=8 ago=8 septiembre=9
month: setiembre=9 sept=9 sep=9 octubre=10 oct=10 noviembre=11 nov=11 diciembre=12 dic=12
relative: ayer mañana pasado* pasada* próxim* anterior* hace
version: versión versiones
of: de
unit: time 1e-3 = milisegundo milisegundos
unit: time 1e-6 = microsegundo microsegundos
unit: time 1e-9 = nanosegundo nanosegundos
unit: time 1 = segundo? segundos seg
unit: time 60 = minuto minutos min?
unit: time 3600 = hora horas
unit: time 86400 = día días noche? noches?
unit: time 604800 = semana semanas
unit: time 2629800 = mes meses
unit: time 31557600 = año años
unit: time 315576000 = década décadas
unit: time 3155760000 = siglo? siglos?
unit: length 1e-3 = milímetro milímetros
unit: length 1e-2 = centímetro centímetros
unit: length 1 = metro metros
unit: length 1e3 = kilómetro kilómetros
unit: length 1e-9 = nanómetro nanómetros
unit: length 1609.344 = milla millas
unit: length 0.0254 = pulgada pulgadas
unit: mass 1 = gramo gramos
unit: mass 1e3 = kilogramo kilogramos kilo? kilos?
unit: mass 1e6 = tonelada toneladas
unit: volume 1 = litro litros
unit: area 1e4 = hectárea hectáreas
unit: data 1 = byte bytes
unit: data 1e3 = kilobyte kilobytes
unit: data 1e6 = megabyte megabytes
unit: data 1e9 = gigabyte gigabytes
unit: data 1e12 = terabyte terabytes
unit: data 1e15 = petabyte petabytes
unit: power 1 = vatio vatios
unit: power 1e3 = kilovatio kilovatios
unit: power 1e6 = megavatio megavatios
unit: power 1e9 = gigavatio gigavatios
unit: percent 1 = porciento por-ciento por_ciento
unit: times 1 = veces vez?
unit: USD 1 = dólar dólares
unit: EUR 1 = euro euros
unit: EUR 1e-2 = céntimo? céntimos? centavo? centavos?
unit: GBP 1 = libra? libras?
unit: JPY 1 = yen yenes
unit: CNY 1 = yuan yuanes
unit: RUB 1 = rublo rublos
unit: INR 1 = rupia rupias
unit: temperature 1 = grado? grados?
`)
