package diagnose_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/modinfo"
)

func ExampleModule() {
	tree := &kmodtest.Tree{
		Modules: []kmodtest.Module{
			{Name: "bus"},
			{Name: "nic", Depends: []string{"bus"}, Needs: []string{"register_netdev", "old_interface"},
				Params: []modinfo.Param{{Name: "debug", Type: "bool"}}},
		},
		Modprobe: "options nic debug=7\n",
	}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	const symvers = "0x12345678\tregister_netdev\tvmlinux\tEXPORT_SYMBOL\t\n"

	d, err := diagnose.Module(db, &diagnose.Options{Symvers: strings.NewReader(symvers)}, kmod.Request{Name: "nic"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Loads(), d.Needs)
	for _, f := range d.Findings {
		fmt.Printf("%s (%s): %s\n", f.Kind, f.Severity, f.Text)
	}
	// Output:
	// false [bus]
	// symbol (would_fail): nic needs the symbol old_interface, which neither the kernel nor a module exports.
	// parameter (would_fail): The value "7" is not valid for the parameter debug of nic, whose type is bool (etc/modprobe.d/kmodtest.conf line 1).
}
