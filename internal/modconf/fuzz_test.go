package modconf

import (
	"cmp"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/glob"
)

func FuzzRead(f *testing.F) {
	f.Add(lookups, "softdep a pre: b post: c\r\n", "a.b=\"c d\" modprobe.blacklist=e")
	f.Add("options a \\\n x=\\\\\x00\nalias a\\\rb c\r ", "weakdep [-] a\rb \\\n\\", "\"a.b=c\nd\" e..f")
	f.Add("install a\t\t\\\r\nblacklist \\#\n#\\\n\nremove b \x01", "\\", "a.=1 .b modprobe.blacklist=\"c,,d\t\"")
	f.Fuzz(func(t *testing.T, text1, text2, cmdline string) {
		texts := map[string]string{"2": text1, "1": text2, "cmdline": cmdline}
		c := Read(Sources{Files: []File{{"2", text1}, {"1", text2}}, Cmdline: cmdline, CmdlineName: "cmdline"})
		checkOrigins(t, c, texts)
		checkLookups(t, c)
		written := text(t, c)
		again := Read(Sources{Files: []File{{"f", written}}})
		checkWarnings(t, again)
		if !reflect.DeepEqual(withoutOrigins(c), withoutOrigins(again)) {
			t.Errorf("read back from %q:\n%+v\nwas\n%+v", written, withoutOrigins(again), withoutOrigins(c))
		}
		if text(t, again) != written {
			t.Errorf("%q is written as %q", written, text(t, again))
		}
	})
}

// checkOrigins checks that every origin is a place in the text, and that
// origins of one kind are in the order in which the files are read.
func checkOrigins(t *testing.T, c *Config, texts map[string]string) {
	t.Helper()
	check := func(all []Origin) {
		for _, at := range all {
			source, known := texts[at.File]
			if lines := strings.Count(source, "\n") + 1; !known || at.Line < 0 || at.Line > lines || (at.Line == 0) != (at.File == "cmdline") {
				t.Errorf("there is no %v", at)
			}
		}
		if !slices.IsSortedFunc(all, func(a, b Origin) int {
			return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
		}) {
			t.Errorf("%v are not in order", all)
		}
	}
	check(origins(c.Aliases, func(a Alias) Origin { return a.Origin }))
	check(origins(c.Blacklists, func(b Blacklist) Origin { return b.Origin }))
	check(origins(c.Options, func(o Options) Origin { return o.Origin }))
	check(origins(c.Installs, func(i Command) Origin { return i.Origin }))
	check(origins(c.Removes, func(r Command) Origin { return r.Origin }))
	check(origins(c.Softdeps, func(s Softdep) Origin { return s.Origin }))
	check(origins(c.Weakdeps, func(w Weakdep) Origin { return w.Origin }))
	if len(c.Warnings) <= MaxWarnings {
		check(origins(c.Warnings, func(w Warning) Origin { return w.Origin }))
	}
}

func origins[T any](list []T, origin func(T) Origin) []Origin {
	all := make([]Origin, len(list))
	for i, element := range list {
		all[i] = origin(element)
	}
	return all
}

// checkLookups compares with searching the lists.
func checkLookups(t *testing.T, c *Config) {
	t.Helper()
	for _, a := range c.Aliases {
		var want []Alias
		for _, b := range c.Aliases {
			if glob.Match(b.Pattern, a.Pattern) {
				want = append(want, b)
			}
		}
		budget := glob.Steps(1 << 30)
		got, err := c.MatchAliases(&budget, a.Pattern)
		if most := glob.StepsPerByte * (c.patterns.Size() + len(a.Pattern)); err == nil && budget.Used() > most {
			t.Errorf("MatchAliases(%q) takes %d steps, and at most %d are allowed", a.Pattern, budget.Used(), most)
		}
		if err != nil && !errors.Is(err, glob.ErrBudget) || err == nil && !slices.Equal(got, want) {
			t.Errorf("MatchAliases(%q) = %v, %v, want %v", a.Pattern, got, err, want)
		}
	}
	for i, o := range c.Options {
		names := []string{o.Module, c.Options[0].Module}
		var want []Options
		for _, p := range c.Options {
			if slices.Contains(names, p.Module) {
				want = append(want, p)
			}
		}
		if got := c.OptionsFor(names...); !slices.Equal(got, want) {
			t.Errorf("OptionsFor(%q) = %v, want %v, at %d", names, got, want, i)
		}
	}
	for _, s := range c.Softdeps {
		if !slices.ContainsFunc(c.SoftdepsOf(s.Module), func(found Softdep) bool { return found.Origin == s.Origin }) {
			t.Errorf("SoftdepsOf(%q) lacks %v", s.Module, s.Origin)
		}
	}
}

// withoutOrigins returns all statements.
func withoutOrigins(c *Config) *Config {
	s := &Config{}
	for _, a := range c.Aliases {
		s.Aliases = append(s.Aliases, Alias{a.Pattern, a.Module, Origin{}})
	}
	for _, b := range c.Blacklists {
		s.Blacklists = append(s.Blacklists, Blacklist{b.Module, Origin{}})
	}
	for _, o := range c.Options {
		s.Options = append(s.Options, Options{o.Module, o.Params, Origin{}})
	}
	for _, i := range c.Installs {
		s.Installs = append(s.Installs, Command{i.Module, i.Text, Origin{}})
	}
	for _, r := range c.Removes {
		s.Removes = append(s.Removes, Command{r.Module, r.Text, Origin{}})
	}
	for _, d := range c.Softdeps {
		s.Softdeps = append(s.Softdeps, Softdep{d.Module, d.Pre, d.Post, Origin{}})
	}
	for _, w := range c.Weakdeps {
		s.Weakdeps = append(s.Weakdeps, Weakdep{w.Module, w.Modules, Origin{}})
	}
	return s
}
