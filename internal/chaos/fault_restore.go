//go:build linux

package chaos

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite", for the copy of a database that is in use
)

// restoring takes a backup of MLflow's database, and puts it back when its time is
// over, as operators do. Another experiment is made at once: it may get an id that the
// program remembers.
type restoring struct {
	world  *World
	backup string
}

// restored is what a restore took away.
type restored struct {
	lost     map[string]bool // trace ids that were in MLflow, whole, and are not any more
	stranger string          // an experiment that nobody may write into
}

func (f *restoring) start() {
	f.world.restores.Lock()
	defer f.world.restores.Unlock()
	f.backup = filepath.Join(f.world.Dir, fmt.Sprintf("mlflow-backup-%d.db", time.Now().UnixNano()))
	db, err := sql.Open("sqlite", "file:"+f.world.setup.Backend+"?mode=ro&_pragma=busy_timeout(30000)")
	if err == nil {
		_, err = db.Exec("VACUUM INTO ?", f.backup)
		_ = db.Close()
	}
	if err != nil {
		f.world.t.Errorf("back up MLflow's database: %v", err)
		f.backup = ""
	}
}

func (f *restoring) stop() {
	if f.backup == "" {
		return
	}
	f.world.restores.Lock()
	defer f.world.restores.Unlock()
	// Nobody writes while it is noted what is there.
	defer f.world.proxies[MLflow].Shut()()
	before, err := f.world.wholeTraces()
	if err != nil {
		f.world.t.Errorf("read what MLflow has: %v", err)
		return
	}
	f.world.setup.MLflow.Down()
	if err := f.replace(); err != nil {
		f.world.t.Errorf("restore MLflow's database: %v", err)
	}
	f.world.setup.MLflow.Restart(f.world.t)
	after, err := f.world.wholeTraces()
	if err != nil {
		f.world.t.Errorf("read what MLflow has: %v", err)
		return
	}
	r := restored{lost: map[string]bool{}, stranger: f.world.Experiment + "-stranger-" + filepath.Base(f.backup)}
	for id := range before {
		if !after[id] {
			r.lost[id] = true
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := f.world.client.CreateExperiment(ctx, r.stranger, nil); err != nil {
		f.world.t.Errorf("make another experiment: %v", err)
	}
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	f.world.restored = append(f.world.restored, r)
}

// replace puts the backup into the place of the database.
func (f *restoring) replace() error {
	backend := f.world.setup.Backend
	for _, name := range []string{backend + "-wal", backend + "-shm", backend + "-journal"} {
		if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	body, err := os.ReadFile(f.backup)
	if err != nil {
		return err
	}
	return os.WriteFile(backend, body, 0o600)
}

// isLost reports whether a restore took a trace away that had been delivered.
func (w *World) isLost(trace string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.restored {
		if r.lost[trace] {
			return true
		}
	}
	return false
}
