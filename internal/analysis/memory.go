package analysis

import (
	"sync"
	"time"
)

// How long what was learnt of a server holds. Servers learn too: after that
// time a refused call, which costs nothing, finds out anew. What was guessed,
// after a refusal that named nothing, is doubted sooner.
const (
	learntHolds  = 7 * 24 * time.Hour
	guessedHolds = 24 * time.Hour
)

// memory holds the form that a server takes for a model. It is shared by all
// analyses of an analyst, and by other processes through its file. The lock is
// held for a copy only, never during I/O.
type memory struct {
	known form      // what is known beforehand; never changes
	file  *formFile // nil: nothing is kept
	key   formKey

	mu     sync.Mutex
	learnt *learntForm // nil: nothing beyond known
}

// learntForm is a form that has worked, and when that was found out.
type learntForm struct {
	Form    form      `json:"form"`
	At      time.Time `json:"at"`
	Guessed bool      `json:"guessed,omitempty"`
}

// holds reports whether it is to be used at the time now. A time in the future
// is of a clock that was wrong.
func (l *learntForm) holds(now time.Time) bool {
	age := now.Sub(l.At)
	if l.Guessed {
		return age >= 0 && age < guessedHolds
	}
	return age >= 0 && age < learntHolds
}

// load reads what earlier processes have learnt. A file that cannot be read
// holds nothing.
func (m *memory) load(now time.Time) {
	if m.file == nil {
		return
	}
	if l, ok := m.file.get(m.key); ok && l.holds(now) {
		m.mu.Lock()
		m.learnt = &l
		m.mu.Unlock()
	}
}

// get returns the form to begin with. learnt says that it is not the one known
// beforehand.
func (m *memory) get(now time.Time) (f form, learnt bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.learnt == nil {
		return m.known, false
	}
	if !m.learnt.holds(now) {
		m.learnt = nil
		return m.known, false
	}
	return m.learnt.Form, true
}

// keep remembers a form that has just worked. It writes the file only when this
// is news; the error is of writing it, and the process remembers all the same.
func (m *memory) keep(f form, guessed bool, now time.Time) error {
	m.mu.Lock()
	var known form
	if known = m.known; m.learnt != nil {
		known = m.learnt.Form
	}
	if f == known {
		m.mu.Unlock()
		return nil
	}
	l := &learntForm{Form: f, At: now.UTC(), Guessed: guessed}
	if f == m.known {
		l = nil
	}
	m.learnt = l
	m.mu.Unlock()
	return m.store(l)
}

// forget drops a learnt form that has ceased to work, unless another analysis
// has learnt a better one since.
func (m *memory) forget(f form) error {
	m.mu.Lock()
	if m.learnt == nil || m.learnt.Form != f {
		m.mu.Unlock()
		return nil
	}
	m.learnt = nil
	m.mu.Unlock()
	return m.store(nil)
}

func (m *memory) store(l *learntForm) error {
	if m.file == nil {
		return nil
	}
	return m.file.put(m.key, l)
}
