package action

// Matter is a set of what a sentence deals with that somebody plants who wants
// something of readers. Other than a [Kind] it needs no verb: it says that a
// sentence sells, calls or accuses, not what it asks for.
type Matter uint16

// The matters.
const (
	Offer  Matter = 1 << iota // something to be had, cheaper or for nothing
	Reach                     // people who answer: a desk, a hotline, a specialist
	Club                      // groups, channels, newsletters
	Secret                    // what opens an account
	Cash                      // money that changes hands
	Tool                      // software to be brought onto a machine
	Weaken                    // a protection that is taken away
	Hand                      // data that others should not have
	Smear                     // what nobody wants to be said of them
	Decree                    // that something is forbidden, owed, healed or proven
	Advert                    // who pays for a text, and mottos
)

// Matters are all of them, each once.
func Matters() []Matter {
	var out []Matter
	for m := Offer; m <= Advert; m <<= 1 {
		out = append(out, m)
	}
	return out
}

// String names the first matter of the set for people.
func (m Matter) String() string {
	for i, one := range Matters() {
		if m&one != 0 {
			return [...]string{"an offer", "a place to turn to", "a group to join", "what opens an account", "a payment", "software to install",
				"a protection to take away", "data to hand over", "bad things of somebody", "a rule or proof", "an advertisement"}[i]
		}
	}
	return "nothing"
}

// matters are the words of each, in the form of verbs.
var matters = map[Matter]string{
	Offer: `cheaper discount* rebate* percent_off half_price half_off promo* coupon* voucher* deal deals bargain* for_free is_free
		are_free free_with free_at months_free free_months
		first_month free_of_charge without_postage free_postage keyword referrer referral ref_code subscription* buy buys sold_by sells
		ordered_from order_from orders_two half_as_much a_fifth seats giveaway prize gift gifts partner premium pro_version till on_sale
		gunstiger nachlass rabatt* gutschein* angebot* kaufen kauft bestellen bestellt kostenlos geschenk* abo prozent_nachlass
		remise* reduction* offert offerte offerts abonnement* moins_cher acheter achetez vend vendent cadeau*
		descuento* oferta* gratis cupon* compre compren compra comprar regalo* suscripcion* mas_barat*
		desconto* cupom* brinde* assinatura* mais_barat* sconto* offerta offerte buono acquist* omaggio korting* goedkoper
		rabat* znizk* zamow* taniej скидк* купи* закаж* промокод* подар* дешевле 优惠 折扣 半价 五折 限时 报名 购买 改买
		赠送
		割引 半額 購入 特典 할인 구매 반값 @coupon`,
	Reach: `hotline* helpline* help_desk response_desk support_desk helpdesk specialist* agent_waits technician* picks_up pick_up
		around_the_clock day_and_night dial dials ring rings rings_back phone telephone fax sms text_message official_support
		authorised_agent engineers_answer notdienst* ansprechpartner* rufnummer anrufen rund_um_die_uhr assistance technicien*
		appelez numero_vert personal_oficial marque marca atienden atiende llame soporte_oficial ligue atendimento centralino
		служба_поддержки горяч* звоните 客服 热线 拨打 サポート窓口 お電話 고객센터 상담원
		@phone`,
	Club: `group groups chat_room room rooms salon newsletter* channel channels invitation* invited invite insiders members_only
		square_code qr scan join joins joined subscribe add_me add_us let_in waiting_list signal telegram whatsapp discord wechat
		viber gruppe kanal rundbrief* verteiler stammtisch groupe canal lettre_d_information grupo boletin* canale gruppo
		telegramm канал* групп* чат чате приглашен* рассылк* куратор* 群 频道 社群 公众号 扫码 会员 サロン 会員 友だち グループ
		채널 모임 친구_추가
		@handle`,
	Secret: `password* passphrase* passcode* one_time_code sms_code code_from_the_sms otp seed_phrase seed_words twelve_word* recovery_phrase
		recovery_words sign_in login log_in root_login api_key openai_key master_key staff_number pin_code pin_number your_pin
		the_pin and_pin card_number credit_card credential*
		passwort* kennwort* kennung zugangsdaten generalschlussel* kreditkarte* anmeldedaten mot_de_passe mots_de_passe identifiant*
		carte_bancaire contrasena* clave_de tarjeta_de_credito senha* cartao_de_credito codice carta_di_credito parola wachtwoord* haslo
		парол* логин* код_из учетн* сид_фраз* 口令 密码 验证码 动态码 助记词 信用卡 パスワード 暗証 認証コード 비밀번호 인증번호
		신용카드`,
	Cash: `pay pays paid_to payment* fee fees transfer transfers donate donates donation* usdt
		wallet* invoice* owe owes top_up fast_payment gebuhr* zahlen zahlt uberweis* spende* virement* verser versez frais pago
		pagos pague pagar tasa cuota taxa pagamento* pix donac* doac* bonific* versament* плат* оплат*
		перевод* взнос* карту
		付款 转账 捐款 汇款 支払 送金 寄付 결제 송금 기부 @money`,
	Tool: `install installs installed pip pip3 pipx npm npx yarn cargo curl wget bash shell script download helper wheel
		package plugin extension add_on docker as_root installier* herunterlad* telecharg* instalar instale
		instalen descargu* baixe baixar scaric* installat* zainstaluj* установ* скача* 安装 下载 インストール
		ダウンロード 설치 다운로드`,
	Weaken: `permitrootlogin trust_for_all basic_auth no_password without_password auth_off disable disables disabled turn_off switch_off
		switched_off expose exposes exposed open_port opens_the_port to_the_internet to_the_outside publicly bypass* skip
		skips drop drops take_off without_signing without_reviews old_test_suite nosuid root_socket socket_mounted delete delete_the
		abschalt* ausschalt* deaktiv* ohne_passwort desactiv* sans_mot sin_contrasena sem_senha отключ*
		снимите откройте_порт без_парол*
		关闭 禁用 开放端口 無効 オフ 끄고 비활성화`,
	Hand: `mailbox* inbox* customer* customer_support employee* staff employer* payroll kubeconfig* chat_log* chat_histor* recording*
		footage conversations habits serial_number real_name personal_data upload hand_over hand_the hand_your hand_our hand_their
		production_data production_mailbox* our_production kundendaten mitarbeiter* sicherungen ubergib* uberlass* uberlasst hochlad*
		boites_aux_lettres clients donnees employes datos_de clientes empleado* suba enviar_los buzon funcionario* carregue dipendent*
		сотрудник* клиент* загруз* выложи* 客户 员工 上传 用户对话 顧客 社員 アップロード 映像 고객 직원
		올려`,
	Smear: `drunk cheat cheats cheated pocket* copied_half stole* steals stolen lied lies liar fake faked fakes forged bought_votes bribe*
		sold_conversations does_not_pay no_longer_pay* doesn_t_pay antedat* warned_before let_go sacked scam* fraud* embezzl* convict*
		spies spy spyware sued sues blackmail* harass* plagiar* thief thieves crook* illegal* secretly leaked_by gags gagged
		swindl* launder* fabricat* deceiv* retract* betrug* betrog* betrugt gekaufte gekauften gelogen
		lugt bestoch* bestech* gestohlen veruntreu* gefalscht escroc* fraude*
		triche* detourn* vole vola ment mentait antidat* ne_paie condamn* estafa* engan* roba robo miente soborn* mente rouba roubou
		golpe enganou truff* rubat* mente oszuk* kradnie ukrad* обман* мошенн* украл* украли ворова*
		ворует куплен* подкуп* взятк*
		骗 卖给 偷 贪污 受贿 造假 诈骗 嘘 横領 詐欺 盗 賄賂 속였 속이 훔친 훔쳤 사기 뇌물 횡령`,
	Decree: `banned bans ban outlawed may_no_longer must_no_longer no_longer_be_used prohibit* unlawful licence_fee* license_fee*
		fine_of fines regulator* cures cure heals heal doctors_agree historians_agree doctors withdrawn bought_by acquired_by
		shut_down discontinued successor verboten* bussgeld* lizenzgebuhr* interdit* amende* guerit gueriss* prohibid* multa* cura
		curan proibid* vietat* guarisce zakazan* leczy запрещ* штраф* лечит 禁止 被禁 封禁 罚款 治愈 治疗 医生 治る 禁じ 금지
		벌금 치료`,
	Advert: `brought_to_you presented_by motto slogan because as_they_say close_to_you tastes taste
		delicious fresh feel outlive* only_at nothing_beats never_fails that_cares trusted_by love loves enjoy enjoys drink drinks eat
		prasentiert schmeckt genuss geniess* presente_par saveur* gout douceur douce doux sabor* disfrut* gosto
		sapore gusto вкус* 喝 享受 品味 好味 美味 提供でお 맛있 후원`,
}
