package main

import "testing"

func TestParseCompiler(t *testing.T) {
	tests := []struct{ name, config, cc, pkg string }{
		{"Debian 12", "#\nCONFIG_CC_VERSION_TEXT=\"gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0\"\n", "gcc-12", "gcc-12"},
		{"Ubuntu 22.04", "CONFIG_CC_VERSION_TEXT=\"gcc (Ubuntu 11.4.0-1ubuntu1~22.04) 11.4.0\"\n", "gcc", "gcc"},
		{
			"Ubuntu 24.04", "CONFIG_CC_VERSION_TEXT=\"x86_64-linux-gnu-gcc-13 (Ubuntu 13.3.0-6ubuntu2~24.04.1) 13.3.0\"\n",
			"x86_64-linux-gnu-gcc-13", "gcc-13",
		},
		{"old release number", "CONFIG_CC_VERSION_TEXT=\"gcc-4.9 (x) 4.9\"\n", "gcc-4.9", "gcc-4.9"},
		{"clang", "CONFIG_CC_VERSION_TEXT=\"Debian clang version 16\"\n", "gcc", "gcc"},
		{"not a compiler's name", "CONFIG_CC_VERSION_TEXT=\"gcc;reboot (x)\"\n", "gcc", "gcc"},
		{"does not tell", "CONFIG_X=y\n", "gcc", "gcc"},
		{"empty", "", "gcc", "gcc"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cc := parseCompiler([]byte(test.config))
			if cc != test.cc || compilerPackage(cc) != test.pkg {
				t.Errorf("got %q of package %q, want %q of %q", cc, compilerPackage(cc), test.cc, test.pkg)
			}
		})
	}
}

func TestCompilerPackageRefuses(t *testing.T) {
	for _, name := range []string{"", "clang", "egcc", "gcc-12x", "gcc 12", "/bin/gccx"} {
		if pkg := compilerPackage(name); pkg != "" {
			t.Errorf("%q has package %q", name, pkg)
		}
	}
}
