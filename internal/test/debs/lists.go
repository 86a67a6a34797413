package debs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// ErrNotServed means that the archive used by this machine's apt does not have
// the suite, or is not Debian's. In time that happens to every suite.
var ErrNotServed = errors.New("the archive does not serve the suite")

// keyrings hold the keys of all suites, if the package with them is installed.
var keyrings = [...]string{
	"/usr/share/keyrings/debian-archive-keyring.gpg",
	"/usr/share/keyrings/debian-archive-keyring.pgp",
}

// Lists are the package lists of one suite and architecture, kept in a
// directory of their own, or the machine's.
type Lists struct {
	pkg Package // its name does not matter
	dir string
	run Run
}

// NewLists returns the lists that a package is in. They are kept below dir
// unless they are the machine's own.
func NewLists(pkg Package, dir string, run Run) *Lists {
	return &Lists{pkg, filepath.Join(dir, "apt"), run}
}

// listAge is how old the lists of a suite may be.
const listAge = 24 * time.Hour

// Use calls a function with lists that are at most a day old, and fetches them
// if they are older. The archive may have replaced a package since: if the
// function fails, it is called once more with new lists. The machine's own lists
// are not changed. Several processes may use the same lists at once.
func (l *Lists) Use(ctx context.Context, use func() error) error {
	if l.pkg.Suite == "" {
		return use()
	}
	err := l.refresh(ctx, listAge)
	if err != nil {
		return err
	}
	if err = use(); err == nil || ctx.Err() != nil {
		return err
	}
	if again := l.refresh(ctx, 0); again != nil {
		return errors.Join(err, again)
	}
	return use()
}

// refresh fetches the lists if they are older than maxAge.
func (l *Lists) refresh(ctx context.Context, maxAge time.Duration) error {
	if l.fresh(maxAge) {
		return nil
	}
	for _, dir := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(l.dir, dir), 0o755); err != nil {
			return err
		}
	}
	unlock, err := Lock(ctx, filepath.Join(l.dir, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if l.fresh(maxAge) {
		return nil
	}
	return l.update(ctx)
}

// stamp is the file whose time is that of the last update.
func (l *Lists) stamp() string { return filepath.Join(l.dir, "updated") }

func (l *Lists) fresh(maxAge time.Duration) bool {
	info, err := os.Stat(l.stamp())
	return err == nil && time.Since(info.ModTime()) < maxAge
}

// update fetches the lists from the archive that the machine uses.
func (l *Lists) update(ctx context.Context) error {
	archive, err := l.Archive(ctx)
	if err != nil {
		return err
	}
	line := fmt.Sprintf("deb [%s] %s %s main\n", sourceOptions(), archive, l.pkg.Suite)
	if err := os.WriteFile(filepath.Join(l.dir, "sources.list"), []byte(line), 0o644); err != nil {
		return err
	}
	_, err = l.run(ctx, l.dir, "apt-get", l.args("-q", "-o", "APT::Update::Error-Mode=any", "update")...)
	if err != nil && notServed.MatchString(err.Error()) {
		return fmt.Errorf("%w %s: %w", ErrNotServed, l.pkg.Suite, err)
	}
	if err != nil {
		return err
	}
	if err := os.RemoveAll(l.answers()); err != nil {
		return err
	}
	return os.WriteFile(l.stamp(), nil, 0o644)
}

// sourceOptions are the options of the archive in sources.list.
func sourceOptions() string {
	for _, keyring := range keyrings {
		if _, err := os.Stat(keyring); err == nil {
			return "target=Packages signed-by=" + keyring
		}
	}
	return "target=Packages"
}

// notServed matches apt's message for a suite that the archive does not have,
// as opposed to an archive that cannot be reached.
var notServed = regexp.MustCompile(`(?s)(404  Not Found|File not found).*` +
	`(does not have|no longer has) a Release file`)

// Archive returns the address of the archive that the machine's apt uses.
func (l *Lists) Archive(ctx context.Context) (string, error) {
	targets, err := l.run(ctx, "", "apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)",
		"Created-By: Packages")
	if err != nil {
		return "", err
	}
	if len(bytes.TrimSpace(targets)) == 0 {
		return "", errors.New("apt has no package lists on this machine; apt-get update fetches them")
	}
	for line := range strings.Lines(string(targets)) {
		if uri, ok := strings.CutPrefix(strings.TrimSpace(line), "Debian|Debian|"); ok {
			return uri, nil
		}
	}
	return "", fmt.Errorf("%w %s: apt does not use a Debian archive on this machine", ErrNotServed, l.pkg.Suite)
}

// args puts the options before arguments of apt that make it use these lists.
// When called by root, apt would hand a download to an unprivileged user, who
// cannot write to this directory, and warn that it does not.
func (l *Lists) args(args ...string) []string {
	options := []string{"APT::Sandbox::User=root"}
	if l.pkg.Suite != "" {
		options = append(options,
			"APT::Architecture="+l.pkg.Arch, "APT::Architectures="+l.pkg.Arch,
			"Dir::Etc::SourceList="+filepath.Join(l.dir, "sources.list"), "Dir::Etc::SourceParts=/dev/null",
			"Dir::State::Lists="+filepath.Join(l.dir, "lists"), "Dir::State::Status=/dev/null",
			"Dir::Cache="+filepath.Join(l.dir, "cache"), "Acquire::GzipIndexes=true",
		)
	}
	var all []string
	for _, option := range options {
		all = append(all, "-o", option)
	}
	return append(all, args...)
}
