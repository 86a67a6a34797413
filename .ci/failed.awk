# What the failed tests said, of the output of go test -v. Last, where it is seen even when
# the beginning is cut off, which tests and packages failed.
function fails(test) { if (!(test in failed)) { failed[test]; order[++count] = test } }

/^=== (RUN|CONT|NAME|PAUSE) / { test = package $3; next }
/^ *--- FAIL: / { fails(package $3); last = last $0 "\n"; next }
/^ *--- (PASS|SKIP): / || /^PASS$/ { next }
/^(ok|FAIL|\?) *\t/ {
	if ($1 == "FAIL") last = last $0 "\n"
	package = NR "/" # tests of two packages may have the same name
	test = package
	next
}
/^(panic|fatal error): / || /^# / || /^WARNING: DATA RACE/ { fails(test) }
{ said[test] = said[test] $0 "\n" }

END {
	for (i = 1; i <= count; i++) printf "%s", said[order[i]]
	printf "%s", last
}
