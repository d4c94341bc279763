//go:build linux

package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// What TestChaos reads from the environment.
const (
	seedVariable     = "COMMENTATOR_CHAOS_SEED"     // run this seed only
	forVariable      = "COMMENTATOR_CHAOS_FOR"      // run seeds for this long, such as 2h
	fromVariable     = "COMMENTATOR_CHAOS_FROM"     // the first seed, 1 by default
	roughVariable    = "COMMENTATOR_CHAOS_ROUGH"    // how long faults come for each seed
	faultsVariable   = "COMMENTATOR_CHAOS_FAULTS"   // see ParseKinds
	hostileVariable  = "COMMENTATOR_CHAOS_HOSTILE"  // kinds of hostile pages, all or none
	linksVariable    = "COMMENTATOR_CHAOS_LINKS"    // innocent links; drawn by default
	databaseVariable = "COMMENTATOR_CHAOS_DATABASE" // sqlite or postgres; drawn by default
)

// What CI runs: two seeds with all faults and hostile pages but two, which scripts/soak.sh has
// too. A clock that jumps needs a program whose build takes minutes, and each restored database a
// restart of MLflow.
const (
	defaultFaults  = "all,-clock,-restore"
	defaultHostile = "all"
	defaultRough   = 25 * time.Second
	defaultSeeds   = 2
)

// program is the worker.
const program = "github.com/technoshare/commentator/cmd/commentator"

// settings are what the environment asks for.
type settings struct {
	seed, from int64
	during     time.Duration
	choice     Choice
}

// TestChaos runs plans, see the package's documentation. A seed that failed is run again
// with COMMENTATOR_CHAOS_SEED.
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for minutes")
	}
	s, err := readSettings(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	setup, choice := newSetup(t, s.choice)
	t.Logf("faults: %v", choice.Kinds)
	t.Logf("hostile pages: %v", choice.Hostile)
	began := time.Now()
	for seed := s.from; ; seed++ {
		switch {
		case s.seed != 0:
			if seed = s.seed; t.Failed() {
				return
			}
		case s.during > 0 && time.Since(began) > s.during, s.during == 0 && seed >= s.from+defaultSeeds:
			return
		}
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			plan := NewPlan(seed, choice)
			t.Logf("%s", plan)
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("to run this plan again: %s", replay(seed, os.Environ()))
				}
			})
			w := New(t, setup)
			w.Run(plan, choice.Hostile)
			w.Reconcile()
		})
		if s.seed != 0 {
			return
		}
	}
}

// replay is the command that runs a seed again.
func replay(seed int64, environ []string) string {
	var out []string
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "COMMENTATOR_CHAOS_") && name != seedVariable && name != forVariable && name != fromVariable {
			out = append(out, kv)
		}
	}
	slices.Sort(out)
	out = append(out, fmt.Sprintf("%s=%d", seedVariable, seed))
	return strings.Join(out, " ") + " go test -count=1 -timeout 1h -v -run '^TestChaos$' ./internal/chaos"
}

func readSettings(env func(string) string) (s settings, err error) {
	or := func(name, otherwise string) string {
		if v := env(name); v != "" {
			return v
		}
		return otherwise
	}
	number := func(name, otherwise string) (n int64) {
		n, e := strconv.ParseInt(or(name, otherwise), 10, 64)
		if e != nil && err == nil {
			err = fmt.Errorf("%s is %q: write a whole number", name, env(name))
		}
		return n
	}
	duration := func(name, otherwise string) time.Duration {
		d, e := time.ParseDuration(or(name, otherwise))
		if e != nil && err == nil {
			err = fmt.Errorf("%s is %q: write a duration such as 5m", name, env(name))
		}
		return d
	}
	s.seed, s.from = number(seedVariable, "0"), number(fromVariable, "1")
	s.during = duration(forVariable, "0s")
	s.choice = Choice{
		Rough: duration(roughVariable, defaultRough.String()), Links: int(number(linksVariable, "0")), Database: env(databaseVariable),
	}
	if err != nil {
		return s, err
	}
	if s.choice.Kinds, err = ParseKinds(or(faultsVariable, defaultFaults)); err != nil {
		return s, fmt.Errorf("%s: %w", faultsVariable, err)
	}
	if !slices.Contains([]string{"", SQLite, Postgres}, s.choice.Database) {
		return s, fmt.Errorf("%s is %q: write sqlite or postgres", databaseVariable, s.choice.Database)
	}
	s.choice.Hostile, err = parseHostile(or(hostileVariable, defaultHostile))
	return s, err
}

func parseHostile(list string) (out []string, err error) {
	for word := range strings.SplitSeq(list, ",") {
		switch word = strings.TrimSpace(word); {
		case word == "all":
			out = HostileKinds()
		case word == "none":
			out = nil
		case slices.Contains(HostileKinds(), word):
			out = append(out, word)
		case slices.Contains(HostileKinds(), strings.TrimPrefix(word, "-")):
			out = slices.DeleteFunc(out, func(k string) bool { return k == word[1:] })
		default:
			return nil, fmt.Errorf("%s: %q is unknown: use all, none, or of %v", hostileVariable, word, HostileKinds())
		}
	}
	return out, nil
}

// newSetup builds the program and starts the servers that all seeds share.
func newSetup(t *testing.T, c Choice) (Setup, Choice) {
	t.Helper()
	dir := t.TempDir()
	s := Setup{Binary: filepath.Join(dir, "commentator"), Shifted: slices.Contains(c.Kinds, Clock)}
	compile := Build
	if s.Shifted {
		compile = BuildShifted
	}
	if err := compile(".", program, s.Binary); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(c.Kinds, Restore) {
		s.Backend = filepath.Join(dir, "mlflow.db")
		s.MLflow = mlflowtest.New(mlflowtest.WithBackendStore("sqlite:///"+s.Backend), mlflowtest.WithWorkers(2))
		s.URI = s.MLflow.URI(t)
		t.Cleanup(s.MLflow.Stop)
	} else {
		shared := mlflowtest.New(mlflowtest.WithWorkers(2))
		s.URI = shared.URI(t)
		t.Cleanup(shared.Stop)
	}
	pg, stop, err := databasetest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	s.Postgres, c.Postgres = pg, pg != nil
	if c.Database == Postgres && pg == nil {
		t.Fatal("install PostgreSQL to run this on Postgres")
	}
	return s, c
}
