// Package closure collects every file that kernel modules can need, for builders of
// initial root file systems and images: more kinds of dependencies than a plan has,
// the firmware that drivers name, and the lines of configuration that concern them,
// each with the reason why it is there. A [kmod.DB] says what modules need; a
// running machine matters only where Options.Machine asks for what it needs.
//
//	db, err := kmod.Open(&kmod.Config{Root: "/mnt", Release: "6.12.1"})
//	c, err := closure.Collect(ctx, db, &closure.Options{
//		Select: []closure.Selection{{Drivers: closure.BlockDrivers}},
//	}, "ext4")
//	fmt.Print(c) // what is in it, and why
//	err = c.CopyTo(ctx, "image", nil)
//
// [Closure.CopyTo] and [Closure.FS] turn it into a tree with indexes of its own, from
// which a DB makes the same plans as from the complete one.
package closure
