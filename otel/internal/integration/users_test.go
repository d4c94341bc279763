package integration

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// asAdmin calls the API of basic-auth for users and rights, as 3.17 has it.
func asAdmin(t *testing.T, uri, path string, in map[string]string) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, uri+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(mlflowtest.AdminUser, mlflowtest.AdminPassword)
	req.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(resp.Body)
		t.Fatalf("%s: %s %s", path, resp.Status, answer)
	}
}

// TestServersThatAskWhoCalls: --app-name basic-auth, where each call costs the server
// the hash of a password.
func TestServersThatAskWhoCalls(t *testing.T) {
	needServers(t)
	other := mlflowtest.New(mlflowtest.WithVersion(mlflowtest.DefaultVersion), mlflowtest.WithServerArgs("--app-name", "basic-auth"))
	t.Cleanup(other.Stop)
	uri := other.URI(t)
	const user, password = "somebody", "a password of somebody"
	asAdmin(t, uri, "/api/2.0/mlflow/users/create", map[string]string{"username": user, "password": password})
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
	for _, permission := range []string{"DENY", "READ"} {
		t.Run(permission+" on the experiment, then EDIT", func(t *testing.T) {
			s := newSender(t)
			e, _, err := admin.EnsureExperiment(t.Context(), s.experiment, nil)
			if err != nil {
				t.Fatal(err)
			}
			right := map[string]string{"username": user, "resource_type": "experiment", "resource_id": e.ID}
			const rights = "/api/3.0/mlflow/users/permissions/"
			grant := func(permission string) {
				t.Helper()
				right["permission"] = permission
				asAdmin(t, uri, rights+"grant", right)
			}
			grant(permission)
			s.start(newClient(t, uri, mlflow.WithBasicAuth(user, password)))
			id := s.send("a note")
			s.mustWaitFor(id, "403", "may not do this")
			asAdmin(t, uri, rights+"revoke", right)
			grant("EDIT")
			s.mustDeliver(id)
			whole(t, s)
		})
	}
	t.Run("load", func(t *testing.T) {
		s := newSender(t)
		s.start(newClient(t, uri, mlflow.WithBasicAuth(user, password))) // the experiment becomes the user's
		for range 3 {                                                    // each is a dozen calls, and each call a second on a busy machine
			s.send("a note")
		}
		whole(t, s)
	})
}
