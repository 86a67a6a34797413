// The programs that only the development of gokmod needs. They have a go.mod of
// their own so that the versions they ask for reach nobody who imports gokmod. Run
// one at the top of the repository:
//
//	go tool -modfile=.ci/tools/go.mod staticcheck ./...
module github.com/gokmod/gokmod/ci/tools

go 1.25.0

tool honnef.co/go/tools/cmd/staticcheck

require (
	github.com/BurntSushi/toml v1.4.1-0.20240526193622-a339e1f7089c // indirect
	golang.org/x/exp/typeparams v0.0.0-20231108232855-2478ac86f678 // indirect
	golang.org/x/mod v0.35.0 // indirect
	golang.org/x/sync v0.20.0 // indirect
	golang.org/x/tools v0.44.0 // indirect
	honnef.co/go/tools v0.7.0 // indirect
)
