package action

// verbs are what is asked for, kind by kind. A word with * is a beginning, and
// words joined by _ stand next to each other; case and accents don't count. The
// languages are those of the gates' other lists: English, German, French,
// Spanish, Portuguese, Italian, Dutch, Polish, Russian, Chinese, Japanese and
// Korean.
var verbs = map[Kind]string{
	Login: `sign_in sign_back sign_on log_in log_back login validat* revalidat* re_validat* verif* confirm* authenticat* reauthenticat*
		re_authenticat*
		enter enters entered reset unlock change changes changing
		melden meldet melde anmelden einlogg* bestatig* eingeb* gib geben andern andert connectez identifiez confirmez saisissez inicie
		iniciar introduzca cambie accede digite altere entre
		conferm* inserite inserire inserisci bevestig* voer wijzig* inlogg* zalog* potwierd* wprowad* zmien* войд* войти введ* подтверд* смен*
		измен* авториз*
		登录 登入 验证 验證 確認 确认 输入 更改 修改 ログイン サインイン 確認 入力 変更 로그인 확인 입력 변경`,
	Pay: `pay pays paid payable payment payments send sends sending transfer transfers donate donates donating owe owes owed wire wired
		deposit* contribut* zahle zahlen zahlt bezahl* uberweis* spende spenden spendet versez verser virez virer donnez reglez regler
		pagar paga pague paguen pago pagan pagad pagamento pagare pagate transfier* dona donad done abonar abone envie envien transfira doar
		doe versare versate donate betaal* betalen overmak* zaplac* przel* wplac* плат* оплат* заплат* перевед* перечисл* пожертв*
		支付 付款 转账 捐款 捐助 汇款 支払 送金 寄付 振り込 결제 송금 기부 입금`,
	Buy: `buy buys buying order orders ordering purchase purchases purchasing get gets claim claims redeem grab kauf* bestell* holen achet*
		commandez commander profitez compre compra comprar
		compren pida pidan pedir peca aproveche adquier* adquir* acquist* ordinate ordina koop koopt kupuj* kup kupcie zamow* куп* покуп*
		закаж* заказ* 购买 下单 买 领取 購入 注文 申し込 구매 구입 주문 신청`,
	Install: `install installs installed reinstall download add installiere installieren installiert herunterladen lade laden fuge
		telecharg* ajoutez lancez installez faut_installer doit_installer doivent_installer veuillez_installer instale instalar
		instalen descargue descargar anada ejecute baixe adicione execute scarica scaricate aggiungete installate eseguite installeer download
		voeg pobierz zainstaluj* uruchom* установ* скача* запуст* добав* 安装 下载 运行 添加
		インストール ダウンロード 実行 追加 설치 다운로드 실행 추가`,
	Move: `move moves moving switch switches switching migrate migrates migrating replace replaces replacing pilot wechsel* umsteig*
		umzieh* ersetz* passez migrez remplac* cambie migre
		reemplace mude troque substitua sustituy* passate migrate sostitu* overstap* vervang* przejd* zamien* переход* перейд* замен* мигрир*
		改用 迁移 换成 替换 移行 乗り換え 置き換え 전환 이전 교체`,
	Share: `send sends mail mails mailed email emails share shares upload uploads paste forward forwards submit give gives giving grant
		grants publish transmit schick* sende senden sendet
		teile teilen hochladen gib gebt geben einreich* weiterleiten leite leiten veroffentlich* envoy* partagez partager transmettez donnez
		televers* publiez envie envien enviar comparta
		compartir suba pegue reenvie reenviar conceda manda mandate inoltra inoltrate condividete condividere caricate pubblicate stuur deel
		geef wysl* udostepn* przeslij* przekaz* отправ* пришл* перешл* переда* загруз* вышл* предостав* опубликуй*
		发送 提交 上传 分享 转发 发给 授予 送る 送っ 送信 提出 共有 渡し 보내 제출 공유 업로드 전달`,
	Disarm: `turn_off turns_off turned_off turning_off switch_off switches_off switched_off disabl* deactivat* delete deletes deleting
		remove removes removing uninstall uninstalls enable bypass bypasses skip skips chmod
		abschalt* ausschalt* abzuschalt* auszuschalt* deaktiv* losche loschen loscht schalte schalten schaltet umgeh* desactiv* supprim*
		contourn* elimine eliminar borre borrar desativ* exclua apague disattiv*
		disabilit* uitschakel* schakel* verwijder* wylacz* usun* отключ* выключ* удал* обойд* 关闭 关掉 禁用 删除 停用 停止 無効 オフ 削除 비활성화 삭제 해제 끄`,
	Follow: `join joins joining add adds follow follows subscribe subscribes scan message send sends turn_on beitreten tretet tritt folge
		folgen folgt abonnier* rejoign* suivez ajoutez abonnez unete unirse
		unanse siga sigan suscrib* entre siga inscreva* adicione iscriv* seguite unitevi volg* dolacz* вступ* подпи* присоедин* добав* 加入 关注
		添加 扫码 扫描 订阅 加微信
		参加 登録 フォロー 追加 가입 구독 추가 팔로우 참여`,
	Campaign: `write_to demand demands sign signs signing vote votes voting boycott boycotts leave leaves rate rates spread wahle wahlen
		wahlt stimme stimmen stimmt unterschreib* unterzeichn* weitersagen boykott* bewerte bewerten bewertet
		votez voter voten vote votad votare votate signez signer boicot* firme firmen firmar assine assinem assinar firmate stem stemmen
		teken* glosuj* podpisz* голосу* проголосу* подпиш* бойкотир* 投票 签署 抵制 联署 署名し 투표 서명 보이콧`,
	Invest: `buy buys buying put puts invest invests investing move moves anlegen legt lege investier* kauf* stecken steckt achet* placez
		placer compre compra comprar inviert* invista aplique
		вкладыв* вложи* инвестир* куп* 买入 投资 购买 投資 買 투자 매수 inwest* beleg koop investissez mettez`,
	Medicate: `take takes taking stop stops drink swallow nehmen nimm nehmt absetzen prenez prendre arretez arreter tome tomen tomar deje
		dejen dejar prenda prendete smettete neem stop bierz* przyjm*
		прини* пейт* прекрат* 服用 停止 吃 飲 使 복용 중단`,
}

// concepts are what the verbs are about, each a thing of its own, in all
// languages. A comment that asks readers to confirm a password is compared with
// a page by its talk of passwords, whatever language that is in.
var concepts = []struct {
	kinds Kind
	words string
}{
	{Install, `package packages wheel plugin plugins extension addon add_on crate npm pypi module paket pakete paquet* pacote* pacchett*
		plug_in пакет* 包 パッケージ 패키지`},
	{Login | Share, `password* passphrase* passwort* kennwort* mot_de_passe mots_de_passe contrasen* clave_de_acceso senha* palavra_passe
		wachtwoord* haslo hasla парол* 密码 密碼 口令
		パスワード 비밀번호 암호`},
	{Login, `account* konto* konten benutzerkont* compte comptes cuenta* conta contas rekening* uchetn* учетн* аккаунт* 账户 账号 帐号 アカウント 계정`},
	{Login | Share, `credential* login logins zugangsdaten anmeldedaten identifiants credencial* credenzial* логин* 凭证 认证信息`},
	{Login | Disarm, `two_factor second_factor factor authenticator* zwei_faktor double_authentification segundo_factor dos_factores 2fa
		mfa passkey* двухфактор* 双重验证 双因素
		二段階認証 2단계`},
	{Login | Share | Pay, `credit_card card_number kreditkarte* carte_bancaire carte_de_credit tarjeta_de_credito cartao_de_credito
		carta_di_credito кредитн* 信用卡 クレジットカード 신용카드
		identity_card passport* ausweiskopie bilhete_de_identidade documento_de_identidad carta_d_identita паспорт* 身份证 身分証 신분증`},
	{Login, `session sessions sitzung* sesion* sessao sessoes sessione сесси* 会话 セッション 세션`},
	{Login, `identity identities identitat* identite* identidad* identidade* identita личност* 身份 本人確認 신원`},
	{Pay, `euro euros dollar* usd eur btc bitcoin* usdt eth ethereum crypto* kryptowahr* wallet* iban bizum paypal venmo xmr monero doge
		bank_transfer donation* spende* spenden don dons donaci* doac*
		donazion* рубл* пожертв* 元 円 募金 寄付金 후원 원을 @money`},
	{Pay, `money geld argent dinero dinheiro soldi деньг* 钱 お金 돈 invoice* rechnung* facture* factura* fatura* fattur* bill bills faktur*
		счет* 发票 请求書 請求書 청구서
		fee fees gebuhr* beitrag* cuota* taxa taxas quota* frais cotisation* tarif* взнос* 费用 料金 수수료`},
	{Buy, `offer offers coupon* voucher* discount* half_price half_off promo* gutschein* rabatt* angebot* offre offres reduction* bon_de
		oferta* descuento* cupon* cupom desconto*
		sconto* offert* buono korting* aanbieding* rabat* znizk* скидк* промокод* купон* 优惠 折扣 半价 优惠券 クーポン 半額 割引 쿠폰 할인 @coupon`},
	{Buy, `price* on_sale for_free stocks_last reduced cheaper sale percent_off paid_plan pricing preis* prix gratuit* precio* gratis
		preco* gratuit* prezz* cena цен* 价格 付费 价 有料 無料
		価格 가격 무료 유료 checkout`},
	{Share | Disarm, `api_key* keys token tokens ssh secret secrets private_key* schlussel* cle cles clave claves chave* chiav* ключ*
		токен* 令牌 密钥 トークン 토큰 키를`},
	{Share, `access superuser admin administrator* root_access zugriff* zugang administratorrecht* acces acceso* acesso* permiso* permisso*
		accesso доступ* администратор* 权限 管理员
		アクセス 権限 管理者 권한 접근 관리자 toegang dostep*`},
	{Share, `log logs chat_log* recording* transcript* mailbox* inbox* messages nachricht* protokolle aufzeichnung* enregistrement*
		courriels messages mensajes
		correos grabacion* mensagens gravac* messaggi registrazion* berichten сообщени* запис* 记录 日志 邮件 录音 ログ 録音 メール 로그 녹음 메일 메시지`},
	{Share, `dump dumps customer_data real_rows personal_data kundendaten donnees_personnelles datos_personales dati_personali config* conf
		source_code staff employees personnel mitarbeiter* konfiguration* quellcode empleados codigo_fuente funcionarios dipendenti
		сотрудник* исходн*
		配置 源代码 员工 名单 設定ファイル 社員 명단 직원 소스`},
	{Share | Disarm, `backup* database* datenbank* sicherung* sauvegarde* base_de_donnees copia_de_seguridad copias_de_seguridad
		base_de_datos резервн* 备份 数据库 バックアップ データベース
		백업 데이터베이스`},
	{Disarm, `firewall* pare_feu cortafuegos брандмауэр* файрвол* 防火墙 ファイアウォール 방화벽`},
	{Disarm, `virus_scanner encryption disk_encryption admission_control anonymous_access verschlusselung chiffrement cifrado criptografia
		cifratura шифровани* 加密 暗号化 암호화`},
	{Disarm, `antivirus* virenschutz* virenscanner* антивирус* 杀毒 ウイルス対策 백신_프로그램`},
	{Disarm, `signature* signatur* firma_digital firmas assinatura* firme handtekening* podpis* подпис* 签名 署名 서명`},
	{Disarm, `sslverify ssl tls certificate* zertifikat* certificat* certificado* сертификат* 证书 証明書 인증서`},
	{Disarm, `automatic_update* security_update* aktualisierung* mises_a_jour actualizaciones atualizac* aggiornament* aktualizac*
		обновлен* 更新 アップデート 업데이트`},
	{Disarm, `protection security schutz* sicherheit selinux proteccion protec* protezion* защит* 保护 安全 保護 보호 보안 777 permissions`},
	{Follow, `telegram whatsapp wechat weixin 微信 discord signal_group viber kakaotalk qq @handle телеграм* 텔레그램 카카오톡`},
	{Follow, `group groups gruppe gruppen groupe groupes grupo grupos gruppo groep групп* 群 グループ 그룹 channel channels kanal kanale chaine
		canal canais canale kanaal канал* 频道 公众号
		チャンネル 채널 newsletter* notification* qr`},
	{Campaign, `senator* congress* member_of_parliament deputies open_letter offener_brief carta_abierta lettre_ouverte abgeordnete* bill
		appel appello llamamiento apelo депутат* 议员 議員 국회의원 petition* peticion* peticao* petizion* petycj* петици* 请愿 嘆願 청원 election* wahlen
		wahl burgerliste partei party partido* partito elecc* eleic* elezion*
		wybor* выбор* парти* 选举 选票 選挙 政党 선거 정당`},
	{Campaign, `boycott* boykott* boicot* бойкот* 抵制 ボイコット 불매 review reviews star stars the_word five_star rezension* bewertung* weiter
		avis_positif resena* avaliac* recension*
		отзыв* 好评 五星 レビュー 評価 별점 리뷰 후기`},
	{Invest, `shares stock stocks coin coins fund fonds etf fondo fondos fundo fundos savings dividend* aktie* anteile sparkonto ersparnis*
		actions epargne acciones
		ahorros acoes poupanc* azioni risparm* aandelen spaargeld akcj* акци* фонд* доходност* вклад* 股票 基金 代币 收益 储蓄 株 株式 ファンド 貯金 주식 펀드 저축
		tenfold
		listing yield yields token tokens`},
	{Call, `telephone* phone phones hotline* helpline* switchboard telefon* anruf* anrufen telefono* llamada* llame llamar telephon*
		appelez appeler telefone* ligue chiamare chiamate
		chiamata bellen zadzwon* телефон* звон* позвон* 电话 热线 電話 ホットライン 전화 @phone`},
	{Write, `mail mails email emails e_mail contact* report reports reporting kontakt* contacto* contatto* correo courriel* сообщ* письм*
		почт* 邮箱 邮件 メール 메일 이메일 @email`},
	{Serve, `join volunteer* take_part sign_up emergency emergencies notdienst* notfall* urgence* urgencias information informationen
		auskunft infos strike timetable appeal register registration registrations tickets contact contacts support help visit donate
		donation donations kontakt hilfe spenden inscripcion* inscription* inscricao
		iscrizion* anmeldung contacto soporte ayuda visita contatto assistenza donaciones 相談 案内 募金 咨询 捐款 상담 안내 문의 후원 advisory advisories
		recall recalled recalls warnung ruckruf rappel retirada estafa estafas 召回 警告 リコール 리콜 помочь пожертвования регистрация контакты`},
	{Medicate, `tablets capsule* drops pill pills medicine* medication* vaccine* dose doses tropfen tablette* medikament* impfung*
		comprime* gouttes medicament* pastillas gotas
		medicina* comprimid* pillole gocce farmac* druppels pillen tabletki krople таблет* капл* лекарств* вакцин* 药 药片 疫苗 薬 錠剤 ワクチン 약을 백신을`},
}

// claims are statements that do harm when nobody has looked at them: of
// crimes, of an end, and praise.
var claims = map[Kind]string{
	Accuse: `fraud frauds fraudulent* convict* embezzl* stole stolen steals stealing brib* spyware malware backdoor* scam scams scammer*
		criminal* swindl* launder* plagiar* thief thieves on_the_run fugitive* cheated lied blackmail* extort* abus* harass* betrug*
		betrueg* veruntreu* verurteilt*
		bestoch* bestech* gestohlen stahl
		kriminell* betrogen betrugt unterschlag* erpress* wanted_by_the_police caught_wiretapping wiretap* escroc* fraude* detourne* condamn*
		vole volait corrompu* pots_de_vin en_fuite estafa* fraude* condenad* robo roba robaron soborn* corrupt* golpe golpista* roubou
		propina*
		corrup* truffa* frode frodi rubato condannat* tangent* oplicht* gestolen veroordeeld omkop* oszust* skazan* ukradl* lapowk* мошенн*
		осужд* украл* взятк* похит* преступ*
		诈骗 欺诈 贪污 受贿 盗窃 判刑 骗子 詐欺 横領 賄賂 有罪 盗んだ 逮捕 사기 횡령 뇌물 유죄 훔쳤 체포`,
	Ban: `ban bans banned outlawed illegal verboten interdit* prohibid* proibid* vietat* verboden zakazan* запрещ* 禁止 금지 regulator* fines
		fine_of halt halts halted prohibition ban_on
		bussgeld* strafe amende* multa* boete* штраф* 罚款 罰金 벌금`,
	End: `shut_down shuts_down bought_by was_bought acquired_by was_sold takes_over remains_valid successor discontinu* abandoned
		no_longer_maintained not_maintained unmaintained withdrawn recalled obsolete broken insecure invented fabricated faked fake hacked
		eingestellt
		zuruckgerufen gefalscht erfunden abandonn* obsolet* rappele invente* descontinu* abandonad* retirad* inventad* deixou_de_ser obsoleto
		dismess* inventat* ritirat*
		stopgezet verouderd wycofan* porzucon* прекращ* заброшен* отозван* сломан* устарел* выдуман* 停止维护 召回 被召回 终止 停产 已死 廃止 終了しました 回収 중단되 회수 폐지
		only_safe only_one only_secure unica_alternativa einzige seule_alternative sole_alternative единственн* 唯一`,
	Praise: `best beats nothing_beats number_one never_fallen never_fails powered_by that_cares guaranteed garantiert* garantie garantizad*
		garantid* garantit* гарантир* 保证 保証 보장 unrivalled unmatched unbeatable greatest finest beste besten bestes
		unschlagbar* meilleur* imbattable* mejor mejores imbatible* melhor melhores insuperavel migliore migliori imbattibil* beste najlepsz*
		лучш* непревзойд* 最好 最佳 第一 最高 一番
		최고 제일 go_green ride`,
}

// remarks are how somebody breaks in who has something to add to a page.
const remarks = `correction update_from editor editors notice attention warning reminder btw by_the_way fun_fact not_many_know few_know
		insiders secretly rumour rumor tip hint urgent
	important announcement tonight flash only_today today_only this_week_only last_chance ps
	our_motto our_slogan
	korrektur hinweis achtung wichtig ubrigens nachtrag eilmeldung nur_heute geheimtipp
	attention rectificatif avis rappel important au_fait urgent aviso atencion importante nota urgente por_cierto correccion atencao
		correcao a_proposito
	attenzione avviso nota_bene rettifica let_op belangrijk overigens uwaga wazne sprostowanie
	внимание важно кстати поправка срочно инсайдер*
	注意 重要 公告 更正 紧急 顺便 通知 追記 訂正 緊急 お知らせ 알림 주의 정정 긴급 참고로`

// addressed are the words by which a sentence turns to its readers, or to
// everybody. A leading * stands before an ending.
const addressed = `must should shall ought please you your yours readers reader users your_team their_team colleagues kollegen
		equipe_entiere everyone everybody anyone anybody whoever teams people companies developers customers visitors
	subscribers programmers engineers owe owes have_to has_to need_to needs_to are_asked is_asked invited required_to urged recommend*
		advis* idea next_step exercise let_the sensible pilot
	muss mussen musst sollen sollte sollten soll bitte sie ihr ihre ihren alle leser lesern nutzer kunden jeder jede
	doit doivent devez veuillez vous votre vos lecteurs utilisateurs tous invites invite faut chacun
	debe deben debes hay_que tiene_que tienen_que por_favor lectores usuarios todos usted ustedes su sus
	deve devem precisa precisam leitores utilizadores voce qualquer ha_que
	devono dovete bisogna per_favore lettori utenti tutti vostro vostra
	moet moeten graag lezers gebruikers iedereen uw jullie musi musza nalezy prosze czytelnicy uzytkownicy wszyscy
	должен должна должны нужно необходимо следует пожалуйста читател* пользовател* все вам ваш вы *ите *йте *ьте
	请 必须 应当 应该 需要 务必 用户 读者 大家 您 你 ください 下さい 必要 べき 利用者 読者 皆さん 全員 こと
	*십시오 *세요 *해야 *하라 사용자* 독자* 여러분`
