# Completion of kmod and its tools for fish, of gokmod. "kmod link" replaces this file.
# "kmod complete" knows what fits: the first line of its answer says which files do too,
# the others are a word, a tab and a text each.

function __gokmod_complete
    set -l raw (commandline -ct | string collect)
    set -l word (string unescape -- "$raw"; or echo "$raw") # fails while a quote is open
    set -lx PATH $PATH /usr/local/sbin /usr/sbin /sbin
    set -l answer (command kmod complete fish (commandline -cpo) "$word" 2>/dev/null)
    string join \n -- $answer[2..]
    set -l option (string match -r -- '^--[^=]*=' "$raw"; or echo)
    set -l value (string replace -r -- '^--[^=]*=' '' "$raw")
    switch "$answer[1]"
        case words
            return
        case directories
            set match '/'
        case modules
            set match '(/|\.ko(\.gz|\.xz|\.zst|\.lz4)?)'
        case '*'
            set match ''
    end
    # A command without completions gets names of files.
    for file in (complete -C "__gokmod_any_file $value" | string replace -rf -- "^([^\t]*$match)(\t.*)?\$" '$1')
        echo $option$file
    end
end

for tool in kmod modprobe insmod rmmod lsmod modinfo depmod
    complete --command $tool --no-files --arguments '(__gokmod_complete)'
end
