// Command client is a real NSQ client for the tests: it publishes or consumes numbered messages and counts them.
//
// It writes its counts to standard output as one JSON object a line, several times a second and once more at the end.
// A consumer works until its standard input ends.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"
)

// Time between two lines of counts.
const reportInterval = 100 * time.Millisecond

// A body starts with its number in this many decimal digits.
const digits = 10

type worker interface {
	// counts is called from another goroutine at any time.
	counts(final bool) interface{}

	// run returns when the work is done.
	run() error
}

func main() {
	log.SetFlags(log.Lmicroseconds)
	if len(os.Args) < 2 {
		log.Fatal("usage: client produce|consume [flags]")
	}
	var w worker
	switch os.Args[1] {
	case "produce":
		w = newProduction(os.Args[2:])
	case "consume":
		w = newConsumption(os.Args[2:])
	default:
		log.Fatalf("unknown command %s", os.Args[1])
	}
	done := make(chan error, 1)
	go func() { done <- w.run() }()
	ticker := time.NewTicker(reportInterval)
	for {
		select {
		case err := <-done:
			if err != nil {
				log.Fatal(err)
			}
			report(w.counts(true))
			return
		case <-ticker.C:
			report(w.counts(false))
		}
	}
}

func report(counts interface{}) {
	line, err := json.Marshal(counts)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}
