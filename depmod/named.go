package depmod

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/tree"
)

// named lists the modules of Config.Files.
func (s *scanner) named() ([]candidate, error) {
	var found []candidate
	taken := map[string]string{}
	for _, given := range s.cfg.Files {
		file, ok := tree.Local(strings.TrimLeft(filepath.ToSlash(given), "/"))
		if !ok {
			return nil, fmt.Errorf("scan the file %s: %w", given, ErrOutside)
		}
		shown, inside := strings.CutPrefix(file, s.dir+"/")
		if !inside {
			shown = "/" + file
		}
		if err := checkPath(shown); err != nil {
			s.index.Report.unreadable(s.tree.Show(file), err)
			continue
		}
		name := modname.FromPath(shown)
		if by, twice := taken[name]; twice {
			s.index.Report.replaced(Replaced{name, shown, by})
			continue
		}
		taken[name] = shown
		host, _ := s.tree.Outside(file)
		found = append(found, candidate{
			Candidate: modconf.Candidate{Path: shown, External: !inside},
			name:      name, file: file, host: host, stamp: &sys.Stamp{},
		})
	}
	return found, nil
}
