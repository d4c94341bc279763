package architecture

// A rule says what one package may import of ours, beside packages below itself.
type rule struct {
	// pkg is a package, or with /... a package and all below it that have no
	// rule of their own; those may import each other. With /* it is each package of
	// a folder, of which none may import another.
	pkg string
	// ours are the packages of this repository that it may import, in the same form.
	ours string
	// libraries are the import paths of other modules that it may use, in the
	// same form; empty where its own go.mod is limit enough, "none" for the
	// standard library alone.
	libraries string
}

// rules is the plan of the house. Arrows run cmd → adapters → job, cmd → pipeline → job and
// collector → otel/deliver → otel/runs, never back: an adapter does not know the
// pipeline nor another adapter, and each consumer declares the interface it needs.
// Tests may import what they like.
//
// The application may import [anywhere] everywhere.
var rules = []rule{
	// The library. Nothing of the application, whose module it does not require.
	{pkg: "otel/mlflowattr", libraries: "go.opentelemetry.io/otel/attribute"},
	{pkg: "otel/genai", ours: "otel/mlflowattr otel/internal/content"},
	{pkg: "otel/namedfile"},                            // files that a person named
	{pkg: "otel/genai/prices", ours: "otel/namedfile"}, // pure, but for the file that Load is told
	{ // every protocol of model servers, read where it passes: as lean as its users' programs
		pkg: "otel/genaihttp/...", ours: "otel/genai otel/mlflowattr otel/internal/content", libraries: "go.opentelemetry.io/otel/...",
	},
	{pkg: "otel/genaimcp", ours: "otel/genai otel/internal/content"},                                    // a module, as it needs the SDK of MCP
	{pkg: "otel/runs/...", ours: "otel/genai/prices otel/logrecords otel/mlflowattr otel/internal/..."}, // pure: no server, no disk
	{pkg: "otel/logrecords", ours: "otel/mlflowattr otel/internal/..."},                                 // pure, as spans see it: before runs reads them
	{pkg: "otel/mlflow/...", ours: "otel/namedfile otel/internal/..."},
	{pkg: "otel/spool/...", ours: "otel/internal/..."},
	{pkg: "otel/deliver/...", ours: "otel/logrecords otel/runs otel/mlflow otel/spool otel/mlflowattr otel/internal/..."},
	{pkg: "otel/runprocessor/...", ours: "otel/deliver otel/genai/prices otel/logrecords otel/runs otel/mlflow otel/spool otel/mlflowattr otel/internal/..."},
	{pkg: "otel/eval/...", ours: "otel/genai otel/mlflowattr otel/mlflow otel/internal/..."}, // writes spans; compares what a server has
	{pkg: "otel/internal/..."},
	{pkg: "otel/mlflowtest", ours: "otel/mlflow otel/internal/..."}, // a real server for tests, also of others

	// The exporter keeps traces by the Collector's storage: neither the spool nor the processor.
	{
		pkg:  "collector/mlflowexporter/...",
		ours: "collector/internal/listprices collector/internal/diskspace otel/deliver otel/logrecords otel/runs otel/mlflow otel/mlflowattr otel/internal/...",
	},
	{pkg: "collector/genaimetrics/...", ours: "collector/internal/listprices otel/genai otel/genai/prices otel/runs/usage"},
	{pkg: "collector/internal/listprices", ours: "otel/genai/prices"}, // a setting of both
	{pkg: "collector/admissionextension/..."},                         // these know OTLP, and nothing of MLflow
	{pkg: "collector/otlpredactionprocessor/..."},
	{pkg: "collector/filestorageextension/...", ours: "collector/internal/diskspace otel/spool"},
	{pkg: "collector/internal/diskspace", ours: "otel/spool"}, // waits of both that store
	{pkg: "collector/healthcheck", libraries: "none"},

	// The domain, and what everyone may use.
	{pkg: "internal/replace"}, // files, in one step
	{pkg: "internal/lazyregexp", libraries: "none"},
	{pkg: "internal/resident", libraries: "golang.org/x/sys/..."},
	{pkg: "internal/text"},
	{pkg: "internal/text/texttest", libraries: "none"}, // for tests: texts that are dear to read
	{pkg: "internal/retry"},
	{pkg: "internal/address"},
	{pkg: "internal/redact", ours: "internal/text internal/address"},
	{
		pkg:       "internal/job",
		ours:      "internal/text internal/retry internal/redact",
		libraries: "go.opentelemetry.io/otel/attribute go.opentelemetry.io/otel/trace", // a trace's id, and what a span is told
	},
	{
		pkg:       "internal/pipeline",
		ours:      "internal/job internal/retry internal/text otel/genai otel/mlflowattr",
		libraries: "go.opentelemetry.io/otel go.opentelemetry.io/otel/attribute go.opentelemetry.io/otel/codes go.opentelemetry.io/otel/trace/...",
	},
	{pkg: "internal/prompts", ours: "internal/job internal/text"}, // what a prompt is; pure
	{ // and where its versions are
		pkg:  "internal/prompts/registry",
		ours: "internal/job internal/mlflowview internal/prompts internal/replace internal/text otel/mlflow otel/mlflowattr otel/namedfile",
	},
	{pkg: "internal/prompts/webhook", libraries: "none"}, // who tells of them

	// Adapters of the stages.
	{ // the registry: the one place that knows all adapters
		pkg: "internal/evidence",
		ours: "internal/address internal/job internal/text internal/redact internal/evidence/adapter/* internal/evidence/generic internal/evidence/source " +
			"internal/evidence/outline internal/evidence/fetch internal/evidence/pdf",
	},
	{
		pkg: "internal/evidence/adapter/*",
		ours: "internal/job internal/text internal/evidence/format/* internal/evidence/source internal/evidence/outline internal/evidence/fetch " +
			"internal/evidence/page internal/evidence/page/render",
	},
	{pkg: "internal/sandbox"}, // child processes, whatever they do
	{ // retrieval in child processes
		pkg:  "internal/evidence/isolate",
		ours: "internal/job internal/sandbox internal/evidence internal/evidence/fetch internal/evidence/pdf otel/mlflowattr",
	},
	{ // any page, by its bytes
		pkg: "internal/evidence/generic",
		ours: "internal/address internal/job internal/text internal/redact internal/evidence/format/* internal/evidence/source " +
			"internal/evidence/outline internal/evidence/fetch internal/evidence/interstitial internal/evidence/page " +
			"internal/evidence/page/render internal/evidence/pdf",
	},
	{ // what many sites speak; XML and notebooks are below the others
		pkg: "internal/evidence/format/*",
		ours: "internal/address internal/job internal/text internal/evidence/format/xmltext internal/evidence/format/notebook internal/evidence/source " +
			"internal/evidence/outline internal/evidence/fetch internal/evidence/page internal/evidence/page/render",
	},
	{
		pkg:  "internal/evidence/source",
		ours: "internal/address internal/job internal/text internal/redact internal/evidence/outline internal/evidence/fetch internal/evidence/page",
	},
	{pkg: "internal/evidence/outline", ours: "internal/text internal/evidence/page internal/evidence/page/render"},
	{pkg: "internal/evidence/fetch", ours: "internal/address internal/text internal/retry internal/redact otel/mlflowattr"},
	{pkg: "internal/evidence/interstitial", ours: "internal/address internal/text"},
	{
		pkg: "internal/evidence/page",
		ours: "internal/address internal/text internal/evidence/page/tree internal/evidence/page/render internal/evidence/page/visible " +
			"internal/evidence/page/article",
	},
	{pkg: "internal/evidence/page/tree"},
	{pkg: "internal/evidence/page/render", ours: "internal/text internal/evidence/page/tree"},
	{pkg: "internal/evidence/page/visible", ours: "internal/text internal/evidence/page/tree internal/evidence/page/render"},
	{pkg: "internal/evidence/page/article", ours: "internal/text internal/evidence/page/tree internal/evidence/page/render"},
	{pkg: "internal/evidence/pdf", ours: "internal/text"},
	{pkg: "internal/evidence/evidencetest", ours: "internal/job internal/evidence internal/evidence/source internal/evidence/fetch"},
	{
		pkg: "internal/analysis/...", ours: "internal/job internal/prompts internal/replace internal/text internal/retry internal/redact " +
			"otel/genai otel/genai/prices otel/genaihttp otel/namedfile",
	},
	{pkg: "internal/gates/...", ours: "internal/job internal/text"},
	{pkg: "internal/comment/...", ours: "internal/job internal/text internal/redact internal/address"},

	// Adapters of the worker.
	{pkg: "internal/slack/...", ours: "internal/address internal/job internal/text internal/retry internal/redact internal/doctor otel/mlflowattr"},
	{pkg: "internal/database", ours: "internal/retry"},
	{pkg: "internal/database/databasetest", ours: "otel/mlflowtest"},
	{pkg: "internal/queue/...", ours: "internal/job internal/text internal/retry internal/database"},
	{pkg: "internal/posts", ours: "internal/job internal/text internal/database"},
	{pkg: "internal/people", ours: "internal/job internal/text internal/database"},
	{pkg: "internal/channels", ours: "internal/job internal/database"},
	{pkg: "internal/membership", ours: "internal/database"},
	{ // one database under the five, put together for cmd
		pkg:  "internal/store",
		ours: "internal/job internal/database internal/queue internal/posts internal/people internal/channels internal/membership",
	},

	// What cmd is made of beside them.
	{pkg: "internal/config/...", ours: "internal/text internal/redact otel/genai otel/mlflow otel/namedfile"},
	{pkg: "internal/doctor", ours: "internal/job internal/config internal/text internal/retry internal/redact"},
	{pkg: "internal/mlflowview", ours: "internal/job otel/runs otel/deliver"},                                  // the rules and views that the delivery is given
	{pkg: "internal/datasets", ours: "internal/job internal/mlflowview otel/mlflow otel/mlflowattr otel/runs"}, // examples for evaluations, kept by MLflow
	{pkg: "internal/openinference", ours: "otel/genai otel/mlflowattr"},                                        // of spans on their way to the second backend
	{pkg: "internal/httpserver"}, // how every HTTP server of ours listens
	{pkg: "internal/terminal", ours: "internal/text", libraries: "github.com/rivo/uniseg"}, // between the program and a person's terminal
	{ // variants of the model call over stored rows; knows stages by their interfaces, as the pipeline does
		pkg: "internal/evaluation/...", ours: "internal/job internal/text internal/datasets internal/prompts otel/eval/... otel/mlflowattr",
	},
	{pkg: "internal/fakeslack/...", ours: "internal/text internal/httpserver"}, // Slack's side: shares no code with the bot
	{pkg: "internal/architecture"},
	{ // the worlds in which worker and Collector are tested: it looks from outside, and into the queue's records
		pkg:  "internal/chaos",
		ours: "internal/job internal/store internal/fakeslack internal/database/databasetest otel/spool otel/runs otel/mlflow otel/mlflowtest",
	},
	{pkg: "internal/mlflowmatrix", libraries: "none"}, // a test of all ways to MLflow, and nothing to import
	{pkg: "cmd/...", ours: "internal/... otel/..."},
}

// maxLines is the length beyond which a file holds more than one idea.
const maxLines = 400

// longFiles are longer all the same.
var longFiles = map[string]string{}

// foreignWords are of the application: the library has neither identifiers nor
// defaults of them.
var foreignWords = []string{"commentator", "technoshare", "slack"}
