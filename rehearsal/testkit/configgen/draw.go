package configgen

import "pgregory.net/rapid"

// draw draws values from rapid.
type draw struct {
	t *rapid.T
}

// rarity is how seldom a single value is broken. A configuration has some sixty, so about every second has none.
const rarity = 128

// oneIn is true about once in n times, by flips of a coin: rapid draws numbers with a liking for the first and the
// last.
func (d draw) oneIn(n int) bool {
	for ; n > 1; n /= 2 {
		if !rapid.Bool().Draw(d.t, "coin") {
			return false
		}
	}
	return true
}

// pick picks one of the values that can be meant, or rarely a broken one.
func (d draw) pick(label string, good []any, broken ...any) any {
	if len(broken) > 0 && d.oneIn(rarity) {
		return rapid.SampledFrom(broken).Draw(d.t, label)
	}
	return rapid.SampledFrom(good).Draw(d.t, label)
}

// text is a text of a form, or rarely a broken one.
func (d draw) text(label, form string, broken ...any) any {
	if len(broken) > 0 && d.oneIn(rarity) {
		return rapid.SampledFrom(broken).Draw(d.t, label)
	}
	return rapid.StringMatching(form).Draw(d.t, label)
}

// always sets a key, and rarely forgets it or sets what is no value of any key.
func (d draw) always(to group, key string, value func() any) {
	if d.oneIn(2 * rarity) {
		return
	}
	if d.oneIn(2 * rarity) {
		to[key] = d.pick(key, []any{"", "nonsense", -1, true, []any{1}, []any{group{"a": "b"}}, group{"nonsense": 1}})
		return
	}
	to[key] = value()
}

// sometimes sets a key in every second configuration.
func (d draw) sometimes(to group, key string, value func() any) {
	if d.oneIn(2) {
		d.always(to, key, value)
	}
}

// several draws a list.
func (d draw) several(label string, least, most int, item func(i int) any) []any {
	all := []any{}
	for i := range rapid.IntRange(least, most).Draw(d.t, label) {
		all = append(all, item(i))
	}
	return all
}
