// Command certificates makes certificates of all sorts, and tells what a daemon of NSQ makes of them.
//
//	certificates make DIRECTORY            writes NAME.pem and NAME-key.pem for each sort, roots.pem and server certificates
//	certificates try ADDRESS DIRECTORY     presents each client certificate with TLS 1.2 and 1.3; a line of JSON for each
//	certificates look ADDRESS DIRECTORY    says how the daemon's own certificate verifies; a line of JSON for each version
//
// A client certificate is accepted when the daemon serves the connection afterwards.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 3 {
		fail(fmt.Errorf("usage: certificates make DIRECTORY | try ADDRESS DIRECTORY | look ADDRESS DIRECTORY"))
	}
	switch os.Args[1] {
	case "make":
		makeAll(os.Args[2])
	case "try":
		try(os.Args[2], os.Args[3])
	case "look":
		look(os.Args[2], os.Args[3])
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
