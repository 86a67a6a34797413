// Package devname reads and writes modules.devname, in which depmod(8) lists the device
// nodes whose opening loads a module:
//
//	# comment
//	MODULE NAME cMAJOR:MINOR
//	MODULE NAME bMAJOR:MINOR
//
// The name is that of the node below /dev, and may be in a directory there.
package devname
