package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nsqio/go-nsq"
)

// Time before a batch that was not acknowledged is sent again.
const retryDelay = 20 * time.Millisecond

// A production publishes the numbers first to first+count-1, shared out among its connections.
type production struct {
	address, topic                         string
	connections, first, count, size, batch int
	deferred, pause                        time.Duration
	more                                   bool
	config                                 *nsq.Config
	acked, unsure                          int64
	inputEnded                             int32
}

type producerCounts struct {
	// Messages that nsqd has answered with OK.
	Acked int64 `json:"acked"`
	// Messages sent again since there was no good answer; each may have arrived twice.
	Unsure int64 `json:"unsure"`
	Done   bool  `json:"done"`
}

func newProduction(arguments []string) *production {
	p := &production{config: nsq.NewConfig()}
	flags := flag.NewFlagSet("produce", flag.ExitOnError)
	flags.StringVar(&p.address, "address", "", "TCP address of nsqd")
	flags.StringVar(&p.topic, "topic", "", "topic")
	flags.IntVar(&p.connections, "connections", 1, "number of connections")
	flags.IntVar(&p.first, "first", 0, "first number")
	flags.IntVar(&p.count, "count", 1, "number of messages")
	flags.IntVar(&p.size, "size", digits, "bytes per message")
	flags.IntVar(&p.batch, "batch", 1, "messages per MPUB; 1 means PUB")
	flags.Var(&nsq.ConfigFlag{Config: p.config}, "option", "option of go-nsq, as name,value (may be given multiple times)")
	flags.DurationVar(&p.deferred, "deferred", 0, "publish with DPUB and this delay")
	flags.DurationVar(&p.pause, "pause", 0, "time that a connection rests after each batch")
	flags.BoolVar(&p.more, "more", false, "go on with further numbers until standard input ends (one connection only)")
	flags.Parse(arguments)
	return p
}

func (p *production) counts(final bool) interface{} {
	return producerCounts{atomic.LoadInt64(&p.acked), atomic.LoadInt64(&p.unsure), final}
}

func (p *production) run() error {
	if p.more {
		go func() {
			io.Copy(io.Discard, os.Stdin)
			atomic.StoreInt32(&p.inputEnded, 1)
		}()
	}
	var wait sync.WaitGroup
	failures := make(chan error, p.connections)
	for i := 0; i < p.connections; i++ {
		from, to := p.first+p.count*i/p.connections, p.first+p.count*(i+1)/p.connections
		wait.Add(1)
		go func() {
			defer wait.Done()
			if err := p.publish(from, to); err != nil {
				failures <- err
			}
		}()
	}
	wait.Wait()
	select {
	case err := <-failures:
		return err
	default:
		return nil
	}
}

func (p *production) publish(from, to int) error {
	producer, err := nsq.NewProducer(p.address, p.config)
	if err != nil {
		return err
	}
	defer producer.Stop()
	producer.SetLoggerLevel(nsq.LogLevelError)
	filler := strings.Repeat("x", p.size-digits)
	for from < to || p.more && atomic.LoadInt32(&p.inputEnded) == 0 {
		end := from + p.batch
		if end > to && !p.more {
			end = to
		}
		bodies := make([][]byte, 0, end-from)
		for number := from; number < end; number++ {
			bodies = append(bodies, []byte(fmt.Sprintf("%0*d%s", digits, number, filler)))
		}
		for err := p.send(producer, bodies); err != nil; err = p.send(producer, bodies) {
			var failure *net.OpError
			if !errors.As(err, &failure) || failure.Op != "dial" {
				atomic.AddInt64(&p.unsure, int64(len(bodies)))
			}
			time.Sleep(retryDelay)
		}
		atomic.AddInt64(&p.acked, int64(len(bodies)))
		from = end
		time.Sleep(p.pause)
	}
	return nil
}

func (p *production) send(producer *nsq.Producer, bodies [][]byte) error {
	if p.deferred > 0 {
		return producer.DeferredPublish(p.topic, p.deferred, bodies[0])
	}
	if len(bodies) == 1 {
		return producer.Publish(p.topic, bodies[0])
	}
	return producer.MultiPublish(p.topic, bodies)
}
