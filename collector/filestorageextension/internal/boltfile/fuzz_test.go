package boltfile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// database is a small file with one bucket.
func database(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true, PageSize: 1024})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("default"))
		for i := range byte(20) {
			err = errors.Join(err, b.Put([]byte{'k', i}, bytes.Repeat([]byte{i}, 100)))
		}
		return err
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestASoundFileIsReadWhole(t *testing.T) {
	b := database(t)
	if err := Check(bytes.NewReader(b), int64(len(b)), "default"); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := Salvage(bytes.NewReader(b), int64(len(b)), "default", func(k, v []byte) error {
		if n++; len(k) != 2 || len(v) != 100 || v[0] != k[1] {
			t.Errorf("%q: %q", k, v)
		}
		return nil
	})
	if err != nil || n != 20 {
		t.Errorf("%d entries, %v", n, err)
	}
}

// FuzzFile holds that no file, whatever is in it, does more than be called damaged.
func FuzzFile(f *testing.F) {
	f.Add(database(f))
	f.Add([]byte("some notes"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := Check(bytes.NewReader(b), int64(len(b)), "default"); err != nil && !errors.Is(err, ErrDamaged) {
			t.Error(err)
		}
		if err := Salvage(bytes.NewReader(b), int64(len(b)), "default", func(_, _ []byte) error { return nil }); err != nil {
			t.Error(err)
		}
	})
}
