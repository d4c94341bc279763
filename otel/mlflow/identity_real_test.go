package mlflow_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// A proxy before a real server takes one token at a time, and revokes it while
// requests are on their way.
func TestRealServerBehindAProxyThatRevokesTokens(t *testing.T) {
	var mu sync.Mutex
	issued, uses, revoked := 0, 0, 0
	refused := map[string]bool{} // requests that were not sent again yet
	idp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		issued++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, issued)
	}))
	t.Cleanup(idp.Close)
	p := mlflowtest.NewProxy(t, server.URI(t), "/team", false)
	p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		mu.Lock()
		defer mu.Unlock()
		id := r.Method + r.Path + string(r.Body)
		if r.Header.Get("Authorization") != fmt.Sprint("Bearer token-", issued) {
			refused[id] = true
			return mlflowtest.Fault{Status: http.StatusUnauthorized, Body: "sign in"}
		}
		delete(refused, id)
		// Not while one is on its way for the second time: that is its last.
		if uses++; uses >= 40 && revoked < 2 && len(refused) == 0 {
			uses, revoked = 0, revoked+1
			issued++ // nobody has this one
		}
		return mlflowtest.Fault{}
	})
	c := client(t, p.URL, mlflow.WithOAuth2(mlflow.OAuth2{TokenURL: idp.URL, ClientID: "me", ClientSecret: "s3cret"}))
	exp := experiment(t, c)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			run, err := c.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: exp, Name: fmt.Sprint("run-", n), Start: time.Now()})
			if err != nil {
				t.Error(err)
				return
			}
			for i := range 12 {
				if err := c.PutArtifact(t.Context(), run.Info.ArtifactRoot(), fmt.Sprint(i, ".txt"), []byte("content")); err != nil {
					t.Error(err)
				}
			}
			if files, err := c.ListArtifacts(t.Context(), run.Info.RunID, ""); err != nil || len(files) != 12 || files[0].Size != 7 {
				t.Errorf("%+v, %v", files, err)
			}
		})
	}
	wg.Wait()
	mu.Lock()
	defer mu.Unlock()
	if asked := issued - revoked; revoked != 2 || asked != 3 {
		t.Errorf("%d token requests for %d revocations", asked, revoked)
	}
}

func TestRealServerWithoutWorkspacesSaysSo(t *testing.T) {
	c := client(t, server.URI(t), mlflow.WithWorkspace("team-a"))
	_, _, err := c.EnsureExperiment(t.Context(), mlflowtest.Experiment(t), nil)
	if err == nil || !mlflow.IsRetryable(err) || mlflow.IsNotFound(err) {
		t.Fatal(err)
	}
	const want = "unset MLFLOW_WORKSPACE, or start the server with --enable-workspaces"
	if got := err.Error(); len(got) < len(want) || got[len(got)-len(want)-1:] != want+")" {
		t.Errorf("error %v", err)
	}
}
