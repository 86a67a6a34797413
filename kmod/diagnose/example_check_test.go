package diagnose_test

import (
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// checkBuild says which of the modules below a directory, such as the output of a build,
// would not load on the kernel of a DB, and whether all of them would. symvers is the
// Module.symvers of that kernel.
func checkBuild(w io.Writer, db *kmod.DB, symvers io.Reader, dir string) (bool, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Ext(path) == ".ko" {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return false, err
	}
	d, err := diagnose.New(db, &diagnose.Options{Symvers: symvers, Together: files})
	if err != nil {
		return false, err
	}
	good := len(files) > 0
	for _, file := range files {
		diagnosis, err := d.Diagnose(kmod.Request{Path: file})
		if err != nil {
			return false, err
		}
		if !diagnosis.Loads() {
			good = false
			fmt.Fprintf(w, "%s would not load:\n%s", filepath.Base(file), diagnosis)
		}
	}
	return good, nil
}

// A check in CI: checkBuild is all of it.
func Example_check() {
	db, err := (&kmodtest.Tree{Modules: []kmodtest.Module{{Name: "bus"}}}).Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	const symvers = "0x12345678\tregister_netdev\tvmlinux\tEXPORT_SYMBOL\t\n"
	build := exampleBuild(
		kmodtest.Module{Name: "lib"},
		kmodtest.Module{Name: "good", Depends: []string{"lib"}, Needs: []string{"register_netdev"}},
		kmodtest.Module{Name: "old", Needs: []string{"old_interface"}},
	)
	defer os.RemoveAll(build)

	good, err := checkBuild(os.Stdout, db, strings.NewReader(symvers), build)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("every module would load:", good)
	// Output:
	// old.ko would not load:
	// old needs the symbol old_interface, which neither the kernel nor a module exports. Build the module for this kernel, or install the module that has the symbol and run depmod.
	// every module would load: false
}

// exampleBuild writes modules to a directory.
func exampleBuild(modules ...kmodtest.Module) string {
	dir, err := os.MkdirTemp("", "build-")
	if err != nil {
		log.Fatal(err)
	}
	if err := (&kmodtest.Tree{Modules: modules}).Write(dir); err != nil {
		log.Fatal(err)
	}
	return dir
}
