package press

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"broadsheet/functions/internal/content"
)

// key is the hash of everything that a body is made from. Two sheets of one key
// have the same body.
type key [sha256.Size]byte

// digester hashes values by walking through them: every field, exported or not,
// every element, what pointers lead to. So a page cannot show what its key does
// not cover, and nobody has to remember what to put into it.
//
// What a pointer leads to is hashed once and must not be changed afterwards;
// content and documents never are. The hashes of the last build are kept, so
// that ten thousand articles of which one was edited cost one.
type digester struct {
	mu          sync.Mutex // one value at a time
	known, last map[pointer]key
	open        map[pointer]bool // pointers that are being followed
}

// pointer is a pointer with its type: a struct and its first field stand at one
// address.
type pointer struct {
	to reflect.Type
	at unsafe.Pointer
}

// newDigester returns a digester that knows what another one knew.
func newDigester(last *digester) *digester {
	d := &digester{known: map[pointer]key{}, open: map[pointer]bool{}}
	if last != nil {
		d.last = last.known
	}
	return d
}

// sum hashes values.
func (d *digester) sum(values ...any) key {
	d.mu.Lock()
	defer d.mu.Unlock()
	var short [1024]byte
	return sha256.Sum256(d.walk(short[:0], reflect.ValueOf(values)))
}

// walk appends v to b in a form that no other value has.
func (d *digester) walk(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Invalid:
		return append(b, 'n')
	case reflect.String:
		return text(b, v.String())
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return binary.AppendVarint(b, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return binary.AppendUvarint(b, v.Uint())
	case reflect.Float32, reflect.Float64:
		return fmt.Appendf(b, "%x,", v.Float())
	case reflect.Interface:
		if v.IsNil() {
			return append(b, 'n')
		}
		return d.walk(text(b, v.Elem().Type().String()), v.Elem())
	case reflect.Pointer:
		return d.pointer(b, v)
	case reflect.Struct:
		return d.fields(b, v)
	case reflect.Array:
		return d.list(b, v)
	case reflect.Slice:
		if v.IsNil() {
			return append(b, 0)
		}
		return d.list(append(b, 1), v)
	case reflect.Map:
		if v.IsNil() {
			return append(b, 0)
		}
		return d.entries(append(b, 1), v)
	}
	panic(fmt.Sprintf("press: a page has a %s in its data, whose content cannot be hashed", v.Type()))
}

func text(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func (d *digester) pointer(b []byte, v reflect.Value) []byte {
	if v.IsNil() {
		return append(b, 'n')
	}
	p := pointer{v.Type(), v.UnsafePointer()}
	sum, ok := d.known[p]
	if !ok {
		if sum, ok = d.last[p]; !ok {
			if d.open[p] {
				panic(fmt.Sprintf("press: a %s in the data of a page leads back to itself, so that it cannot be hashed", v.Type()))
			}
			d.open[p] = true
			sum = sha256.Sum256(d.walk(nil, v.Elem()))
			delete(d.open, p)
		}
		d.known[p] = sum
	}
	return append(append(b, 'p'), sum[:]...)
}

func (d *digester) fields(b []byte, v reflect.Value) []byte {
	switch v.Type() {
	case reflect.TypeFor[content.File]():
		f := v.Interface().(content.File)
		return append(text(b, f.Path), f.Sum[:]...)
	case reflect.TypeFor[document]():
		return v.Addr().Interface().(*document).digest(b)
	case reflect.TypeFor[time.Time]():
		t := v.Interface().(time.Time) // panics for an unexported field: make it an exported one
		_, offset := t.Zone()
		b = binary.AppendVarint(binary.AppendVarint(b, t.Unix()), int64(t.Nanosecond()))
		return text(binary.AppendVarint(b, int64(offset)), t.Location().String())
	}
	for i := range v.NumField() {
		b = d.walk(b, v.Field(i))
	}
	return b
}

func (d *digester) list(b []byte, v reflect.Value) []byte {
	b = binary.AppendUvarint(b, uint64(v.Len()))
	if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
		return append(b, v.Bytes()...)
	}
	for i := range v.Len() {
		b = d.walk(b, v.Index(i))
	}
	return b
}

// entries walks a map in the order of its keys as they are written out.
func (d *digester) entries(b []byte, v reflect.Value) []byte {
	all := make([]string, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		all = append(all, string(d.walk(d.walk(nil, it.Key()), it.Value())))
	}
	slices.SortFunc(all, strings.Compare)
	b = binary.AppendUvarint(b, uint64(len(all)))
	for _, e := range all {
		b = text(b, e)
	}
	return b
}
