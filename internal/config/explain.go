package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/entrain-dev/entrain/internal/registry"
)

// Explain adds to an error about a setting the place where it was set: errors
// that begin with "key=" or "key:" or are about an unknown name of that kind.
// An error about anything else gets the name of the file. Of joined errors each gets its own.
func (c *Config) Explain(err error) error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, one := range joined.Unwrap() {
			all = append(all, c.Explain(one))
		}
		return errors.Join(all...)
	}
	key := leading(err.Error())
	var unknown *registry.UnknownError
	if errors.As(err, &unknown) {
		key = unknown.Kind
	}
	for _, path := range slices.Sorted(maps.Keys(c.places)) {
		if path == key || strings.HasSuffix(path, "."+key) {
			return fmt.Errorf("%v: %w", c.places[path], err)
		}
	}
	return fmt.Errorf("%s: %w", c.Source(), err)
}

// At adds to an error the place where a key was set, if it was.
func (c *Config) At(key string, err error) error {
	if at, ok := c.places[key]; ok {
		return fmt.Errorf("%v: %w", at, err)
	}
	return err
}

// leading is the word that a message begins with, if = or : or a comma
// follows it.
func leading(text string) string {
	i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '_' && r != '.' })
	if i > 0 && strings.ContainsRune("=:,", rune(text[i])) {
		return text[:i]
	}
	return ""
}
