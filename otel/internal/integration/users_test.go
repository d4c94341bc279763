package integration

import (
	"net/url"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// TestServersThatAskWhoCalls: --app-name basic-auth, where each call costs the server
// the hash of a password.
func TestServersThatAskWhoCalls(t *testing.T) {
	needServers(t)
	other := mlflowtest.New(mlflowtest.WithVersion(mlflowtest.DefaultVersion), mlflowtest.WithServerArgs("--app-name", "basic-auth"))
	t.Cleanup(other.Stop)
	uri := other.URI(t)
	admin := newClient(t, uri, mlflow.WithBasicAuth(mlflowtest.AdminUser, mlflowtest.AdminPassword))
	address, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword(mlflowtest.AdminUser, mlflowtest.AdminPassword)
	whole := func(t *testing.T, s *sender) {
		t.Helper()
		s.untilEmpty()
		mustHaveOnce(t, admin, address.String(), s.experiment, s.sent)
	}

	t.Run("no or wrong credentials, then right ones", func(t *testing.T) {
		s := newSender(t)
		const check = "check MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
		id := s.send("a note")
		s.start(newClient(t, uri))
		s.mustWaitFor(id, "401", check)
		s.start(newClient(t, uri, mlflow.WithBasicAuth(mlflowtest.AdminUser, "wrong password")))
		s.mustWaitFor(id, "401", check)
		s.start(admin)
		s.mustDeliver(id)
		whole(t, s)
	})
}
