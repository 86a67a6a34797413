package main

import (
	"fmt"
	"math"
	"slices"
)

// quantile is the value below which a part of the values is, between two of them if it
// falls there. There is at least one value.
func quantile(values []float64, part float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := part * float64(len(sorted)-1)
	low := int(at)
	if low+1 == len(sorted) {
		return sorted[low]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

func median(values []float64) float64 { return quantile(values, 0.5) }

// ratios are those of two contenders' values of the same rounds.
func ratios(ours, theirs []float64) []float64 {
	paired := make([]float64, min(len(ours), len(theirs)))
	for i := range paired {
		paired[i] = ours[i] / theirs[i]
	}
	return paired
}

// spread is the median of values with the quartiles, unless these are the same to two
// digits.
func spread(values []float64) string {
	low, middle, high := short(quantile(values, 0.25)), short(median(values)), short(quantile(values, 0.75))
	if low == high {
		return middle
	}
	return fmt.Sprintf("%s (%s–%s)", middle, low, high)
}

// short is a ratio with two digits after the point, or three digits if it is small.
func short(v float64) string {
	if v < 0.1 {
		return fmt.Sprintf("%.3f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// unit says what the values of a quantity are.
type unit uint8

const (
	seconds unit = iota
	octets
)

// scales are the names of parts and multiples of a unit, the smallest first.
var scales = map[unit][]struct {
	factor float64
	name   string
}{
	seconds: {{1e-9, "ns"}, {1e-6, "µs"}, {1e-3, "ms"}, {1, "s"}},
	octets:  {{1, "B"}, {1e3, "KB"}, {1e6, "MB"}},
}

// format is a value with three digits, or all before the point.
func (u unit) format(v float64) string {
	scale := scales[u][0]
	for _, s := range scales[u] {
		if v >= s.factor {
			scale = s
		}
	}
	v /= scale.factor
	digits := max(0, 2-int(math.Floor(math.Log10(math.Max(v, 1)))))
	return fmt.Sprintf("%.*f %s", digits, v, scale.name)
}
