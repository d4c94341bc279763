package config

import "time"

// Settings are the worker's settings. The tags are read by kong: env names the
// variable, default the default, help the line in --help and .env.example; common marks those that a
// command's --help shows, while --help-all shows all.
// Parsing fills in the defaults of the tags, [Settings.Check] those that depend
// on the machine. After that nobody changes them.
type Settings struct {
	Storage   Storage   `embed:"" group:"Storage"`
	MLflow    MLflow    `embed:"" group:"MLflow"`
	Model     Model     `embed:"" group:"Model"`
	Fetch     Fetch     `embed:"" group:"Retrieval"`
	Slack     Slack     `embed:"" group:"Slack"`
	Telemetry Telemetry `embed:"" group:"Telemetry"`
	Worker    Worker    `embed:"" group:"Worker"`
}

// Storage says where things are kept on disk.
type Storage struct {
	DataDir     string  `env:"COMMENTATOR_DATA_DIR" help:"Folder for outbox, database and caches. Empty: the state folder of the user, or of the systemd service." placeholder:"DIR"`
	DatabaseURL Address `env:"COMMENTATOR_DATABASE_URL" common:"" help:"Queue database: postgres://… or sqlite:///path. Empty: SQLite in the data folder." placeholder:"URL"`
	DBPath      string  `env:"DB_PATH" name:"db-path" help:"SQLite file of the queue; an older name for COMMENTATOR_DATABASE_URL=sqlite:///path." placeholder:"FILE"`
}

// MLflow says where runs and traces go, and how the server is reached. The
// variables are those of package mlflow, and read as it reads them: blanks around
// a value do not count, and an empty one is as good as none.
type MLflow struct {
	TrackingURI     Address `env:"MLFLOW_TRACKING_URI" common:"" default:"http://127.0.0.1:5000" help:"MLflow server." placeholder:"URL"`
	ExperimentName  string  `env:"MLFLOW_EXPERIMENT_NAME" common:"" default:"technoshare_commentator" help:"Experiment, created when missing." placeholder:"NAME"`
	ExperimentID    string  `env:"MLFLOW_EXPERIMENT_ID" name:"experiment-id" help:"Experiment by its id, which must exist; wins over the name." placeholder:"ID"`
	ParentRunID     string  `env:"MLFLOW_RUN_ID" name:"parent-run-id" help:"Run under which the runs of jobs are put; it must exist." placeholder:"ID"`
	Workspace       string  `env:"MLFLOW_WORKSPACE" name:"mlflow-workspace" help:"Workspace, on servers started with --enable-workspaces." placeholder:"NAME"`
	EnableTracking  bool    `env:"MLFLOW_ENABLE_TRACKING" default:"true" negatable:"" help:"Write runs."`
	EnableTracing   bool    `env:"MLFLOW_ENABLE_TRACING" default:"true" negatable:"" help:"Send traces."`
	EnableArtifacts bool    `env:"MLFLOW_ENABLE_ARTIFACTS" default:"true" negatable:"" help:"Write artifacts of runs."`
	UIURL           string  `env:"MLFLOW_UI_URL" name:"mlflow-ui-url" help:"MLflow's address as people reach it, for links; the tracking URI where that is the same." placeholder:"URL"`
	RequestTimeout  float64 `env:"MLFLOW_HTTP_REQUEST_TIMEOUT" name:"mlflow-timeout" help:"Longest request to MLflow, in seconds. Empty: 60." placeholder:"SECONDS"`
	MaxRetries      int     `env:"MLFLOW_HTTP_REQUEST_MAX_RETRIES" name:"mlflow-max-retries" help:"Attempts at a trace on a server that is well, before it is put aside. Empty: many." placeholder:"N"`

	Username         string `env:"MLFLOW_TRACKING_USERNAME" help:"User for basic authentication."`
	Password         Secret `env:"MLFLOW_TRACKING_PASSWORD" help:"Password for basic authentication."`
	Token            Secret `env:"MLFLOW_TRACKING_TOKEN" help:"Bearer token."`
	TokenFile        string `env:"MLFLOW_TRACKING_TOKEN_FILE" help:"File with the bearer token, read again when it changes." placeholder:"FILE"`
	Auth             string `env:"MLFLOW_TRACKING_AUTH" name:"tracking-auth" help:"kubernetes: the token of the pod's service account; kubernetes-namespaced: its namespace as workspace too." placeholder:"MODE"`
	OAuth2TokenURL   string `env:"MLFLOW_TRACKING_OAUTH2_TOKEN_URL" name:"oauth2-token-url" help:"Token endpoint for OAuth2 client credentials." placeholder:"URL"`
	OAuth2ClientID   string `env:"MLFLOW_TRACKING_OAUTH2_CLIENT_ID" name:"oauth2-client-id" help:"Client of the token endpoint." placeholder:"ID"`
	OAuth2Secret     Secret `env:"MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET" name:"oauth2-client-secret" help:"The client's secret."`
	OAuth2SecretFile string `env:"MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET_FILE" name:"oauth2-client-secret-file" help:"File with the client's secret, read for each token." placeholder:"FILE"`
	OAuth2Scopes     string `env:"MLFLOW_TRACKING_OAUTH2_SCOPES" name:"oauth2-scopes" help:"Scopes of the token, separated by blanks."`
	OAuth2Audience   string `env:"MLFLOW_TRACKING_OAUTH2_AUDIENCE" name:"oauth2-audience" help:"Audience of the token, where the endpoint wants one."`
	OAuth2Params     Secret `env:"MLFLOW_TRACKING_OAUTH2_PARAMS" name:"oauth2-params" help:"Further parameters of the token request: name=value,name=value, values percent-encoded."`
	Headers          Secret `env:"MLFLOW_TRACKING_HEADERS" name:"tracking-headers" help:"Headers of every request to MLflow: name=value,name=value, values percent-encoded."`
	InsecureTLS      bool   `env:"MLFLOW_TRACKING_INSECURE_TLS" help:"Do not verify the server's certificate."`
	InsecureStorage  bool   `env:"MLFLOW_S3_IGNORE_TLS" name:"insecure-storage-tls" help:"Do not verify the certificate of the storage that presigned artifacts go to."`
	CAFile           string `env:"MLFLOW_TRACKING_SERVER_CERT_PATH" name:"mlflow-ca-file" help:"PEM file or folder of the certificates to trust. Empty: REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, or the system's." placeholder:"FILE"`
	ClientCertFile   string `env:"MLFLOW_TRACKING_CLIENT_CERT_PATH" name:"mlflow-client-cert-file" help:"PEM file with certificate and key of the client, read again when it changes." placeholder:"FILE"`
}

// Model is the one model call. Without a key and a base URL there is no model,
// and the offline analyst answers.
type Model struct {
	APIKey        Secret        `env:"OPENAI_API_KEY" common:"" name:"openai-api-key" help:"Key of the model server."`
	BaseURL       Address       `env:"OPENAI_BASE_URL" common:"" name:"openai-base-url" help:"Any OpenAI-compatible server. Empty: OpenAI." placeholder:"URL"`
	Model         string        `env:"MODEL" common:"" default:"gpt-4o" help:"Model of the one call; offline for none." placeholder:"NAME"`
	Temperature   float64       `env:"MODEL_TEMPERATURE" default:"0.2" help:"Sampling temperature."`
	MaxTokens     int           `env:"MODEL_MAX_TOKENS" default:"2000" help:"Longest answer, in tokens."`
	ContextTokens int           `env:"MODEL_CONTEXT_TOKENS" default:"16000" help:"Context window: evidence is chosen to fit in."`
	Timeout       time.Duration `env:"MODEL_TIMEOUT" default:"120s" help:"Longest wait for the answer."`
	Prompt        string        `env:"COMMENTATOR_PROMPT" name:"registry-prompt" help:"Prompt of MLflow's registry, whose alias is followed. Empty: that of COMMENTATOR_PROMPT_FILE, or the built-in one; they stand in too as long as the registry was never reached." placeholder:"NAME@ALIAS"`
	PromptCanary  string        `env:"COMMENTATOR_PROMPT_CANARY" name:"registry-prompt-canary" help:"Version of the same prompt for a share of the jobs, such as commentary@candidate:10%." placeholder:"NAME@ALIAS:SHARE"`
	PromptFile    string        `env:"COMMENTATOR_PROMPT_FILE" help:"Prompt YAML instead of the built-in one." placeholder:"FILE"`
	ContextFile   string        `env:"COMMENTATOR_CONTEXT_FILE" help:"Project context YAML: the team's themes." placeholder:"FILE"`
	PricesFile    string        `env:"COMMENTATOR_PRICES_FILE" help:"YAML of model prices, US dollars per million tokens." placeholder:"FILE"`
	Language      string        `env:"COMMENTATOR_LANGUAGE" common:"" default:"en" help:"Language of comments, as ISO 639-1 code." placeholder:"CODE"`
}

// Fetch bounds and permits retrieval.
type Fetch struct {
	Allow         []string           `env:"COMMENTATOR_FETCH_ALLOW" name:"fetch-allow" help:"Hosts, host:port or CIDRs that may be fetched although private." placeholder:"HOST"`
	Timeout       time.Duration      `env:"COMMENTATOR_FETCH_TIMEOUT" name:"fetch-timeout" default:"20s" help:"Longest retrieval of one page."`
	ProxyResolves bool               `env:"COMMENTATOR_FETCH_PROXY_RESOLVES" name:"fetch-proxy-resolves" help:"Let the HTTP proxy resolve names; a weaker check against private addresses."`
	Robots        string             `env:"COMMENTATOR_ROBOTS" default:"off" enum:"off,all" help:"Honour robots.txt: off, since a person asked for the page, or all."`
	Contact       string             `env:"COMMENTATOR_CONTACT" help:"Contact address in the User-Agent." placeholder:"URL|MAIL"`
	GithubToken   Secret             `env:"GITHUB_TOKEN" help:"Lifts GitHub's limit of 60 requests an hour."`
	HFToken       Secret             `env:"HF_TOKEN" name:"hf-token" help:"For gated models and datasets of Hugging Face."`
	GithubHosts   map[string]Address `env:"COMMENTATOR_GITHUB_HOSTS" name:"github-host" mapsep:"," help:"GitHub Enterprise servers: HOST=API-BASE, comma separated." placeholder:"HOST=URL"`
	APIs          map[string]Address `env:"COMMENTATOR_APIS" name:"api" mapsep:"," help:"Other base addresses of the adapters' APIs, such as arxiv=http://mirror; names: arxiv, arxiv-site, github, github-raw, hackernews, hackernews-raw, youtube, huggingface, pypi, npm, wikipedia, reddit, stackexchange, crossref, doi, x, mastodon, forge." placeholder:"NAME=URL"`
	RulesFile     string             `env:"COMMENTATOR_DOMAIN_RULES" name:"domain-rules" help:"YAML with per-domain rules." placeholder:"FILE"`
}

// Slack connects the worker to a workspace.
type Slack struct {
	AppToken      Secret   `env:"SLACK_APP_TOKEN" common:"" help:"App-level token, xapp-…"`
	BotToken      Secret   `env:"SLACK_BOT_TOKEN" common:"" help:"Bot token, xoxb-…"`
	SigningSecret Secret   `env:"SLACK_SIGNING_SECRET" help:"Signing secret, for HTTP events only."`
	Channels      []string `env:"TECHNOSHARE_CHANNEL_ID" common:"" name:"channel" help:"Channels watched, comma separated; ID or ID=display name." placeholder:"C…"`
	MaxLinks      int      `env:"MAX_LINKS_PER_MESSAGE" name:"max-links" default:"3" help:"Links answered per message."`
	Answers       string   `env:"COMMENTATOR_ANSWERS" default:"on" enum:"on,reaction,mention" help:"Links answered where a channel has not set it in App Home: on, every one; reaction, with a reaction only; mention, where the bot is named."`
	Budget        float64  `env:"COMMENTATOR_CHANNEL_BUDGET" name:"channel-budget" default:"0" help:"US dollars a month for the models of a channel that has not set it in App Home; 0 for no bound." placeholder:"USD"`
	APIURL        Address  `env:"SLACK_API_URL" name:"slack-api-url" help:"Slack's API address; for fakeslack." placeholder:"URL"`
}

// Telemetry is what OTel's own variables leave open.
type Telemetry struct {
	LogLevel       string `env:"LOG_LEVEL" common:"" default:"INFO" help:"DEBUG, INFO, WARNING or ERROR."`
	LogFormat      string `env:"LOG_FORMAT" default:"auto" enum:"auto,text,json" help:"auto: text on a terminal, JSON elsewhere."`
	CaptureContent string `env:"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT" default:"SPAN_ONLY" help:"Prompts, answers and evidence in spans and artifacts: SPAN_ONLY, SPAN_AND_EVENT or true; or NO_CONTENT, EVENT_ONLY or false."`
	OpenInference  bool   `env:"COMMENTATOR_OPENINFERENCE" name:"openinference" default:"true" negatable:"" help:"Add OpenInference's kinds, inputs and outputs to the spans of the backend beside MLflow, for Phoenix and Langfuse."`
	Environment    string `env:"COMMENTATOR_ENVIRONMENT" help:"deployment.environment.name of the telemetry." placeholder:"NAME"`
}

// Worker bounds what the worker does at once, and where it reports.
type Worker struct {
	Workers      int           `env:"COMMENTATOR_WORKERS" default:"4" help:"Links worked on at once in this process."`
	ModelCalls   int           `env:"COMMENTATOR_MODEL_CALLS" default:"2" help:"Model calls at once in this process."`
	QueueDepth   int           `env:"COMMENTATOR_QUEUE_DEPTH" default:"10000" help:"Unfinished links kept; more are refused in the thread."`
	PostInterval time.Duration `env:"COMMENTATOR_POST_INTERVAL" default:"1s" help:"Least time between two posts in a channel; Slack allows about one a second."`
	SeenWindow   time.Duration `env:"COMMENTATOR_SEEN_WINDOW" default:"720h" help:"For how long a link shared again gets a pointer to the first answer; 0 answers anew."`
	Attempts     int           `env:"COMMENTATOR_ATTEMPTS" default:"6" help:"Attempts at a link."`
	Outage       time.Duration `env:"COMMENTATOR_OUTAGE" default:"24h" help:"How long a link waits for Slack or the model server while one is away, without an attempt being counted; 0 counts each."`
	Grace        time.Duration `env:"COMMENTATOR_GRACE" default:"20s" help:"How long a shutdown waits for running links before it hands them back."`
	HTTPAddr     string        `env:"COMMENTATOR_HTTP_ADDR" common:"" name:"http-addr" default:"127.0.0.1:8090" help:"Address of /healthz, /readyz and /metrics; empty for none." placeholder:"HOST:PORT"`
	RiverUI      bool          `env:"COMMENTATOR_RIVER_UI" name:"river-ui" help:"River's page of the queue at /river; COMMENTATOR_HTTP_ADDR must be a loopback address."`
	HTTPEvents   bool          `env:"COMMENTATOR_HTTP_EVENTS" help:"Take Slack's events by HTTP at /slack/events instead of Socket Mode; needs SLACK_SIGNING_SECRET."`

	MLflowWebhook Secret `env:"COMMENTATOR_MLFLOW_WEBHOOK_SECRET" name:"mlflow-webhook-secret" help:"Secret of a webhook of MLflow's that posts to /mlflow/webhook when an alias moves, so that the prompt of COMMENTATOR_PROMPT is followed at once. Empty: it is looked for every 30 s."`
}
