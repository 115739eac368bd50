package press

import (
	"cmp"
	"slices"

	"broadsheet/functions/internal/content"
)

// neighbours is how many articles on each side of an article in the list of a
// term are looked at for related ones; it keeps the work per article constant.
const neighbours = 8

// relatedMost is how many related articles are shown.
const relatedMost = 3

// relations finds for an article up to three others that share the most with it:
// those the editor named, the same series, topics, country.
type relations struct {
	articles []*content.Article // newest first
	place    map[string]int     // by permalink
	having   map[string][]int   // places of the articles of each term
}

func newRelations(articles []*content.Article) *relations {
	r := &relations{articles: articles, place: make(map[string]int, len(articles)), having: map[string][]int{}}
	for i, a := range articles {
		r.place[a.Permalink] = i
		for _, t := range weights(a) {
			r.having[t.term] = append(r.having[t.term], i)
		}
	}
	return r
}

// of returns the articles related to the one at a place.
func (r *relations) of(i int) (all []*content.Article) {
	var scores []score
	for _, t := range weights(r.articles[i]) {
		list := r.having[t.term]
		k, _ := slices.BinarySearch(list, i)
		for _, other := range list[max(0, k-neighbours):min(len(list), k+neighbours+1)] {
			scores = add(scores, other, t.weight)
		}
	}
	for _, link := range r.articles[i].Front.Related {
		if other, ok := r.place[link]; ok {
			scores = add(scores, other, 100)
		}
	}
	for _, s := range best(scores, i) {
		all = append(all, r.articles[s.place])
	}
	return all
}

// score is how much an article has in common with another.
type score struct{ place, points int }

func add(scores []score, place, points int) []score {
	for i := range scores {
		if scores[i].place == place {
			scores[i].points += points
			return scores
		}
	}
	return append(scores, score{place, points})
}

// best returns the highest scores, that of the article itself left out; of equal
// ones the newest.
func best(scores []score, self int) []score {
	var top []score
	for _, s := range scores {
		if s.place == self {
			continue
		}
		i := len(top)
		for i > 0 && cmp.Or(cmp.Compare(top[i-1].points, s.points), cmp.Compare(s.place, top[i-1].place)) < 0 {
			i--
		}
		if i < relatedMost {
			top = append(top[:i], append([]score{s}, top[i:]...)...)
			top = top[:min(len(top), relatedMost)]
		}
	}
	return top
}

// weighed is a term of an article and how much it counts for relatedness.
type weighed struct {
	term   string
	weight int
}

func weights(a *content.Article) []weighed {
	var w []weighed
	if a.Front.Series != "" {
		w = append(w, weighed{"series/" + a.Front.Series, 4})
	}
	for _, t := range a.Front.Topics {
		w = append(w, weighed{"topic/" + t, 3})
	}
	if a.Front.Country != "" {
		w = append(w, weighed{"country/" + a.Front.Country, 1})
	}
	return w
}
