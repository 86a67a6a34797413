# Completion of kmod and its tools for bash, of gokmod. "kmod link" replaces this file.
# "kmod complete" knows what fits: the first line of its answer says which files do too,
# the second is the word without its quotes.

_gokmod()
{
	local answer file word
	mapfile -t answer < <(PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin \
		command kmod complete bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
	word=${answer[1]-}
	COMPREPLY=("${answer[@]:2}")
	if [[ ${COMPREPLY-} == *= ]]; then
		compopt -o nospace
	fi
	case ${answer-} in
	words)
		;;
	directories)
		compopt -o filenames -o plusdirs
		;;
	modules)
		compopt -o filenames -o plusdirs
		while IFS= read -r file; do
			[[ $file =~ \.ko(\.(gz|xz|zst|lz4))?$ && -f ${file/#~\//$HOME/} ]] && COMPREPLY+=("$file")
		done < <(compgen -f -- "$word")
		;;
	*)
		COMPREPLY=()
		compopt -o bashdefault -o default
		;;
	esac
}

complete -F _gokmod kmod modprobe insmod rmmod lsmod modinfo depmod
