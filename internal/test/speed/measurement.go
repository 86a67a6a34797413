package main

import "strings"

// measurement is what a row shows.
type measurement struct {
	what       string
	quantities []quantity

	// samePeers: all quantities are compared with the same values, shown once.
	samePeers bool
}

// quantity is something that was measured of ours and of its peers, with a value for
// each round.
type quantity struct {
	name  string // said before the values; "" for the main one of a row
	unit  unit
	ours  []float64
	note  string // said after our value
	peers []series
}

// series are the values of a peer.
type series struct {
	name   string
	values []float64
}

// label is a text with the quantity's name before it.
func (q *quantity) label(text string) string { return strings.TrimSpace(q.name + " " + text) }

// cells are the columns of a row: what it is, ours, peers, and ratios.
func (m *measurement) cells() []string {
	var ours []string
	for _, q := range m.quantities {
		text := q.label(q.unit.format(median(q.ours)))
		if q.note != "" {
			text += " (" + q.note + ")"
		}
		ours = append(ours, text)
	}
	theirs, ratio := m.peerCells()
	return []string{m.what, strings.Join(ours, ", "), theirs, ratio}
}

// peerCells are what peers took and the ratios, peer by peer in the same order.
func (m *measurement) peerCells() (theirs, ratio string) {
	var names []string
	values, quotients := map[string][]string{}, map[string][]string{}
	for i, q := range m.quantities {
		for _, p := range q.peers {
			if quotients[p.name] == nil {
				names = append(names, p.name)
			}
			value := q.unit.format(median(p.values))
			switch {
			case !m.samePeers:
				values[p.name] = append(values[p.name], q.label(value))
			case i == 0:
				values[p.name] = append(values[p.name], value)
			}
			quotients[p.name] = append(quotients[p.name], q.label(spread(ratios(q.ours, p.values))))
		}
	}
	var left, right []string
	for _, name := range names {
		left = append(left, name+" "+strings.Join(values[name], ", "))
		right = append(right, strings.Join(quotients[name], ", "))
	}
	return strings.Join(left, "; "), strings.Join(right, "; ")
}

// tableLine is a line of a Markdown table.
func tableLine(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }
