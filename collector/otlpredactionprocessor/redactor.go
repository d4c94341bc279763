package otlpredactionprocessor

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/xpdata/entity"

	"github.com/technoshare/commentator/collector/otlpredactionprocessor/internal/metadata"
	"github.com/technoshare/commentator/collector/otlpredactionprocessor/internal/named"
	"github.com/technoshare/commentator/collector/otlpredactionprocessor/internal/pattern"
)

// maxKeys bounds the keys of which it is remembered what becomes of them: programs have
// some hundred.
const maxKeys = 8192

// redactor masks secrets.
type redactor struct {
	keys, values *pattern.Set
	mask         string
	known        *lru.Cache[string, verdict]
	names        *lru.Cache[string, bool] // in texts; nil where none is blocked
	telemetry    *metadata.TelemetryBuilder
}

// verdict is what becomes of a key.
type verdict struct {
	blocked bool   // its value goes
	as      string // the key, without secrets
	half    named.Half
	stem    string // of the pair
}

func newRedactor(cfg *Config, set component.TelemetrySettings) (*redactor, error) {
	r := &redactor{mask: cfg.Mask}
	var err error
	if r.keys, err = pattern.NewSet(cfg.BlockedKeyPatterns); err != nil {
		return nil, fmt.Errorf("blocked_key_patterns: %w", err)
	}
	if r.values, err = pattern.NewSet(cfg.BlockedValues); err != nil {
		return nil, fmt.Errorf("blocked_values: %w", err)
	}
	if r.known, err = lru.New[string, verdict](maxKeys); err != nil {
		return nil, fmt.Errorf("make cache of keys: %w", err)
	}
	if len(cfg.BlockedKeyPatterns) > 0 {
		if r.names, err = lru.New[string, bool](maxKeys); err != nil {
			return nil, fmt.Errorf("make cache of names: %w", err)
		}
	}
	if r.telemetry, err = metadata.NewTelemetryBuilder(set); err != nil {
		return nil, fmt.Errorf("make instruments: %w", err)
	}
	return r, nil
}

func (r *redactor) shutdown(context.Context) error {
	r.telemetry.Shutdown()
	return nil
}

// sweep is one request that is gone through.
type sweep struct {
	*redactor
	masked int64
}

// done counts what was masked.
func (s *sweep) done(ctx context.Context) {
	if s.masked > 0 {
		s.telemetry.ProcessorOtlpRedactionMasked.Add(ctx, s.masked)
	}
}

// text masks secrets in a text, and hands it to set if there were any.
func (s *sweep) text(text string, set func(string)) {
	if text == "" {
		return
	}
	if out := s.clean(text); out != text {
		s.masked++
		set(out)
	}
}

func (r *redactor) clean(text string) string {
	text, _ = r.values.Mask(text, r.mask)
	if r.names != nil {
		text, _ = named.Mask(text, r.mask, r.blocked)
	}
	return text
}

// blocked reports whether what stands behind a name in a text goes.
func (r *redactor) blocked(name string) bool {
	blocked, ok := r.names.Get(name)
	if !ok {
		blocked = r.keys.Match(name)
		r.names.Add(strings.Clone(name), blocked) // the text is not kept
	}
	return blocked
}

// key says what becomes of a key and its value.
func (r *redactor) key(key string) verdict {
	if v, ok := r.known.Get(key); ok {
		return v
	}
	v := verdict{as: r.clean(key), blocked: r.keys.Match(key)}
	v.stem, v.half = named.HalfOf(key)
	const long = 256 // those are not remembered
	if len(key) <= long {
		r.known.Add(key, v)
	}
	return v
}

// attributes masks secrets in a map, in its values at any depth, and in its keys.
func (s *sweep) attributes(m pcommon.Map) {
	rename := false
	var secret map[string]bool // pairs, by their stem; nil: nobody has looked yet
	for key, v := range m.All() {
		k := s.key(key)
		rename = rename || k.as != key
		if secret == nil && k.half == named.Value {
			secret = s.pairs(m)
		}
		if k.blocked || k.half == named.Value && secret[k.stem] {
			s.maskAll(v)
			continue
		}
		s.value(v)
	}
	if rename {
		s.rename(m)
	}
}

// maskAll masks a value as a whole.
func (s *sweep) maskAll(v pcommon.Value) {
	if v.Type() != pcommon.ValueTypeEmpty {
		s.masked++
		v.SetStr(s.mask)
	}
}

// pairs gives the stems of the pairs of a map whose one half has the name of a secret.
func (s *sweep) pairs(m pcommon.Map) map[string]bool {
	secret := map[string]bool{}
	for key, v := range m.All() {
		if stem, half := named.HalfOf(key); half == named.Label && s.isName(v) {
			secret[stem] = true
		}
	}
	return secret
}

// isName reports whether a value is the name of a secret.
func (s *sweep) isName(v pcommon.Value) bool {
	const long = 64 // what is longer is no name
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return s.names != nil && len(v.Str()) <= long && s.blocked(v.Str())
	case pcommon.ValueTypeBytes:
		return s.names != nil && v.Bytes().Len() <= long && s.blocked(string(v.Bytes().AsRaw()))
	}
	return false
}

// maxRenamed bounds the keys of a map that get another name; each is looked for among all.
const maxRenamed = 64

// rename gives a map keys without secrets. Those that become the same get a number; what
// has one beyond the bound goes.
func (s *sweep) rename(m pcommon.Map) {
	type entry struct {
		key   string
		value pcommon.Value
	}
	var list []entry
	m.RemoveIf(func(key string, v pcommon.Value) bool {
		as := s.key(key).as
		if as == key {
			return false
		}
		s.masked++
		if len(list) < maxRenamed {
			e := entry{as, pcommon.NewValueEmpty()}
			v.CopyTo(e.value)
			list = append(list, e)
		}
		return true
	})
	for _, e := range list {
		free := e.key
		for i := 2; ; i++ {
			if _, taken := m.Get(free); !taken {
				break
			}
			free = e.key + "_" + strconv.Itoa(i)
		}
		e.value.CopyTo(m.PutEmpty(free))
	}
}

// value masks secrets in a value of any kind. A number is no secret that a pattern knows.
func (s *sweep) value(v pcommon.Value) {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		s.text(v.Str(), v.SetStr)
	case pcommon.ValueTypeBytes:
		s.bytes(v.Bytes())
	case pcommon.ValueTypeMap:
		s.attributes(v.Map())
	case pcommon.ValueTypeSlice:
		for _, e := range v.Slice().All() {
			if e.Type() == pcommon.ValueTypeSlice && e.Slice().Len() == 2 && s.isName(e.Slice().At(0)) { // of headers
				s.maskAll(e.Slice().At(1))
				continue
			}
			s.value(e)
		}
	}
}

func (s *sweep) bytes(b pcommon.ByteSlice) {
	s.text(string(b.AsRaw()), func(out string) { b.FromRaw([]byte(out)) })
}

func (s *sweep) resource(r pcommon.Resource) {
	s.attributes(r.Attributes())
	for _, e := range entity.ResourceEntityRefs(r).All() {
		s.text(e.SchemaUrl(), e.SetSchemaUrl)
		s.text(e.Type(), e.SetType)
		s.texts(e.IdKeys())
		s.texts(e.DescriptionKeys())
	}
}

func (s *sweep) texts(list pcommon.StringSlice) {
	for i, text := range list.All() {
		s.text(text, func(out string) { list.SetAt(i, out) })
	}
}

func (s *sweep) scope(sc pcommon.InstrumentationScope) {
	s.text(sc.Name(), sc.SetName)
	s.text(sc.Version(), sc.SetVersion)
	s.attributes(sc.Attributes())
}
