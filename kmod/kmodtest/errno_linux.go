package kmodtest

import "syscall"

const errnoKeyRejected = syscall.EKEYREJECTED
