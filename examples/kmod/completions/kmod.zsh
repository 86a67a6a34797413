#compdef kmod modprobe insmod rmmod lsmod modinfo depmod
# Completion of kmod and its tools for zsh, of gokmod. "kmod link" replaces this file.
# "kmod complete" knows what fits: the first line of its answer says which files do too,
# the others are a word, a tab and a text each.

local line name
local -a answer whole open
answer=("${(@f)$(PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin \
	command kmod complete zsh "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
for line in "${(@)answer[2,-1]}"; do
	name=${${line%%$'\t'*}//:/\\:}
	if [[ $name == *= ]]; then
		open+=("$name:${line#*$'\t'}")
	else
		whole+=("$name:${line#*$'\t'}")
	fi
done
_describe 'kmod' whole -- open -S ''
case $answer[1] in
words)
	((${#whole} + ${#open}))
	;;
directories)
	compset -P '--*='
	_files -/
	;;
modules)
	_files -g '*.ko(|.gz|.xz|.zst|.lz4)'
	;;
*)
	compset -P '--*='
	_files
	;;
esac
