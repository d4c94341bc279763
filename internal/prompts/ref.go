package prompts

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// Ref names a prompt of the registry: NAME its newest version, NAME@ALIAS the version that an alias
// leads to, NAME/VERSION one version for good.
type Ref struct {
	Name    string
	Alias   string // empty: none named
	Version int    // 0: none named
}

// MLflow's rules for both (PROMPT_NAME_RULE and _REGISTERED_MODEL_ALIAS_REGEX of 3.17.2).
var (
	nameRule  = lazyregexp.New(`^[a-zA-Z0-9_.-]{1,250}$`)
	aliasRule = lazyregexp.New(`^[a-zA-Z0-9_-]{1,100}$`)
	reserved  = lazyregexp.New(`^(?i:latest|v[0-9]+)$`)
)

// ParseRef reads NAME, NAME@ALIAS or NAME/VERSION.
func ParseRef(s string) (Ref, error) {
	var r Ref
	wrong := func(why string) (Ref, error) {
		return Ref{}, fmt.Errorf("%q names no prompt: %s; write it like commentary, commentary@production or commentary/3",
			text.Clip(s, 100), why)
	}
	var version string
	var hasVersion, hasAlias bool
	r.Name, r.Alias, hasAlias = strings.Cut(s, "@")
	if !hasAlias {
		r.Name, version, hasVersion = strings.Cut(s, "/")
	}
	switch {
	case !nameRule.MatchString(r.Name):
		return wrong("a name has letters, digits and ._-")
	case hasAlias && CheckAlias(r.Alias) != nil:
		return wrong(CheckAlias(r.Alias).Error())
	case hasVersion:
		n, err := strconv.Atoi(version)
		if err != nil || n < 1 || strconv.Itoa(n) != version {
			return wrong("a version is a number from 1")
		}
		r.Version = n
	}
	return r, nil
}

// CheckAlias refuses an alias that MLflow does not take.
func CheckAlias(alias string) error {
	switch {
	case !aliasRule.MatchString(alias):
		return fmt.Errorf("an alias has up to 100 letters, digits, _ and -")
	case reserved.MatchString(alias):
		return fmt.Errorf("MLflow keeps the alias %s for itself", alias)
	}
	return nil
}

// String is the reference as [ParseRef] reads it.
func (r Ref) String() string {
	switch {
	case r.Alias != "":
		return r.Name + "@" + r.Alias
	case r.Version > 0:
		return r.Name + "/" + strconv.Itoa(r.Version)
	}
	return r.Name
}
