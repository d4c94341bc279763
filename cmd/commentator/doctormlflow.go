package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/doctor"
	"github.com/technoshare/commentator/otel/mlflow"
)

// slowCall is how long a call may take before basic authentication is suspected: a
// server that hashes the password at each call takes 0.1 s of a processor for it.
const slowCall = 300 * time.Millisecond

// checkMLflow asks the tracking server what it is and can do, and whether the
// experiment takes what a job writes. Nothing is changed there: what cannot be known
// without is said to be unchecked.
func (c *doctorCommand) checkMLflow(ctx context.Context) []doctor.Finding {
	var found []doctor.Finding
	for _, n := range mlflow.UnusedEnv(os.Environ()) {
		found = append(found, doctor.Noted("setting", n.Name+" "+n.Note))
	}
	if !c.MLflow.EnableTracking && !c.MLflow.EnableTracing {
		return append(found, doctor.Fine("MLflow", "switched off"))
	}
	cfg := mlflowConfig(c.Settings)
	client, err := cfg.Client()
	if err != nil {
		return append(found, doctor.Faulty("MLflow", err.Error()))
	}
	defer client.CloseIdle()
	caps, err := client.Capabilities(ctx)
	if err != nil {
		return append(found, doctor.Faulty("MLflow", noServer(client.URI(), err)))
	}
	began := time.Now()
	e, err := findExperiment(ctx, client, c.Settings)
	took := time.Since(began)
	if err == nil && e.LifecycleStage == "deleted" {
		err = &mlflow.DeletedExperimentError{ID: e.ID, Name: e.Name}
	}
	absent := mlflow.IsNotFound(err) && !mlflow.IsUnsupported(err) // else the address is wrong
	if err != nil && !absent && !isDeleted(err) {
		return append(found, doctor.Faulty("MLflow", noServer(client.URI(), err)))
	}
	version := cmp.Or(caps.Version, "of a version that it does not tell")
	found = append(found, doctor.Fine("MLflow", fmt.Sprintf("%s at %s, %s", version, client.URI(), identity(cfg, client.URI()))))
	if cfg.Username != "" && took > slowCall {
		found = append(found, doctor.Noted("basic authentication", fmt.Sprintf("a call takes %s: where the server hashes the password at each, "+
			"auth_cache_ttl_seconds = 60 in its basic_auth.ini saves that", took.Round(10*time.Millisecond))))
	}
	switch {
	case absent && c.MLflow.ExperimentID == "":
		found = append(found,
			doctor.Fine("experiment", c.MLflow.ExperimentName+" will be made"),
			doctor.Noted("write access", "not checked: there is no experiment yet"),
			c.checkArtifacts(ctx, client, ""))
	case err != nil:
		found = append(found, doctor.Faulty("experiment", err.Error()))
	default:
		found = append(found,
			doctor.Fine("experiment", fmt.Sprintf("%s, id %s", e.Name, e.ID)),
			checkWriting(ctx, client, e),
			c.checkArtifacts(ctx, client, e.ArtifactLocation))
	}
	if id := cfg.ParentRunID; id != "" {
		found = append(found, checkParent(ctx, client, id))
	}
	return append(found, c.features(caps)...)
}

func isDeleted(err error) bool {
	var deleted *mlflow.DeletedExperimentError
	return errors.As(err, &deleted)
}

// noServer says why there is no use in asking further. Only where nothing listens on
// this machine a server may have to be started.
func noServer(at string, err error) string {
	if hasAnswered(err) {
		return err.Error()
	}
	text := unreachable(at, err)
	if u, parseErr := url.Parse(at); parseErr == nil && isAway(err) && isLoopback(u.Host) {
		text += "; start it with scripts/start_mlflow.sh, or set MLFLOW_TRACKING_URI"
	}
	return text
}

// checkWriting finds out whether the user may write, by giving a tag of the experiment
// the value that it has. Only tags that nobody changes are written, lest a change
// in between be undone.
func checkWriting(ctx context.Context, client *mlflow.Client, e mlflow.Experiment) doctor.Finding {
	const name = "write access"
	have := mlflow.TagMap(e.Tags)
	key := ""
	for _, k := range []string{"mlflow.experimentKind", "mlflow.otel.seeded"} {
		if have[k] != "" {
			key = k
			break
		}
	}
	if key == "" {
		return doctor.Noted(name, "not checked: the experiment has no tag that can be written again as it is; the first job adds some")
	}
	switch err := client.SetExperimentTag(ctx, e.ID, key, have[key]); {
	case mlflow.IsUnauthorized(err):
		return doctor.Faulty(name, fmt.Sprintf("experiment %s may only be read: %v; give this user the permission EDIT on it", e.Name, err))
	case err != nil:
		return doctor.Faulty(name, err.Error())
	}
	return doctor.Fine(name, "tag "+key+" of the experiment was written, with the value that it had")
}

// checkArtifacts looks whether runs would get their files; an empty location is that
// of an experiment which is not there yet.
func (c *doctorCommand) checkArtifacts(ctx context.Context, client *mlflow.Client, location string) doctor.Finding {
	const name = "artifacts"
	switch {
	case !c.MLflow.EnableArtifacts:
		return doctor.Noted(name, "left out: MLFLOW_ENABLE_ARTIFACTS is false")
	case location == "":
		return doctor.Noted(name, "not checked: there is no experiment yet")
	}
	if err := client.CheckArtifactLocation(ctx, location); err != nil {
		return doctor.Faulty(name, err.Error())
	}
	return doctor.Fine(name, "the server reaches its store; that it may write there was not checked")
}

func checkParent(ctx context.Context, client *mlflow.Client, id string) doctor.Finding {
	const name = "parent run"
	run, err := client.GetRun(ctx, id)
	if err != nil {
		return doctor.Faulty(name, fmt.Sprintf("MLFLOW_RUN_ID is %s: %v", id, err))
	}
	return doctor.Fine(name, cmp.Or(run.Info.Name, id))
}

// features are a row for each thing that some servers can do and others cannot.
func (c *doctorCommand) features(caps mlflow.Capabilities) []doctor.Finding {
	if !c.MLflow.EnableTracing {
		return []doctor.Finding{doctor.Noted("traces", "left out: MLFLOW_ENABLE_TRACING is false")}
	}
	var found []doctor.Finding
	for _, f := range mlflow.Features() {
		reason := caps.Missing(f)
		if reason == "" {
			found = append(found, doctor.Fine(f.String(), "yes"))
			continue
		}
		if f == mlflow.FeatureOTLP && strings.Contains(reason, "v1/traces") && !strings.Contains(reason, "/v1/traces beside") {
			reason += "; let the proxy in front of the server pass /v1/traces on as it does /api"
		}
		found = append(found, doctor.Noted(f.String(), "no: "+reason+"; "+f.Without()))
	}
	return found
}

// identity says in words how the server is reached and who asks, without any secret:
// of several ways the one that the client takes.
func identity(cfg mlflow.Config, at string) string {
	var all []string
	user := cfg.Username
	if u, err := mlflow.ParseURI(cfg.URI); err == nil && user == "" && u.User != nil {
		user = u.User.Username()
	}
	switch {
	case cfg.Token != "":
		all = append(all, "with a token")
	case cfg.TokenFile != "":
		all = append(all, "with the token in "+cfg.TokenFile)
	case cfg.OAuth2 != mlflow.OAuth2{}:
		all = append(all, fmt.Sprintf("with OAuth2 tokens for client %s", cfg.OAuth2.ClientID))
	case cfg.Auth != "":
		all = append(all, "with the service account of the pod")
	case user != "" || cfg.Password != "":
		all = append(all, "as user "+user+" (basic authentication)")
	default:
		all = append(all, "without credentials")
	}
	if headers, err := mlflow.ParseHeaders(cfg.Headers); err == nil && len(headers) > 0 {
		names := make([]string, 0, len(headers))
		for name := range headers {
			names = append(names, name)
		}
		slices.Sort(names)
		all = append(all, "headers "+strings.Join(names, " "))
	}
	if cfg.Workspace != "" {
		all = append(all, "workspace "+cfg.Workspace)
	}
	if strings.HasPrefix(at, "https:") {
		all = append(all, transportWords(cfg)...)
	}
	if proxy := proxyOf(at); proxy != "" {
		all = append(all, "through proxy "+proxy)
	}
	return strings.Join(all, ", ")
}

// transportWords say what of TLS is other than usual.
func transportWords(cfg mlflow.Config) (all []string) {
	if cfg.ClientCertFile != "" {
		all = append(all, "client certificate of "+cfg.ClientCertFile)
	}
	switch {
	case cfg.InsecureTLS:
		all = append(all, "any server certificate accepted")
	case cfg.CAFile != "":
		all = append(all, "authorities of "+cfg.CAFile)
	}
	return all
}

// proxyOf is the host of the proxy that requests to an address take; "" for none.
func proxyOf(at string) string {
	req, err := http.NewRequest(http.MethodGet, at, http.NoBody) //nolint:noctx // never sent
	if err != nil {
		return ""
	}
	proxy, err := http.ProxyFromEnvironment(req)
	if err != nil || proxy == nil {
		return ""
	}
	return proxy.Host
}
