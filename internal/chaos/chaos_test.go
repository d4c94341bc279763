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
	seedVariable      = "COMMENTATOR_CHAOS_SEED"      // run this seed only
	forVariable       = "COMMENTATOR_CHAOS_FOR"       // run seeds for this long, such as 2h
	fromVariable      = "COMMENTATOR_CHAOS_FROM"      // the first seed, 1 by default
	roughVariable     = "COMMENTATOR_CHAOS_ROUGH"     // how long faults come for each seed
	faultsVariable    = "COMMENTATOR_CHAOS_FAULTS"    // see ParseKinds
	hostileVariable   = "COMMENTATOR_CHAOS_HOSTILE"   // kinds of hostile pages, all or none
	denseVariable     = "COMMENTATOR_CHAOS_DENSE"     // by how much shorter the gaps between faults are; 1 by default
	linksVariable     = "COMMENTATOR_CHAOS_LINKS"     // innocent links; drawn by default
	databaseVariable  = "COMMENTATOR_CHAOS_DATABASE"  // sqlite or postgres; drawn by default
	collectorVariable = "COMMENTATOR_CHAOS_COLLECTOR" // the Collector's program, for TestChaosCollector
)

// What CI runs: two seeds with all faults and hostile pages but some, which scripts/soak.sh has
// too. A clock that jumps needs a program whose build takes minutes, and each restored database or
// death of MLflow a start of that.
const (
	defaultFaults  = "all,-clock,-restore,-kill:mlflow"
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
	eachSeed(t, s, func(t *testing.T, seed int64) {
		plan := NewPlan(seed, choice)
		t.Logf("%s", plan)
		w := New(t, setup)
		w.Run(plan, choice.Hostile)
		w.Reconcile()
	})
}

// TestChaosCollector runs plans of a Collector. It is told by COMMENTATOR_CHAOS_COLLECTOR where the
// program is that collector/build.sh made, which takes minutes.
func TestChaosCollector(t *testing.T) {
	binary := os.Getenv(collectorVariable)
	if binary == "" {
		t.Skipf("set %s to the binary that collector/build.sh made, or use scripts/soak.sh collector", collectorVariable)
	}
	s, err := readSettings(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	setup := Setup{Binary: binary}
	startMLflow(t, &setup, s.choice)
	eachSeed(t, s, func(t *testing.T, seed int64) {
		plan := NewCollectorPlan(seed, s.choice)
		t.Logf("%s", plan)
		w := NewCollector(t, setup, filepath.Join("..", "..", "otel-collector.yaml"))
		w.Run(plan)
		w.Reconcile()
	})
}

// eachSeed runs a test for the seeds that the environment asks for.
func eachSeed(t *testing.T, s settings, run func(t *testing.T, seed int64)) {
	began, name := time.Now(), t.Name()
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
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("to run this plan again: %s", replay(name, seed, os.Environ()))
				}
			})
			run(t, seed)
		})
		if s.seed != 0 {
			return
		}
	}
}

// replay is the command that runs a seed again.
func replay(test string, seed int64, environ []string) string {
	var out []string
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "COMMENTATOR_CHAOS_") && name != seedVariable && name != forVariable && name != fromVariable {
			out = append(out, kv)
		}
	}
	slices.Sort(out)
	out = append(out, fmt.Sprintf("%s=%d", seedVariable, seed))
	return strings.Join(out, " ") + " go test -count=1 -timeout 1h -v -run '^" + test + "$' ./internal/chaos"
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
		Dense: int(number(denseVariable, "1")),
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
	startMLflow(t, &s, c)
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

// startMLflow starts the MLflow that all seeds share: one of our own, whatever server the
// environment names, where that is killed or gets another database.
func startMLflow(t *testing.T, s *Setup, c Choice) {
	t.Helper()
	server := mlflowtest.New(mlflowtest.WithWorkers(2))
	if slices.Contains(c.Kinds, Restore) || slices.Contains(c.Kinds, KillMLflow) {
		s.Backend = filepath.Join(t.TempDir(), "mlflow.db")
		server = mlflowtest.New(mlflowtest.WithBackendStore("sqlite:///"+s.Backend), mlflowtest.WithWorkers(2))
		s.MLflow = server
	}
	s.URI = server.URI(t)
	t.Cleanup(server.Stop)
}
