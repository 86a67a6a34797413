package vm_test

import (
	"context"
	"fmt"
	"os"

	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// A program that boots itself: on the host it runs the guest, in the guest it
// does the work.
func ExampleRun() {
	if vm.InGuest() {
		vm.Start(func() int {
			fmt.Println("hello from the guest")
			return 0
		})
	}
	ctx := context.Background()
	kernel, err := vm.Fetch(ctx, "linux-image-amd64", os.Stderr)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := vm.Run(ctx, kernel, &vm.Config{Modules: []string{"dummy"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\nexit status %d\n", result.Output, result.ExitCode)
}
