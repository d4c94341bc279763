package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
)

const (
	// Interval is the time between two looks at the registry that nobody asked for.
	Interval = 30 * time.Second
	// pause is the least time between two looks that somebody asked for, so that many who do cost few.
	pause = time.Second
	// lookWithin bounds one look of Run.
	lookWithin = 20 * time.Second
	// maxAliases bounds the aliases of a prompt that are followed.
	maxAliases = 50
)

// FollowConfig says what a [Follower] follows. Zero fields take the defaults named beside them.
type FollowConfig struct {
	Main   prompts.Ref    // with an alias or a version; required
	Canary prompts.Canary // none; of the same prompt
	File   string         // where the last good versions are kept; "": nowhere
	// Check says why a prompt can't be used, beside what package prompts says; nil: all can.
	Check func(*job.Prompt) error
	Log   *slog.Logger // none
	// Interval is the time between two looks of Run that nobody asked for; [Interval] by default.
	Interval time.Duration
}

// Follower knows which versions the aliases of a prompt lead to, and gives jobs theirs. It keeps the
// last version of each alias that can work, in memory and on disk: neither a server that is away nor a
// version that is damaged takes a prompt from a job. It is safe for concurrent use, and has one goroutine
// while Run runs.
type Follower struct {
	registry *Registry
	cfg      FollowConfig
	wake     chan struct{} // holds one: that the registry is to be looked at

	mu    sync.RWMutex // of what follows; not held while the server or the disk is asked
	good  map[string]*job.Prompt
	fault map[string]string // why what a key leads to is not used, as far as that is so
	away  string            // why the last look saw nothing
	read  time.Time         // the last look that saw something
}

var _ job.Prompts = (*Follower)(nil)

// Follow makes a follower. It knows what the file has, and asks no server: see Look and Run. An error is
// one of the configuration.
func Follow(r *Registry, cfg FollowConfig) (*Follower, error) {
	switch {
	case cfg.Main.Alias == "" && cfg.Main.Version == 0:
		return nil, fmt.Errorf("COMMENTATOR_PROMPT is %s: name the alias that is to be followed, as in %s@%s",
			cfg.Main, cfg.Main.Name, prompts.Production)
	case cfg.Canary.Share > 0 && cfg.Canary.Name != cfg.Main.Name:
		return nil, fmt.Errorf("COMMENTATOR_PROMPT_CANARY is a version of %s: it must be one of %s, as COMMENTATOR_PROMPT says",
			cfg.Canary.Name, cfg.Main.Name)
	case cfg.Canary.Share > 0 && cfg.Canary.Alias == "" && cfg.Canary.Version == 0:
		return nil, fmt.Errorf("COMMENTATOR_PROMPT_CANARY is %s: name an alias or a version of it", cfg.Canary.Ref)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Check == nil {
		cfg.Check = func(*job.Prompt) error { return nil }
	}
	if cfg.Interval <= 0 {
		cfg.Interval = Interval
	}
	f := &Follower{registry: r, cfg: cfg, wake: make(chan struct{}, 1), good: map[string]*job.Prompt{}, fault: map[string]string{}}
	f.restore()
	return f, nil
}

// key is under what a reference is kept: its alias, or a slash and its version.
func key(r prompts.Ref) string {
	if r.Alias != "" {
		return r.Alias
	}
	return "/" + strconv.Itoa(r.Version)
}

// wanted are the keys that the settings name.
func (f *Follower) wanted() []prompts.Ref {
	all := []prompts.Ref{f.cfg.Main}
	if f.cfg.Canary.Share > 0 && f.cfg.Canary.Ref != f.cfg.Main {
		all = append(all, f.cfg.Canary.Ref)
	}
	return all
}

// LastRead is when the registry was read last; the zero time as long as it never was.
func (f *Follower) LastRead() time.Time {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.read
}

// Prompt implements [job.Prompts]: the alias that the channel has set, else the canary for its share of
// the jobs, else the version that all others get. nil stands for the analyst's own, as long as no version
// that works has ever been seen.
func (f *Follower) Prompt(jobID, alias string) *job.Prompt {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if p := f.good[alias]; p != nil && alias != "" {
		return p
	}
	main := f.good[key(f.cfg.Main)]
	if f.cfg.Canary.Takes(jobID) {
		if p := f.good[key(f.cfg.Canary.Ref)]; p != nil && (main == nil || p.Version != main.Version) {
			return p
		}
	}
	return main
}

// Known reports whether a version is known for the jobs that no channel and no canary has another for.
func (f *Follower) Known() bool { return f.known(key(f.cfg.Main)) != nil }

// Aliases are those that a channel may set, by name.
func (f *Follower) Aliases() []string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	all := slices.Sorted(maps.Keys(f.good))
	return slices.DeleteFunc(all, func(k string) bool { return k[0] == '/' })
}

// Status is how one alias, or one version that the settings name, stands.
type Status struct {
	Ref     prompts.Ref
	Version int    // in use; 0: none
	Fault   string // why what the registry has is not used; empty: nothing is wrong
}

// Status is how all that is followed stands, by name. away is why the registry could not be asked the last
// time; empty where it was.
func (f *Follower) Status() (all []Status, away string) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	keys := map[string]prompts.Ref{}
	for _, r := range f.wanted() {
		keys[key(r)] = r
	}
	for k := range f.good {
		if k[0] != '/' {
			keys[k] = prompts.Ref{Name: f.cfg.Main.Name, Alias: k}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		s := Status{Ref: keys[k], Fault: f.fault[k]}
		if p := f.good[k]; p != nil {
			s.Version, _ = strconv.Atoi(p.Version)
		}
		all = append(all, s)
	}
	return all, f.away
}

// Run looks at the registry at once, after each [Follower.Wake], and in any case every [Interval], until ctx
// ends, which is no error.
func (f *Follower) Run(ctx context.Context) {
	tick := time.NewTicker(f.cfg.Interval)
	defer tick.Stop()
	for {
		f.Look(ctx, lookWithin)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		case <-tick.C:
		}
	}
}

// Wake has Run look at the registry now: something may have changed there. It returns at once. Who calls
// while a look is under way, or within a second after it, gets one more with all others that do.
func (f *Follower) Wake() {
	select {
	case f.wake <- struct{}{}:
	default: // somebody has asked already, and the look is yet to begin
	}
}

// Look asks the registry once, and gives up after a time. What it finds out holds for the next job; what
// it can't is logged, once as long as it is the same.
func (f *Follower) Look(ctx context.Context, within time.Duration) {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	found, gone, err := f.look(bounded)
	if ctx.Err() != nil {
		return
	}
	f.note(found, gone, err)
}

// sight is what a look found under one key: a version, or why it can't be used.
type sight struct {
	prompt *job.Prompt
	fault  error
}

// look asks for all aliases, and for those versions that are not known yet. gone are keys that are not
// there any more. An error is one of the server, and then nothing is known.
func (f *Follower) look(ctx context.Context) (found map[string]sight, gone []string, err error) {
	if err := f.registry.supported(ctx); err != nil {
		return nil, nil, err
	}
	name := f.cfg.Main.Name
	there, err := f.registry.aliases(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	refs := map[string]int{} // key to version
	for _, r := range f.wanted() {
		if r.Version > 0 {
			refs[key(r)] = r.Version
		} else if v, ok := there[r.Alias]; ok {
			refs[r.Alias] = v
		}
	}
	for _, alias := range slices.Sorted(maps.Keys(there)) {
		if len(refs) < maxAliases {
			refs[alias] = there[alias]
		}
	}
	found = map[string]sight{}
	for k, version := range refs {
		old := f.known(k)
		if old != nil && old.Version == strconv.Itoa(version) {
			found[k] = sight{prompt: old}
			continue
		}
		s, err := f.see(ctx, name, k, version)
		if err != nil {
			return nil, nil, err
		}
		found[k] = s
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	for k := range f.good {
		if _, ok := refs[k]; !ok {
			gone = append(gone, k)
		}
	}
	for _, r := range f.wanted() {
		if _, ok := refs[key(r)]; !ok && f.good[key(r)] == nil {
			gone = append(gone, key(r))
		}
	}
	return found, gone, nil
}

// see gets a version and looks whether it can work.
func (f *Follower) see(ctx context.Context, name, k string, version int) (sight, error) {
	v, err := f.registry.version(ctx, prompts.Ref{Name: name, Version: version})
	if err != nil {
		if IsNotFound(err) {
			return sight{fault: err}, nil
		}
		return sight{}, err
	}
	p, err := promptOf(v)
	if err != nil {
		return sight{fault: err}, nil
	}
	if k[0] != '/' {
		p.Alias = k
	}
	if err := f.cfg.Check(p); err != nil {
		return sight{fault: fmt.Errorf("prompt %s/%d can't be used: %w", name, version, err)}, nil
	}
	return sight{prompt: p}, nil
}

func (f *Follower) known(k string) *job.Prompt {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.good[k]
}

// note takes over what a look found, and tells of what is new.
func (f *Follower) note(found map[string]sight, gone []string, err error) {
	f.mu.Lock()
	log, changed := f.cfg.Log, false
	was := f.away
	f.away = ""
	if err != nil {
		f.away = err.Error()
	} else {
		f.read = time.Now()
	}
	for k, s := range found {
		old := f.good[k]
		if s.fault != nil {
			if f.fault[k] != s.fault.Error() {
				log.Error("a version of the prompt is refused", "prompt", f.refName(k), "in_use", versionOf(old), "error", s.fault)
			}
			f.fault[k] = s.fault.Error()
			continue
		}
		delete(f.fault, k)
		if f.good[k] = s.prompt; s.prompt != old {
			changed = true
			log.Info("prompt", "prompt", f.refName(k), "version", s.prompt.Version, "before", versionOf(old))
		}
	}
	for _, k := range gone {
		changed = f.lose(k) || changed
	}
	kept := maps.Clone(f.good)
	f.mu.Unlock()
	switch {
	case err != nil && was == "":
		log.Warn("MLflow's prompt registry can't be asked; the last good version stays in use", "error", err)
	case err == nil && was != "":
		log.Info("MLflow's prompt registry answers again")
	}
	if changed {
		if err := f.keep(kept); err != nil {
			log.Warn("the prompt in use is not kept for the next start", "error", err)
		}
	}
}

// errAliasGone says that an alias leads nowhere.
var errAliasGone = errors.New("the registry has no such alias, or no such version")

// lose notes that a key is not in the registry. What the settings name is used on; another alias is
// none any more, and its channels get what all others get. The lock is held.
func (f *Follower) lose(k string) (changed bool) {
	named := slices.ContainsFunc(f.wanted(), func(r prompts.Ref) bool { return key(r) == k })
	if !named {
		delete(f.good, k)
		delete(f.fault, k)
		f.cfg.Log.Info("an alias of the prompt is gone", "prompt", f.refName(k))
		return true
	}
	if f.fault[k] != errAliasGone.Error() {
		f.cfg.Log.Error("a version of the prompt is refused", "prompt", f.refName(k), "in_use", versionOf(f.good[k]), "error", errAliasGone)
	}
	f.fault[k] = errAliasGone.Error()
	return false
}

func (f *Follower) refName(k string) string {
	if k[0] == '/' {
		return f.cfg.Main.Name + k
	}
	return f.cfg.Main.Name + "@" + k
}

// versionOf names a version for the log.
func versionOf(p *job.Prompt) string {
	if p == nil {
		return "none"
	}
	return p.Version
}
