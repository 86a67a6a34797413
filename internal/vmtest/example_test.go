package vmtest_test

import (
	"context"
	"fmt"
	"os"

	"github.com/gokmod/gokmod/internal/vmtest"
)

// A program that boots itself: on the host it runs the guest, in the guest it
// does the work.
func ExampleRun() {
	if vmtest.InGuest() {
		vmtest.Start(func() int {
			fmt.Println("hello from the guest")
			return 0
		})
	}
	ctx := context.Background()
	kernel, err := vmtest.Fetch(ctx, vmtest.Linux61, os.Stderr)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := vmtest.Run(ctx, kernel, &vmtest.Config{Modules: []string{"dummy"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\nexit status %d\n", result.Output, result.ExitCode)
}
