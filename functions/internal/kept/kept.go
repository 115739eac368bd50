// Package kept writes values into bytes and reads them again: what a build keeps
// for the next one in its cache.
//
// A Writer takes numbers, texts and whole values; a Reader gives them back in the
// same order, as values of the same types. Structs are written by their exported
// fields, and only those that are not zero, so that a front matter of which most
// is left out is short and soon read. Texts that are read share the bytes they are
// read from.
//
// The bytes carry no types: they are of use to the program that wrote them, and
// who keeps them has to see to that. Bytes that are torn make a Reader torn; it
// gives zeros from there on and never panics.
package kept

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"time"
	"unsafe"
)

// Writer writes values one behind the other.
type Writer struct{ Data []byte }

// Number writes a number that is not negative.
func (w *Writer) Number(n int) { w.Data = binary.AppendUvarint(w.Data, uint64(n)) }

// Text writes a text behind its length.
func (w *Writer) Text(s string) {
	w.Number(len(s))
	w.Data = append(w.Data, s...)
}

// Bytes writes bytes behind their number.
func (w *Writer) Bytes(b []byte) {
	w.Number(len(b))
	w.Data = append(w.Data, b...)
}

// Value writes a value made of texts, numbers, truth values, instants, and structs
// and lists of these.
func (w *Writer) Value(v any) { w.value(reflect.ValueOf(v)) }

func (w *Writer) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		w.Text(v.String())
	case reflect.Bool:
		w.Number(map[bool]int{true: 1}[v.Bool()])
	case reflect.Int, reflect.Int64:
		w.Data = binary.AppendVarint(w.Data, v.Int())
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		w.Data = binary.AppendUvarint(w.Data, v.Uint())
	case reflect.Float64:
		w.Data = binary.LittleEndian.AppendUint64(w.Data, math.Float64bits(v.Float()))
	case reflect.Slice:
		w.Number(v.Len())
		w.list(v)
	case reflect.Array:
		w.list(v)
	case reflect.Struct:
		w.fields(v)
	default:
		panic(fmt.Sprintf("kept: a %s cannot be kept", v.Type()))
	}
}

func (w *Writer) list(v reflect.Value) {
	if v.Kind() == reflect.Array && v.Type().Elem().Kind() == reflect.Uint8 {
		for i := range v.Len() {
			w.Data = append(w.Data, byte(v.Index(i).Uint()))
		}
		return
	}
	for i := range v.Len() {
		w.value(v.Index(i))
	}
}

// fields writes which fields are not zero, as the bits of a number, and those.
func (w *Writer) fields(v reflect.Value) {
	if t, ok := v.Interface().(time.Time); ok {
		w.Data = binary.AppendVarint(binary.AppendVarint(w.Data, t.Unix()), int64(t.Nanosecond()))
		return
	}
	if v.NumField() > 64 {
		panic(fmt.Sprintf("kept: %s has more fields than can be kept", v.Type()))
	}
	var given uint64
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			panic(fmt.Sprintf("kept: a field of %s cannot be kept, since it is not exported", v.Type()))
		}
		if !v.Field(i).IsZero() {
			given |= 1 << i
		}
	}
	w.Data = binary.AppendUvarint(w.Data, given)
	for i := range v.NumField() {
		if given>>i&1 != 0 {
			w.value(v.Field(i))
		}
	}
}

// Reader reads what a Writer wrote.
type Reader struct {
	text string
	data []byte // the same
	at   int
	torn bool
}

// NewReader returns a Reader of bytes that will not be changed: what is read shares
// them, and a cache has hundreds of megabytes.
func NewReader(data []byte) *Reader {
	return &Reader{text: unsafe.String(unsafe.SliceData(data), len(data)), data: data}
}

// Torn tells whether there were other bytes than asked for.
func (r *Reader) Torn() bool { return r.torn }

// Rest returns what is not read yet.
func (r *Reader) Rest() []byte { return r.data[r.at:] }

func (r *Reader) tear() { r.at, r.torn = len(r.data), true }

func (r *Reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.data[r.at:])
	if size <= 0 {
		r.tear()
		return 0
	}
	r.at += size
	return n
}

func (r *Reader) varint() int64 {
	n, size := binary.Varint(r.data[r.at:])
	if size <= 0 {
		r.tear()
		return 0
	}
	r.at += size
	return n
}

// Number reads a number.
func (r *Reader) Number() int { return int(min(r.uvarint(), math.MaxInt)) }

// Count reads the number of things that follow, each of a byte at least.
func (r *Reader) Count() int {
	n := r.Number()
	if n > len(r.data)-r.at {
		r.tear()
		return 0
	}
	return n
}

// Text reads a text.
func (r *Reader) Text() string { return r.take(r.Count()) }

// Bytes reads bytes, which are not copied.
func (r *Reader) Bytes() []byte {
	n := r.Count()
	r.at += n
	return r.data[r.at-n : r.at : r.at]
}

// take returns the next bytes as text, none if there are fewer.
func (r *Reader) take(n int) string {
	if n > len(r.data)-r.at {
		r.tear()
		return ""
	}
	r.at += n
	return r.text[r.at-n : r.at]
}

// Value reads a value into what a pointer leads to, which is zero.
func (r *Reader) Value(pointer any) { r.value(reflect.ValueOf(pointer).Elem()) }

func (r *Reader) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(r.Text())
	case reflect.Bool:
		v.SetBool(r.uvarint() == 1)
	case reflect.Int, reflect.Int64:
		v.SetInt(r.varint())
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.uvarint())
	case reflect.Float64:
		if b := r.take(8); b != "" {
			v.SetFloat(math.Float64frombits(binary.LittleEndian.Uint64([]byte(b))))
		}
	case reflect.Slice:
		if n := r.Count(); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		r.list(v)
	case reflect.Array:
		r.list(v)
	case reflect.Struct:
		r.fields(v)
	}
}

func (r *Reader) list(v reflect.Value) {
	if v.Kind() == reflect.Array && v.Type().Elem().Kind() == reflect.Uint8 {
		reflect.Copy(v, reflect.ValueOf([]byte(r.take(v.Len()))))
		return
	}
	for i := 0; i < v.Len() && !r.torn; i++ {
		r.value(v.Index(i))
	}
}

func (r *Reader) fields(v reflect.Value) {
	if t, ok := v.Addr().Interface().(*time.Time); ok {
		if unix, nano := r.varint(), r.varint(); !r.torn {
			*t = time.Unix(unix, nano).UTC()
		}
		return
	}
	given := r.uvarint()
	for i := 0; i < v.NumField() && given>>i != 0; i++ {
		if given>>i&1 != 0 {
			r.value(v.Field(i))
		}
	}
}
