package mlflow

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// URIError says that a tracking URI is none that this client can talk to. Its
// text holds no credentials, and what to write instead.
type URIError struct {
	// Shown is what may be shown of the URI; empty where its parts are uncertain.
	Shown string
	// Reason says what it is, and what to do.
	Reason string
}

func (e *URIError) Error() string {
	if e.Shown == "" {
		return "MLflow tracking URI " + e.Reason
	}
	return fmt.Sprintf("MLflow tracking URI %q %s", e.Shown, e.Reason)
}

// ParseURI reads the address of a tracking server as people give it: blanks
// around it do not count, and of an address out of a browser the page behind # or
// ? is left out, as is a slash at the end. Credentials stay in it. An error is a
// [*URIError].
func ParseURI(uri string) (*url.URL, error) {
	uri = strings.TrimSpace(uri)
	if uri == "" {
		return nil, &URIError{Reason: "is empty; write it like " + DefaultURI}
	}
	if reason := otherStore(uri); reason != "" {
		return nil, &URIError{Shown: kindOf(uri), Reason: reason}
	}
	scheme, rest, ok := strings.Cut(uri, "://")
	if scheme = strings.ToLower(scheme); !ok || scheme != "http" && scheme != "https" {
		return nil, &URIError{
			Shown:  shownURI(uri),
			Reason: "is not an http:// or https:// address of a tracking server; write it like " + DefaultURI,
		}
	}
	authority, page := cutAuthority(rest)
	if strings.Contains(page, "@") {
		// Nobody can tell a path from the end of a password here.
		return nil, &URIError{Reason: "has an @ behind the host: in a password write / as %2F, ? as %3F, # as %23 and @ as %40, " +
			"or set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead"}
	}
	path, _, _ := strings.Cut(page, "#")
	path, _, _ = strings.Cut(path, "?")
	u, err := url.Parse(scheme + "://" + authority + strings.TrimRight(path, "/"))
	if err != nil {
		return nil, &URIError{Reason: fmt.Sprintf("cannot be read: %v; write it like %s", redactURLError(err), DefaultURI)}
	}
	if u.Hostname() == "" {
		return nil, &URIError{Reason: "names no host; write it like " + DefaultURI}
	}
	return u, nil
}

// cutAuthority separates user, password, host and port from what follows.
func cutAuthority(rest string) (authority, page string) {
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		return rest[:end], rest[end:]
	}
	return rest, ""
}

// otherStore says of a URI that MLflow's Python client would take, and that is no
// tracking server's, what it is and what to do; it is empty for all others
// (schemes of mlflow/tracking/_tracking_service/utils.py).
func otherStore(uri string) string {
	scheme, _, _ := strings.Cut(strings.ToLower(uri), ":")
	database, _, _ := strings.Cut(scheme, "+") // postgresql+psycopg2
	switch {
	case scheme == "databricks", scheme == "databricks-uc", scheme == "uc":
		return "is Databricks, which is not supported, since its sign-in and its store of traces are other ones; write the address of a server " +
			"started by mlflow server, such as " + DefaultURI
	case scheme == "arn":
		return "is a managed server of Amazon SageMaker, which is not supported, since it wants requests signed with AWS keys; write the " +
			"address of a server started by mlflow server, such as " + DefaultURI
	case scheme == "unix", strings.HasPrefix(scheme, "http+unix"):
		return "is a Unix socket, which is not supported; let the server listen on a port, and write its address like " + DefaultURI
	case database == "sqlite", database == "postgresql", database == "postgres", database == "mysql", database == "mssql":
		return "is a database, which only a tracking server may open; start mlflow server --backend-store-uri with it, and write the " +
			"server's address, such as " + DefaultURI
	case scheme == "file", isFolder(uri):
		return "is a folder, which only a tracking server may write; start mlflow server --backend-store-uri sqlite:///mlflow.db, and write " +
			"the server's address, such as " + DefaultURI
	}
	return ""
}

// isFolder reports whether uri is a path: ./mlruns, /data/mlruns, ~/mlruns,
// mlruns or C:\mlruns. A name with a port or a user is a server's whose scheme was
// left out.
func isFolder(uri string) bool {
	if strings.Contains(uri, "://") || strings.Contains(uri, "@") {
		return false
	}
	drive := len(uri) > 2 && uri[1] == ':' && strings.ContainsAny(uri[2:3], `\/`)
	return drive || strings.HasPrefix(uri, ".") || strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "~") || uri == "mlruns"
}

// kindOf is what may be shown of another store's URI: all of it, unless there is
// room for a password; then the scheme.
func kindOf(uri string) string {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok || !strings.ContainsAny(uri, "@?") || isFolder(uri) {
		return uri
	}
	if strings.HasPrefix(rest, "//") {
		return scheme + "://…"
	}
	return scheme + ":…"
}

// shownURI is what may be shown of an address that is none: it may hold a
// password wherever an @ follows.
func shownURI(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		scheme, rest = "", uri
	}
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		rest = rest[at+1:]
	}
	rest, _, _ = strings.Cut(rest, "?")
	if ok {
		return scheme + "://" + rest
	}
	return rest
}

// redactURLError drops the text of the URI, and what is quoted of it, from a parse
// error: it may be a password.
func redactURLError(err error) error {
	var e *url.Error
	if !errors.As(err, &e) {
		return errors.New("malformed")
	}
	text, _, _ := strings.Cut(e.Err.Error(), `"`)
	return errors.New(strings.TrimSpace(text))
}
