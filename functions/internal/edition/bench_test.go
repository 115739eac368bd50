package edition

import (
	"fmt"
	"testing"
)

// sized returns an edition with that many answers.
func sized(b *testing.B, n int) []byte {
	w := &Writer{}
	for i := range n {
		w.Add(Answer{Path: path(i), Type: htmlType, Body: fmt.Appendf(nil, "body %d", i)})
	}
	return printed(b, w, Print{AsOf: asOf()})
}

func path(i int) string { return fmt.Sprintf("/news/2022/article-%d/", i) }

// BenchmarkOpen and BenchmarkAnswer show promise 12: neither grows with the
// number of articles, save for the steps of the binary search.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{10, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			data := sized(b, n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Open(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAnswer(b *testing.B) {
	for _, n := range []int{10, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e := open(b, sized(b, n))
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, ok := e.Answer(path(i%n), asOf()); !ok {
					b.Fatal("not found")
				}
				i += 7919
			}
		})
	}
}

// TestNothingGrows measures what does not depend on the machine: opening an
// edition and looking a path up allocate the same with 10 and 10,000 answers.
func TestNothingGrows(t *testing.T) {
	for _, n := range []int{10, 10_000} {
		w := &Writer{}
		for i := range n {
			w.Add(Answer{Path: path(i), Type: htmlType, Body: []byte("x")})
		}
		data := printed(t, w, Print{AsOf: asOf()})
		if got := testing.AllocsPerRun(100, func() { _, _ = Open(data) }); got > 2 {
			t.Errorf("Open with %d answers: %v allocations", n, got)
		}
		e, p := open(t, data), path(n/2)
		if got := testing.AllocsPerRun(100, func() { _, _ = e.Answer(p, asOf()) }); got > 0 {
			t.Errorf("Answer among %d: %v allocations", n, got)
		}
	}
}
