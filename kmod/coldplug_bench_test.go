package kmod_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
)

// deviceAliases makes n different aliases that devices could have, each of a
// pattern of the tree's, at random but always the same.
func deviceAliases(tb testing.TB, db *kmod.DB, n int) []string {
	tb.Helper()
	var patterns []string
	for a, err := range db.Aliases() {
		if err != nil {
			tb.Fatal(err)
		}
		bus, _, found := strings.Cut(a.Pattern, ":")
		if found && !a.Builtin && bus != "of" {
			patterns = append(patterns, a.Pattern)
		}
	}
	if len(patterns) == 0 {
		tb.Skip("the tree has no aliases of devices")
	}
	random := rand.New(rand.NewPCG(1, 2))
	aliases := make([]string, n)
	for i := range aliases {
		aliases[i] = concrete(patterns[random.IntN(len(patterns))], i)
	}
	return aliases
}

// concrete makes an alias that a pattern matches.
func concrete(pattern string, n int) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '*':
			fmt.Fprintf(&b, "%08X", n)
		case '?':
			b.WriteByte('0')
		case '[':
			b.WriteByte(pattern[i+1])
			i += strings.IndexByte(pattern[i:], ']')
		default:
			b.WriteByte(pattern[i])
		}
	}
	return b.String()
}

// BenchmarkPlanAliases looks 2,000 aliases of devices up and plans the load of
// what they name: all of them known, as no machine has it, and one in five, the
// others being of devices that no module drives.
func BenchmarkPlanAliases(b *testing.B) {
	tree := findTree(b)
	db := dbtest.Open(b, &tree.cfg)
	known := deviceAliases(b, db, 2000)
	mixed := make([]string, len(known))
	for i := range mixed {
		mixed[i] = known[i]
		if i%5 != 0 {
			mixed[i] = fmt.Sprintf("pci:v0000FFF0d%08Xsv00000000sd00000000bcFFscFFi%02X", i, i%256)
		}
	}
	for _, set := range []struct {
		name    string
		aliases []string
	}{{"known", known}, {"mixed", mixed}} {
		b.Run(set.name, func(b *testing.B) {
			steps, unknown := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				plan, missing, err := db.PlanAliases(nil, set.aliases...)
				if err != nil {
					b.Fatal(err)
				}
				steps, unknown = len(plan.Steps), len(missing)
			}
			b.ReportMetric(float64(steps), "steps")
			b.ReportMetric(float64(unknown), "unknown")
		})
	}
}
