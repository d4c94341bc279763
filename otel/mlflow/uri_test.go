package mlflow_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
)

func TestTrackingURIsAreReadAsPeoplePasteThem(t *testing.T) {
	for in, want := range map[string]string{
		"http://127.0.0.1:5000":                               "http://127.0.0.1:5000",
		"  https://mlflow.example/ \n":                        "https://mlflow.example",
		"http://h:5000/#/experiments/1?searchFilter=x":        "http://h:5000",
		"https://h/team/mlflow/?workspace=a#/experiments/1/%": "https://h/team/mlflow",
		"http://h?x=y":                     "http://h",
		"http://h/a%20b//":                 "http://h/a%20b",
		"HTTP://user:p%2Fw@h:1/x":          "http://user:p%2Fw@h:1/x",
		"http://user:p@ss@h":               "http://user:p%40ss@h",
		"http://[::1]:5000/#/experiments/": "http://[::1]:5000",
	} {
		u, err := mlflow.ParseURI(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if u.String() != want {
			t.Errorf("%q is read as %q, want %q", in, u, want)
		}
	}
}

func TestOtherStoresAreRefusedWithWhatToDo(t *testing.T) {
	for uri, want := range map[string][]string{
		"":                  {"empty", mlflow.DefaultURI},
		"databricks":        {"Databricks", "not supported", mlflow.DefaultURI},
		"databricks://prod": {"Databricks", "not supported"},
		"databricks-uc":     {"Databricks"},
		"uc:http://h:8080":  {"Databricks"},
		"arn:aws:sagemaker:eu-west-1:1:mlflow-tracking-server/x": {"SageMaker", "AWS keys"},
		"unix:///var/run/mlflow.sock":                            {"Unix socket", "port"},
		"sqlite:///mlflow.db":                                    {"database", "mlflow server --backend-store-uri"},
		"postgresql+psycopg2://u:s3cret@h/db":                    {"database", "mlflow server"},
		"postgresql://h/db?password=s3cret":                      {"database", `"postgresql://…"`},
		"mysql+pymysql://u:s3cret@h/db":                          {"database"},
		"mssql+pyodbc://u:s3cret@h/db":                           {"database"},
		"file:///tmp/mlruns":                                     {"folder", "sqlite:///mlflow.db"},
		"./mlruns":                                               {"folder", `"./mlruns"`},
		"mlruns":                                                 {"folder"},
		"/data/mlruns":                                           {"folder"},
		`C:\mlruns`:                                              {"folder"},
		"127.0.0.1:5000":                                         {"not an http:// or https:// address", `"127.0.0.1:5000"`},
		"mlflow.example":                                         {"not an http:// or https:// address"},
		"ftp://me:s3cret@host":                                   {"not an http:// or https:// address", "host"},
		"admin:s3cret@mlflow:5000":                               {"not an http:// or https:// address", "mlflow:5000"},
		"http://":                                                {"no host"},
		"http://:5000":                                           {"no host"},
		"http://me:s3cret@ho st/":                                {"cannot be read"},
		"http://me:s3cret/more@h":                                {"%2F"},
		"http://me:x@s3cret/s3cret@h":                            {"%2F"},
		"http://me:s3cret?x@h":                                   {"%3F"},
		"http://me:s3cret#x@h":                                   {"%23"},
		"http://me:s3cret":                                       {"cannot be read"}, // the host was forgotten
		"http://me:%s3cret@h":                                    {"cannot be read"},
	} {
		_, err := mlflow.NewClient(uri)
		if _, ok := errors.AsType[*mlflow.URIError](err); !ok {
			t.Errorf("%q: error %v", uri, err)
			continue
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q: no word on %q: %v", uri, w, err)
			}
		}
		if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: the error shows the password: %v", uri, err)
		}
	}
}

func ExampleParseURI() {
	u, _ := mlflow.ParseURI("http://mlflow.example:5000/#/experiments/3")
	fmt.Println(u)
	_, err := mlflow.ParseURI("sqlite:///mlflow.db")
	fmt.Println(err)
	// Output:
	// http://mlflow.example:5000
	// MLflow tracking URI "sqlite:///mlflow.db" is a database, which only a tracking server may open; start mlflow server --backend-store-uri with it, and write the server's address, such as http://127.0.0.1:5000
}
