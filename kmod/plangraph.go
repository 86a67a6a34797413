package kmod

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// edge is an arrow from a module to one that it wants loaded.
type edge struct {
	from, to string
	kind     string // "" for a hard dependency, else "pre", "post" or "weak"
}

// edges lists the dependencies between the modules of a plan: hard ones without
// those that follow from others, soft ones, and weak ones, which may lead to
// modules outside the plan.
func (p *Plan) edges() []edge {
	var list []edge
	steps := p.steps()
	marks := make([]int, len(steps))
	for i := range steps {
		s := &steps[i]
		for _, at := range p.direct(i, marks) {
			list = append(list, edge{from: s.Module.Name, to: p.Steps[at].Module.Name})
		}
		for _, why := range s.Reasons {
			switch why.Kind {
			case ReasonSoftPre:
				list = append(list, edge{why.Of, s.Module.Name, "pre"})
			case ReasonSoftPost:
				list = append(list, edge{why.Of, s.Module.Name, "post"})
			}
		}
		for _, name := range s.Weak {
			list = append(list, edge{s.Module.Name, name, "weak"})
		}
	}
	return list
}

// direct returns the needs of the step at i that are not needs of its needs. The
// latter get i+1 as their mark. It ignores indexes that are not those of earlier
// steps, as a damaged plan may have them.
func (p *Plan) direct(i int, marks []int) []int {
	earlier := func(at int) bool { return at >= 0 && at < i }
	for _, at := range slices.Backward(p.Steps[i].Needs) { // users first
		if !earlier(at) || marks[at] == i+1 {
			continue // its own needs have the mark too
		}
		for _, below := range p.Steps[at].Needs {
			if earlier(below) {
				marks[below] = i + 1
			}
		}
	}
	var direct []int
	for _, at := range p.Steps[i].Needs {
		if earlier(at) && marks[at] != i+1 {
			direct = append(direct, at)
		}
	}
	return direct
}

// DOT draws the plan for Graphviz: a box for each module, thick for those that
// were asked for, dashed for those that are skipped; an ellipse for a built-in;
// a hexagon for an install command. Arrows lead from a module to what it needs,
// dashed for soft dependencies, dotted for weak ones.
func (p *Plan) DOT() string {
	var b strings.Builder
	b.WriteString("digraph modules {\n\trankdir=LR\n\tnode [shape=box]\n")
	steps := p.steps()
	for i := range steps {
		s := &steps[i]
		fmt.Fprintf(&b, "\t%s%s\n", strconv.Quote(s.Module.Name), s.dotStyle())
	}
	for _, e := range p.edges() {
		fmt.Fprintf(&b, "\t%s -> %s%s\n", strconv.Quote(e.from), strconv.Quote(e.to), e.dotStyle())
	}
	b.WriteString("}\n")
	return b.String()
}

func (s *Step) dotStyle() string {
	var attrs []string
	switch s.Action {
	case ActionBuiltin:
		attrs = append(attrs, "shape=ellipse")
	case ActionCommand:
		attrs = append(attrs, "shape=hexagon")
	}
	switch {
	case s.Action == ActionSkip:
		attrs = append(attrs, "style=dashed", "tooltip="+strconv.Quote(s.skipReason()))
	case s.Requested():
		attrs = append(attrs, "penwidth=2")
	}
	if len(attrs) == 0 {
		return ""
	}
	return " [" + strings.Join(attrs, ", ") + "]"
}

func (e edge) dotStyle() string {
	switch e.kind {
	case "":
		return ""
	case "weak":
		return " [style=dotted, label=weak]"
	}
	return " [style=dashed, label=" + e.kind + "]"
}

// Mermaid draws the plan as a Mermaid flowchart, with the shapes and arrows of
// [Plan.DOT].
func (p *Plan) Mermaid() string {
	var b strings.Builder
	b.WriteString("graph LR\n")
	ids := map[string]string{}
	id := func(name string) string {
		if ids[name] == "" {
			ids[name] = "m" + strconv.Itoa(len(ids))
		}
		return ids[name]
	}
	steps := p.steps()
	for i := range steps {
		s := &steps[i]
		name := id(s.Module.Name)
		left, right := s.mermaidShape()
		fmt.Fprintf(&b, "\t%s%s\"%s\"%s\n", name, left, mermaidText(s.Module.Name), right)
		switch {
		case s.Action == ActionSkip:
			fmt.Fprintf(&b, "\tstyle %s stroke-dasharray:4\n", name)
		case s.Requested():
			fmt.Fprintf(&b, "\tstyle %s stroke-width:3px\n", name)
		}
	}
	for _, e := range p.edges() {
		if e.kind == "weak" && ids[e.to] == "" {
			fmt.Fprintf(&b, "\t%s[\"%s\"]\n", id(e.to), mermaidText(e.to))
		}
		fmt.Fprintf(&b, "\t%s %s %s\n", id(e.from), e.mermaidArrow(), id(e.to))
	}
	return b.String()
}

func (s *Step) mermaidShape() (left, right string) {
	switch s.Action {
	case ActionBuiltin:
		return "([", "])"
	case ActionCommand:
		return "{{", "}}"
	}
	return "[", "]"
}

func (e edge) mermaidArrow() string {
	if e.kind == "" {
		return "-->"
	}
	return "-.->|" + e.kind + "|"
}

// mermaidText writes a name so that nothing in it is taken for Mermaid's own
// marks: a name may hold any bytes.
func mermaidText(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case !unicode.IsPrint(r):
			b.WriteByte('?')
		case strings.ContainsRune("\"#%&<>`", r):
			fmt.Fprintf(&b, "#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
