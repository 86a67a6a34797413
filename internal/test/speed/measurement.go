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
	name  string // said once, in the first column, if the row has several
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

// cells are the columns of a row: what it is, ours, peers, and ratios. Where there are
// several quantities they are in the same order in each.
func (m *measurement) cells() []string {
	var names, ours []string
	for _, q := range m.quantities {
		text := q.unit.format(median(q.ours))
		if q.note != "" {
			text += " (" + q.note + ")"
		}
		names, ours = append(names, q.name), append(ours, text)
	}
	what := m.what
	if len(names) > 1 {
		what += ": " + strings.Join(names, ", ")
	}
	theirs, ratio := m.peerCells()
	return []string{what, strings.Join(ours, ", "), theirs, ratio}
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
			if i == 0 || !m.samePeers {
				values[p.name] = append(values[p.name], q.unit.format(median(p.values)))
			}
			quotients[p.name] = append(quotients[p.name], spread(ratios(q.ours, p.values)))
		}
	}
	var left, right []string
	for _, name := range names {
		left = append(left, name+": "+strings.Join(values[name], ", "))
		right = append(right, strings.Join(quotients[name], ", "))
	}
	return strings.Join(left, "; "), strings.Join(right, "; ")
}

// tableLine is a line of a Markdown table.
func tableLine(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }
