package quantity

// How numerals of this script are put together is in hangul.go.
var korean = language("ko", `
decimal: point
hangul: yes
add: 하나=1 한=1 둘=2 두=2 셋=3 세=3 넷=4 네=4 다섯=5 여섯=6 일곱=7 여덟=8 아홉=9 열=10 열한=11 열하나=11 열두=12 열둘=12 열세=13 열네=14 열다섯=15
add: 열여섯=16 열일곱=17 열여덟=18 열아홉=19 스물=20 스무=20 서른=30 마흔=40 쉰=50 예순=60 일흔=70 여든=80 아흔=90
scale: 만=1e4 억=1e8 조=1e12 천=1e3 백=1e2 백만=1e6 천만=1e7 백억=1e10 천억=1e11 십만=1e5 십억=1e9
half: 반
about: 약 대략 대략적 정도 가량 쯤
over: 이상 초과 넘는 넘은 넘게 최소 여 남짓 돌파
under: 거의 이하 미만 최대 이내 가까이
relative: 작년 지난 내년 다음 전 후 어제 내일 전년 올해
unit: time 1e-3 = 밀리초
unit: time 1e-6 = 마이크로초
unit: time 1e-9 = 나노초
unit: time 1 = 초
unit: time 60 = 분?
unit: clock 1 = 시?
unit: time 3600 = 시간
unit: time 86400 = 일? 일간 하루? 박?
unit: time 604800 = 주? 주일 주간
unit: time 2629800 = 개월 달? 월?
unit: time 31557600 = 년 년간 주년 살? 세?
unit: time 315576000 = 년대?
unit: time 3155760000 = 세기?
unit: length 1e-3 = 밀리미터
unit: length 1e-2 = 센티미터 센티
unit: length 1 = 미터
unit: length 1e3 = 킬로미터 킬로?
unit: length 1e-9 = 나노미터 나노
unit: length 1609.344 = 마일
unit: length 0.3048 = 피트
unit: length 0.0254 = 인치
unit: mass 1 = 그램
unit: mass 1e3 = 킬로그램
unit: mass 1e6 = 톤
unit: volume 1 = 리터
unit: area 1e4 = 헥타르
unit: area 3.30579 = 평
unit: data 1 = 바이트
unit: data 1e3 = 킬로바이트
unit: data 1e6 = 메가바이트 메가?
unit: data 1e9 = 기가바이트 기가?
unit: data 1e12 = 테라바이트 테라?
unit: data 1e15 = 페타바이트
unit: power 1 = 와트
unit: power 1e3 = 킬로와트
unit: power 1e6 = 메가와트
unit: power 1e9 = 기가와트
unit: frequency 1 = 헤르츠
unit: frequency 1e6 = 메가헤르츠
unit: frequency 1e9 = 기가헤르츠
unit: percent 1 = 퍼센트 프로? 퍼센트포인트
unit: percent 10 = 할?
unit: times 1 = 배
unit: USD 1 = 달러 불?
unit: EUR 1 = 유로
unit: GBP 1 = 파운드?
unit: JPY 1 = 엔
unit: CNY 1 = 위안
unit: KRW 1 = 원
unit: RUB 1 = 루블
unit: INR 1 = 루피
unit: temperature 1 = 도?
`)
