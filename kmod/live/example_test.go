package live_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// exampleKernel has one module in it; nil would be the running kernel.
func exampleKernel() live.Kernel {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "loop", Params: []modinfo.Param{{Name: "max_part", Type: "int"}}, Fields: []string{"srcversion=89AB"}},
	}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: tree.Kernel()})
	if _, err := loader.Load(context.Background(), "loop"); err != nil {
		log.Fatal(err)
	}
	return loader.Kernel()
}

// The list of another machine, as "ssh HOST cat /proc/modules" writes it.
func ExampleParseLoaded() {
	list := strings.NewReader(`xfs 2154496 1 - Live 0x0000000000000000
Connection reset
libcrc32c 16384 2 xfs,nf_nat, Live 0x0000000000000000
`)
	for m, err := range live.ParseLoaded(list) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(m.Name, m.Size, m.Holders)
	}
	// Output:
	// xfs 2154496 []
	// line 2 is not a row of /proc/modules: "Connection reset"
	// libcrc32c 16384 [xfs nf_nat]
}

func ExampleOpen() {
	kernel := exampleKernel()

	loop, err := live.Open(kernel, "loop")
	if err != nil {
		log.Fatal(err)
	}
	state, _ := loop.Initstate()
	srcversion, _ := loop.Srcversion()
	fmt.Println(state, srcversion)

	_, err = live.Open(kernel, "brd")
	fmt.Println(errors.Is(err, live.ErrNotLoaded))
	// Output:
	// live 89AB
	// true
}

func ExampleModule_SetParameter() {
	kernel := exampleKernel()

	loop, err := live.Open(kernel, "loop")
	if err != nil {
		log.Fatal(err)
	}
	if err := loop.SetParameter("max_part", "15"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(loop.SetParameter("max_part", "many"))
	parameters, err := loop.Parameters()
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range parameters {
		fmt.Println(p.Name, p.Value, p.Writable())
	}
	// Output:
	// write parameter max_part of module loop: the module does not accept the value (EINVAL)
	// max_part 15 true
}

func ExampleJoinParams() {
	params, err := live.JoinParams([]string{"max_part=15", "label=two words"})
	fmt.Println(params, err)

	_, err = live.JoinParams([]string{`label=he said "yes" twice`, `label=6" disk`})
	fmt.Println(err)
	// Output:
	// max_part=15 label="two words" <nil>
	// parameter "label=6\" disk": the kernel's quoting cannot express it
}

func ExampleModule_ParamString() {
	kernel := exampleKernel()

	loop, err := live.Open(kernel, "loop")
	if err != nil {
		log.Fatal(err)
	}
	if err := loop.SetParameter("max_part", "15"); err != nil {
		log.Fatal(err)
	}
	params, lost, err := loop.ParamString()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(params, len(lost))
	// Output: max_part=15 0
}
