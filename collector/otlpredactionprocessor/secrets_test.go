package otlpredactionprocessor

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// form is a way in which a text comes to be within another.
type form struct {
	name  string
	write func(string) string
}

func asJSON(s string) string {
	b, err := json.Marshal(map[string]string{"content": s})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// forms are those of prompts and of the results of tools.
func forms() []form {
	return []form{
		{"alone", func(s string) string { return s }},
		{"in a sentence", func(s string) string { return "see " + s + " and more" }},
		{"at the beginning of a line", func(s string) string { return "see\n" + s + "\nand more" }},
		{"in JSON", func(s string) string { return asJSON("see\n" + s + "\nand more") }},
		{"in JSON in JSON", func(s string) string { return asJSON(asJSON("see\n" + s + "\nand more")) }},
	}
}

// TestSecretsOfManyKindsGo: each kind has a part that must not be left, in whatever form it comes.
func TestSecretsOfManyKindsGo(t *testing.T) {
	r := testRedactor(t, shipped(t))
	const z = "AbCdEfGhIj0123456789KlMnOpQrStUvWxYz0123456789"
	hex := strings.Repeat("0f", 32)
	for name, c := range map[string]struct{ text, secret string }{
		"OpenAI":                        {"sk-proj-" + z, z},
		"Anthropic":                     {"sk-ant-api03-" + z, z},
		"a quote that is encoded":       {"%22sk-" + z + "%22", z},
		"Slack":                         {"xoxb-" + z, z},
		"Slack, an app":                 {"xapp-1-A0123456789-" + z, z},
		"Slack, a hook":                 {"https://hooks.slack.com/services/T0123ABCD/B0123ABCD/" + z[:24], z[:24]},
		"Slack, a trigger":              {"https://hooks.slack.com/triggers/T0123ABCD/123456789/" + z[:24], z[:24]},
		"Discord, a hook":               {"https://discord.com/api/webhooks/123456789012345678/" + z, z},
		"Telegram":                      {"https://api.telegram.org/bot123456789:AAF" + z[:32] + "/getMe", z[:32]},
		"GitHub":                        {"ghp_" + z[:36], z[:36]},
		"GitHub, fine-grained":          {"github_pat_" + z, z},
		"GitLab, a runner":              {"glrt-" + z[:20], z[:20]},
		"AWS":                           {"AKIA" + "QQQQQQQQQQQQQQQQ_x", "QQQQQQQQ"},
		"AWS, environment":              {"AWS_SECRET_ACCESS_KEY=" + z[:40], z[:40]},
		"AWS, file of settings":         {"aws_secret_access_key = " + z[:40], z[:40]},
		"AWS, signed link":              {"https://s3.amazonaws.com/b?X-Amz-Signature=" + hex + "&x=1", hex},
		"Google, OAuth":                 {"ya29.a0" + z, z},
		"Google, client":                {"GOCSPX-" + z[:28], z[:28]},
		"Azure, storage":                {"DefaultEndpointsProtocol=https;AccountName=x;AccountKey=" + z + "==;EndpointSuffix=core.windows.net", z},
		"Azure, signed link":            {"https://x.blob.core.windows.net/c/b?sv=2024&sig=" + z + "%3D&se=1", z},
		"S3, settings":                  {`{"accessKey": "hunter", "secretAccessKey": "hunter"}`, "hunter"},
		"Azure, bus":                    {"Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=" + z, z},
		"Azure, client":                 {"abc8Q~" + z[:34], z[:34]},
		"Stripe":                        {"sk_" + "live_" + z[:24], z[:24]},
		"SendGrid":                      {"SG." + z[:22] + "." + z[:43], z[:22]},
		"PyPI":                          {"pypi-AgEIcHlwaS5vcmc" + z, z},
		"npm":                           {"npm_" + z[:36], z[:36]},
		"Groq":                          {"gsk_" + z, z},
		"Databricks":                    {"dapi" + hex[:32], hex[:32]},
		"Vault":                         {"hvs." + z, z},
		"age":                           {"AGE-SECRET-KEY-1" + strings.ToUpper(z), strings.ToUpper(z)},
		"JSON Web Token":                {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + z, z},
		"JSON Web Token, not signed":    {"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0NTY3In0.", "eyJzdWIiOiIxMjM0NTY3In0"},
		"JSON Web Token, encrypted":     {"eyJhbGciOiJkaXIifQ.." + z[:16] + "." + z + "." + z[:22], z},
		"private key":                   {"-----BEGIN EC PRIVATE KEY-----\n" + z + "\n" + z + "\n-----END EC PRIVATE KEY-----", z},
		"private key, locked":           {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: X,01\n\n" + z + "\n-----END RSA PRIVATE KEY-----", z},
		"private key, PGP":              {"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n" + z + "\n-----END PGP PRIVATE KEY BLOCK-----", z},
		"private key, cut off":          {"-----BEGIN PRIVATE KEY-----\n" + z + "\n" + z, z},
		"link with password":            {"https://user:hunter22@example.com/x", "hunter22"},
		"link with password with signs": {"https://user:hun@ter22@example.com/x", "ter22"},
		"link with token":               {"https://tok3nvalue@example.com/x", "tok3nvalue"},
		"link, encoded":                 {"https%3A%2F%2Fuser:hunter22@example.com", "hunter22"},
		"database":                      {"postgresql://app:hunter22@db:5432/x", "hunter22"},
		"database, words":               {"host=db user=app password=hunter dbname=x", "hunter"},
		"database, list":                {"Server=db;User Id=sa;Password=hunter22;Encrypt=true", "hunter22"},
		"log line":                      {"connect {user=app, password=hunter22, host=x}", "hunter22"},
		"Basic":                         {"Authorization: Basic dXNlcjpodW50ZXIyMg==", "dXNlcjpodW50ZXIyMg"},
		"Basic, no padding":             {"Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"},
		"Basic, alone":                  {"Basic dXNlcjpodW50ZXIyMg==", "dXNlcjpodW50ZXIyMg"},
		"Bearer, loud":                  {"BEARER " + z, z},
		"header of another scheme":      {"Authorization: token hunter22", "hunter22"},
		"proxy":                         {"Proxy-Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"},
		"signed request":                {"Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/s3, SignedHeaders=host, Signature=" + hex, hex},
		"cookies":                       {"GET / HTTP/1.1\r\nCookie: a=b; session=" + z + "\r\nHost: x", z},
		"a cookie":                      {"Set-Cookie: sid=" + z + "; HttpOnly", z},
		"header with a key":             {"X-Api-Key: " + z, z},
		"headers as JSON":               {`{"headers":{"Authorization":"Basic dXNlcjpwYXNz","Set-Cookie":["a=hunter22","b=hunter23"]}}`, "hunter2"},
		"JSON":                          {`{"user":"a","password":"hunter22","x":1}`, "hunter22"},
		"JSON, with quotes":             {`{"password":"a\"hunter22"}`, "hunter22"},
		"JSON, with backslashes":        {`{"password":"a\\","secret":"hunter22"}`, "hunter22"},
		"JSON, behind nothing":          {`{"password":["","hunter22"]}`, "hunter22"},
		"JSON, a number":                {`{"password": 12345678}`, "12345678"},
		"JSON, with blanks":             {"{\n  \"api_key\" : \"hunter\"\n}", "hunter"},
		"JSON, in capitals of a camel":  {`{"clientSecret":"hunter","accessToken":"hunter"}`, "hunter"},
		"JSON, cut off":                 {`{"refresh_token":"hunter22`, "hunter22"},
		"account of a service":          {`{"private_key_id":"1","private_key":"-----BEGIN PRIVATE KEY-----\nMII` + z + `\n-----END PRIVATE KEY-----\n"}`, z},
		"Python":                        {`{'password': 'hunter'}`, "hunter"},
		"Ruby":                          {`{"password" => "hunter"}`, "hunter"},
		"code":                          {`api_key = "hunter"`, "hunter"},
		"a parameter":                   {"https://e.com/?token=hunter&page=2", "hunter"},
		"a parameter of a fragment":     {"https://e.com/#access_token=hunter&page=2", "hunter"},
		"a parameter called key":        {"https://maps.googleapis.com/?a=1&key=hunter", "hunter"},
		"a parameter in a parameter":    {"https://e.com/?u=https%3A%2F%2Fa.com%3Faccess_token%3Dhunter", "hunter"},
		"a form":                        {"grant_type=password&password=hunter&client_secret=hunter", "hunter"},
		"environment":                   {"DB_PASSWORD=hunter\nOPENAI_API_KEY=hunter", "hunter"},
		"YAML":                          {"db:\n  password: hunter22\n", "hunter22"},
		"said":                          {"the password: hunter22, for all", "hunter22"},
		"a pair":                        {`{"name":"Cookie","value":"hunter"}`, "hunter"},
		"a pair, with blanks":           {"{\n  \"key\": \"api_key\",\n  \"enabled\": true,\n  \"value\": \"hunter\"\n}", "hunter"},
		"a pair, a number":              {`{"headerName":"password","headerValue":12345678}`, "12345678"},
		"a pair, lists":                 {`{"name":"Set-Cookie","values":["hunter","hunter"]}`, "hunter"},
		"a pair, of OTLP":               {`{"key":"password","value":{"stringValue":"hunter"}}`, "hunter"},
		"a pair, Python":                {`{'name': 'password', 'value': 'hunter'}`, "hunter"},
		"a pair, YAML":                  {"env:\n  - name: DB_PASSWORD\n    value: hunter22\n", "hunter22"},
		"option":                        {"mysql -u app --password hunter22 db", "hunter22"},
		"option of a token":             {"gh auth --token=hunter22x", "hunter22x"},
		"option in quotes":              {`tool --api-key "hunter22"`, "hunter22"},
		"options as a list":             {`["tool", "--password", "hunter22"]`, "hunter22"},
		"curl":                          {"curl -sS -u ann:hunter https://e.com", "hunter"},
		"curl, in quotes":               {"curl https://e.com --user 'ann:hunter'", "hunter"},
		"curl, twice in a line":         {"curl -u ann:hunter https://e.com && curl -u bob:other https://e.com", "hunter"},
		"curl, behind a header":         {`curl -H "Accept: text/html" -u ann:hunter https://e.com`, "hunter"},
		"curl, on several lines":        {"curl https://e.com \\\n  -u ann:hunter", "hunter"},
		"curl, short options in one":    {"curl -sSu ann:hunter https://e.com", "hunter"},
		"curl, a proxy":                 {"curl -U proxy:hunter -u ann:other https://e.com", "hunter"},
		"curl, a list":                  {`["curl", "-s", "-u", "ann:hunter"]`, "hunter"},
		"XML":                           {"<user>ann</user><password>hunter</password>", "hunter"},
		"XML with a name space":         {`<wsse:Password Type="x#PasswordText">hunter</wsse:Password>`, "hunter"},
		"private key in a program":      {`k = "-----BEGIN RSA PRIVATE KEY-----" +` + "\n\t" + `"` + z + `" +` + "\n\t" + `"-----END RSA PRIVATE KEY-----"`, z},
	} {
		for _, f := range forms() {
			if f.name == "in a sentence" && strings.Contains(name, "cut off") || f.name != "alone" && name == "link, encoded" {
				continue
			}
			text := f.write(c.text)
			got := r.clean(text)
			if strings.Contains(got, c.secret) {
				t.Errorf("%s, %s: %s", name, f.name, got)
			}
			if strings.HasPrefix(f.name, "in JSON") && !json.Valid([]byte(got)) {
				t.Errorf("%s, %s: no JSON any more: %s", name, f.name, got)
			}
			if f.name != "alone" && !strings.Contains(name, "cut off") && !strings.Contains(got, "and more") {
				t.Errorf("%s, %s: what follows went too: %s", name, f.name, got)
			}
			if again := r.clean(got); again != got {
				t.Errorf("%s, %s: %s, then %s", name, f.name, got, again)
			}
		}
	}
}

func TestInnocentTextsStay(t *testing.T) {
	r := testRedactor(t, shipped(t))
	for _, text := range []string{
		"The quick brown fox jumps over the lazy dog, https://example.com/a?b=c",
		"0af7651916cd43dd8448eb211c80319c 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"550e8400-e29b-41d4-a716-446655440000",
		"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		`{"id":"chatcmpl-AbCdEfGhIj0123456789KlMnOp","model":"gpt-4o","usage":{"input_tokens":7,"max_tokens":100}}`,
		`{"token":" Hello","logprob":-0.01,"bytes":[32,72]}`,
		`{"next_page_token":"","type":"password","label":"Password:","required":["password"]}`,
		`{"password":{"type":"string","description":"of at least 8 characters"},"secret":null,"api_key":true,"cookie":[]}`,
		"A password: must have 12 characters, a secret: never told, a cookie: baked. Authorization: see chapter 4.",
		"Choose a strong password, and keep the key secret. Basic understanding of Basic Latin; bearer of news.",
		"def login(user, password: str, api_key: Optional[str] = None) -> bool:\n    return check(user, password=password, secret=self.secret)",
		`client = OpenAI(api_key=os.environ["OPENAI_API_KEY"], api_key=get_key(), token=args.token)`,
		"if password == expected || apiKey != other { return secret := load() }",
		"interface Login { user: string; password: string; accessToken: Token }",
		"PASSWORD=$DB_PASSWORD docker run -e API_KEY=${API_KEY}",
		"risk-assessment-for-large-companies task-0123456789-abcdefghijkl disk-usage-of-all-the-machines",
		"ssh://git@github.com/x/y.git https://medium.com/@user https://cdn.jsdelivr.net/npm/x@1.2.3 https://localhost:8080/a@b",
		"mail ann@example.com and bob@example.com, at 10:30, see https://example.com:8443/",
		"-----BEGIN CERTIFICATE-----\nMIIBAbCdEfGhIj0123456789KlMnOpQrStUvWxYz\n-----END CERTIFICATE-----",
		`if strings.Contains(text, "-----BEGIN PRIVATE KEY-----") {`,
		"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
		`<Item key="a" token="b" /> <a href="?page=2&sort=key" accesskey="h">`,
		"commit a7be92f3b6d1c2e3f4a5b6c7d8e9f0a1b2c3d4e5 Author: A <a@b.c>",
		"eyJ is how JSON begins in base64: eyJhbGciOiJIUzI1NiJ9",
		"convert_hf_to_gguf_update_for_new_models_v2 npm_package_devDependencies_typescript_eslint pypi-publish-github-action-workflow-for-all",
		"benchmark_test_configuration, network_test_environment, MSG.authenticationFailed.invalidCredentialsGiven",
		"run the basic tests/e2e/specs --auth basic timeout=30, basic attention=True",
		`{"usage":{"total_tokens":7,"token_count":5},"eos_token":"</s>","valid_token":7,"error":"invalid_token","token_type":"bearer"}`,
		`{"k":"-----BEGIN PRIVATE KEY-----a:1","b":{"c":"AAAAAAAAAAAAAAAAAAAAAAAA"}}`,
		`[{"arguments":"{\"password\":"},{"arguments":" 5}"}]`,
		`[{"name":"password","type":"string"},{"name":"user","value":"ada"},{"key":"password"},{"value":"x"}]`,
		`{"name":"password","value":"","next":"x"} {"name":"user","password_hint":null,"value":"ada"}`,
		"- name: password\n- name: user\n  value: ada22\n",
		`{"a":["-----BEGIN PRIVATE KEY-----"],"b":"between","c":{"d":"-----END PRIVATE KEY-----"}}`,
		"Pass --token to authenticate, --password for a prompt, --password-stdin or --api-key KEY; --eos-token 50256 --max-token=4096",
		"docker login --password $TOKEN1 --token <your-token-1> --token=${GH_TOKEN1} -u 1000:1000",
		"curl -u $USER:$PASS1 https://e.com; curl -u <user>:<token> https://e.com; curl -X POST http://e.com:80/",
		`<i data-token="5a7caf02bc015600016d42b8"> X-Amz-Security-Token, "v1x"`,
		"<password>${db.password1}</password> <label>Password</label> <token>word</token> <password></password>",
	} {
		for _, f := range forms() {
			if in := f.write(text); r.clean(in) != in {
				t.Errorf("%s:\n%s\nbecame\n%s", f.name, in, r.clean(in))
			}
		}
	}
}

// TestATextThatEndsWithinJSONTakesNothingElse: of arguments that come piece by piece, each ends anywhere.
func TestATextThatEndsWithinJSONTakesNothingElse(t *testing.T) {
	r := testRedactor(t, shipped(t))
	for in, want := range map[string]string{
		`{"a":"\"password\":","b":1}`:                            `{"a":"\"password\":","b":1}`,
		`{"a":"'password':","b":"hunter"}`:                       `{"a":"'password':","b":"hunter"}`,
		`{"0":"0\bCookie\":"}`:                                   `{"0":"0\bCookie\":"}`,
		`{"a secret\\":1}`:                                       `{"a secret\\":1}`,
		`{"a":"\"password\":\"\\"}`:                              `{"a":"\"password\":\"\\"}`,
		`{"a":["password='hunter\\"],"b":"it's"}`:                `{"a":["password='****\\"],"b":"it's"}`,
		`{"a":{"t":"password='hunter"},"b":"it's"}`:              `{"a":{"t":"password='****"},"b":"it's"}`,
		`{"x":"{\"t\":\"password='hunter\"}","b":["it's"]}`:      `{"x":"{\"t\":\"password='****\"}","b":["it's"]}`,
		`data: {"t":"password='hunter"}` + "\n" + `{"b":"it's"}`: `data: {"t":"password='****"}` + "\n" + `{"b":"it's"}`,
		`SECRET='{"hunter":"hunter"}'`:                           `SECRET='****'`,
		`{'password': 'hunter"s', 'b': "it's"}`:                  `{'password': '****', 'b': "it's"}`,
	} {
		if got := r.clean(in); got != want {
			t.Errorf("%s\nbecame\n%s, not\n%s", in, got, want)
		}
	}
}

// FuzzClean holds that JSON stays JSON.
func FuzzClean(f *testing.F) {
	f.Add(`{"password":"a\"b","x":{"secret":["\\","c"],"api_key":-1.5e3}}`)
	f.Add(`{"a":"{\"password\":\"\\\"x\\\"\",\"cookie\":\"a=b\"}","authorization":"Basic x"}`)
	f.Add(`"password=\u0022x\u0022" : 'secret=%3D' cookie%3Da=b`)
	f.Add(`{"0":"0\b0\bCookie\":"}`)
	f.Add(`{"a":{"t":"password='x"},"b":"it's"}`)
	f.Add(`{"k":"-----BEGIN PRIVATE KEY-----a:1","b":{"c":"AAAAAAAAAAAAAAAAAAAAAAAA"}}`)
	r := testRedactor(f, shipped(f))
	f.Fuzz(func(t *testing.T, text string) {
		got := r.clean(text)
		if json.Valid([]byte(text)) && !json.Valid([]byte(got)) {
			t.Errorf("%s is no JSON any more: %s", text, got)
		}
	})
}

// TestLongTextsAreRead ends in time only where that is in proportion to the text: in proportion to its square it
// would be hours.
func TestLongTextsAreRead(t *testing.T) {
	r := testRedactor(t, shipped(t))
	for _, piece := range []string{`"password":"`, `\\\"secret\\\":\\\"`, "password:", "password=", "cookie: a=", "cookie:", "://", "://a:", "a=", "%3D",
		"-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("a", 30) + "\n", `"`, `\`, `\"`, "secret=[", "secret = ",
		"eyJaaaaaaaa.", "authorization: basic ", "authorization: digest a, ", "authorization:", "password=' ", "--password a", "curl ", "curl -u ", `\u003cpassword `, "<password>a", "-----BEGIN PRIVATE KEY-----\" + \"",
		`{"name":"password",`, `"name":"password","value":`} {
		begin := time.Now()
		r.clean(strings.Repeat(piece, 2<<20/len(piece)) + " x")
		t.Logf("%q: %v", piece, time.Since(begin).Round(time.Millisecond))
	}
}
