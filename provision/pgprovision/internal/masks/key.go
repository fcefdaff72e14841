package masks

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

const (
	keyTable = "keys"
	ownKey   = "installation" // the key that the platform makes for itself

	hashBlock = 64 // bytes that SHA-256 takes at once
)

// keyName is how a key is called on the platform: its reference is no secret.
func keyName(reference string) string {
	if reference == "" {
		return ownKey
	}
	return reference
}

// pads are the two blocks by which HMAC (RFC 2104) begins its two hashes. With them
// on the platform the hash is an HMAC-SHA-256 by functions that every PostgreSQL has.
func pads(key []byte) (in, out []byte) {
	if len(key) > hashBlock {
		sum := sha256.Sum256(key)
		key = sum[:]
	}
	in, out = make([]byte, hashBlock), make([]byte, hashBlock)
	copy(in, key)
	copy(out, key)
	for i := range in {
		in[i] ^= 0x36
		out[i] ^= 0x5c
	}
	return in, out
}

// keyed brings the keys of some maskings to the database, and returns those whose
// keys are there. Those without a hash do not depend on them.
func (k Masker) keyed(ctx context.Context, database string, all []*Masking, masked []provision.Masked) (ready []*Masking, err error) {
	keys := make(map[string]string)
	var hashed []*Masking
	for _, m := range all {
		references := m.references()
		missing := slices.IndexFunc(references, func(r string) bool { return r != "" && m.want.Keys[r] == "" })
		switch {
		case len(references) == 0:
			ready = append(ready, m)
			continue
		case missing >= 0:
			masked[m.Index].Err = k.Loop.Wrap(&provision.RefusedError{What: "key " + references[missing], Reason: "is empty, or could not be read"})
			continue
		}
		hashed = append(hashed, m)
		for _, r := range references {
			keys[r] = m.want.Keys[r]
		}
	}
	if len(hashed) == 0 {
		return ready, nil
	}
	err = k.keyring(ctx, database, keys)
	if errors.Is(err, provision.ErrPermanent) {
		for _, m := range hashed {
			masked[m.Index].Err = k.Loop.Wrap(err)
		}
		return ready, nil
	}
	return append(ready, hashed...), err
}

// references are the keys that a masking needs.
func (m *Masking) references() []string {
	var all []string
	for _, c := range m.want.Show.Columns {
		if c.Mask.How == catalog.MaskHash && !m.want.Off && !slices.Contains(all, c.Mask.Key) {
			all = append(all, c.Mask.Key)
		}
	}
	return all
}

// keyring brings keys, by their references, into a table of ours that nobody else
// may read.
func (k Masker) keyring(ctx context.Context, database string, keys map[string]string) error {
	s, err := k.Cluster.Begin(ctx, database, cluster.Locking(naming.LockKey("mask keys", k.Installation)))
	if err != nil {
		return err
	}
	defer s.End()
	changed, err := k.writeKeys(ctx, s, keys)
	if err != nil || !changed {
		return err
	}
	return s.Commit(ctx)
}

func (k Masker) writeKeys(ctx context.Context, s *cluster.Session, keys map[string]string) (changed bool, err error) {
	schema := naming.Place{Installation: k.Installation}.MaskSchema()
	table := naming.Quote(schema, keyTable)
	var stands, shared, made bool
	const query = `
		select c.oid is not null, exists (select from aclexplode(c.relacl) a where a.grantee <> c.relowner)
		from pg_namespace n left join pg_class c on c.relnamespace = n.oid and c.relname = $2 where n.nspname = $1`
	read := cluster.Reading{SQL: query, Args: []any{schema, keyTable}, Scan: func(scan func(...any) error) error { made = true; return scan(&stands, &shared) }}
	if err := s.Read(ctx, read); err != nil {
		return false, err
	}
	if !made {
		return false, &provision.RefusedError{What: "schema " + schema, Reason: "does not exist, so that nothing can be masked; run what Setup lists"}
	}
	if shared {
		return false, &provision.RefusedError{What: "table " + table, Reason: "holds the keys of hashes, and others were given rights on it; take them away"}
	}
	if !stands {
		changed = true
		if err := s.Exec(ctx, "create table "+table+" (name text primary key, pad_in bytea not null, pad_out bytea not null)"); err != nil {
			return false, err
		}
	}
	stored, err := readKeys(ctx, s, table)
	if err != nil {
		return false, err
	}
	for reference, key := range keys {
		wrote, err := writeKey(ctx, s, table, stored, reference, key)
		if err != nil {
			return false, err
		}
		changed = changed || wrote
	}
	return changed, nil
}

func readKeys(ctx context.Context, s *cluster.Session, table string) (map[string][2][]byte, error) {
	stored := make(map[string][2][]byte)
	err := s.Query(ctx, func(scan func(...any) error) error {
		var name string
		var in, out []byte
		err := scan(&name, &in, &out)
		stored[name] = [2][]byte{in, out}
		return err
	}, "select name, pad_in, pad_out from "+table)
	return stored, err
}

// writeKey has the platform make its own key, so that nobody ever sees it. A key by
// reference travels as data of COPY: that stands in no log of statements.
func writeKey(ctx context.Context, s *cluster.Session, table string, stored map[string][2][]byte, reference, key string) (bool, error) {
	old, is := stored[keyName(reference)]
	if reference == "" {
		if is {
			return false, nil
		}
		const random = "(select string_agg(uuid_send(gen_random_uuid()), '') from generate_series(1, 4))"
		return true, s.Exec(ctx, "insert into "+table+" values ("+naming.Literal(ownKey)+", "+random+", "+random+")")
	}
	in, out := pads([]byte(key))
	if is && bytes.Equal(old[0], in) && bytes.Equal(old[1], out) {
		return false, nil
	}
	if err := s.Exec(ctx, "delete from "+table+" where name = "+naming.Literal(keyName(reference))); err != nil {
		return false, err
	}
	copying, err := s.PrepareContext(ctx, "copy "+table+" (name, pad_in, pad_out) from stdin")
	if err != nil {
		return false, s.Note(err)
	}
	defer func() { _ = copying.Close() }()
	if _, err := copying.ExecContext(ctx, keyName(reference), in, out); err != nil {
		return false, s.Note(fmt.Errorf("key %s could not be written", keyName(reference)))
	}
	_, err = copying.ExecContext(ctx)
	return true, s.Note(err)
}
