// Package mlflowtest gives tests a real MLflow server, and a proxy in front of it
// that fails as servers and networks do. In goes a test, out comes the address of a
// server of its test process; nothing is mocked.
//
//	var server = mlflowtest.New()
//
//	func TestMain(m *testing.M) {
//		code := m.Run()
//		server.Stop()
//		os.Exit(code)
//	}
//
//	func TestRuns(t *testing.T) {
//		client, err := mlflow.NewClient(server.URI(t))
//		…
//	}
//
// # Servers of other kinds
//
// [WithVersion] asks for another release of MLflow, [WithServerArgs], [WithEnv],
// [WithBackendStore] and [WithFileStore] for one that was started in another way.
// [Server.Restart] replaces a server while programs use it: by a newer release, which
// upgrades the database, or by an older one with another database.
//
// # What it needs
//
// It needs a Unix shell and Python 3.10 or newer with venv. MLflow itself is
// installed once for each release, by pip, into a virtual environment in the user's
// cache folder (about 850 MB and two minutes):
// $XDG_CACHE_HOME/commentator/mlflow-<version>, or the same below ~/.cache. Test
// processes that start together wait for one installation; one that is killed leaves
// nothing that has to be cleaned up. moto, the S3 server of [NewS3], lies beside them
// (140 MB).
//
// A test is skipped where there is no Python, and with -short, where only a server that
// MLFLOWTEST_URI names is used. Where the variable CI is set, nothing is skipped for want
// of Python.
//
// # Environment
//
//	MLFLOWTEST_URI   a server that runs already, for each Server without options but WithWorkers
//	MLFLOWTEST_VENV  a virtual environment with MLflow in it, used as it is by each Server without WithVersion
//
// Servers start with no MLFLOW_* and OTEL_* variable of the test's environment. Their
// webhooks may lead to an httptest.Server: to loopback, by plain HTTP, with secrets.
// Tests that share one take an experiment each, see [Experiment].
package mlflowtest
