// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The classic first module: it greets when it is inserted and says goodbye
 * when it is removed.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#define MAX_TIMES 10

/* Readable by everyone as /sys/module/hello/parameters/times. */
static int times = 1;
module_param(times, int, 0444);
MODULE_PARM_DESC(times, "How many times to greet, 1 to 10");

/* Runs when the module is inserted; an error here refuses the insertion. */
static int __init hello_init(void)
{
	int i;

	if (times < 1 || times > MAX_TIMES)
		return -EINVAL;
	for (i = 0; i < times; i++)
		pr_info("I bear a charmed life.\n");
	return 0;
}

/* Runs when the module is removed. */
static void __exit hello_exit(void)
{
	pr_info("Out, out, brief candle!\n");
}

module_init(hello_init);
module_exit(hello_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("Shakespeare");
MODULE_DESCRIPTION("A Hello, World Module");
