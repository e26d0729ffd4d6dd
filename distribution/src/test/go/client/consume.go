package main

import (
	"flag"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nsqio/go-nsq"
)

// Time before a lost connection is tried again, and between two questions to nsqlookupd.
const reconnectInterval = 50 * time.Millisecond

// A consumption finishes messages and notes the number of each.
type consumption struct {
	address, lookupd, topic, channel string
	connections, first, count, ready int
	attempts                         int
	delay, hold, touch, pause        time.Duration
	config                           *nsq.Config
	list                             bool

	received, finished, distinct int64
	requeued, touched, strangers int64
	maxAttempts                  int64
	timesFinished                []int32
	lock                         sync.Mutex
	messages                     []message
}

// A message is what was delivered, in the order of delivery.
type message struct {
	ID        string `json:"id"`
	Timestamp int64  `json:"timestamp"`
	Attempts  uint16 `json:"attempts"`
	Body      []byte `json:"body"`
}

type consumerCounts struct {
	// Deliveries.
	Received int64 `json:"received"`
	Requeued int64 `json:"requeued"`
	Touched  int64 `json:"touched"`
	Finished int64 `json:"finished"`
	// Different numbers among the finished, how many more than one each there were, how many of the expected are missing.
	Distinct   int64 `json:"distinct"`
	Duplicates int64 `json:"duplicates"`
	Missing    int64 `json:"missing"`
	// Finished messages that are not one of the expected numbers.
	Strangers   int64     `json:"strangers"`
	MaxAttempts int64     `json:"maxAttempts"`
	Messages    []message `json:"messages,omitempty"`
	Done        bool      `json:"done"`
}

func newConsumption(arguments []string) *consumption {
	c := &consumption{config: nsq.NewConfig()}
	// An option may say more.
	c.config.MaxAttempts = 0
	flags := flag.NewFlagSet("consume", flag.ExitOnError)
	flags.StringVar(&c.address, "address", "", "TCP address of nsqd")
	flags.StringVar(&c.lookupd, "lookupd", "", "HTTP addresses of nsqlookupd, with commas between them, instead of address")
	flags.StringVar(&c.topic, "topic", "", "topic")
	flags.StringVar(&c.channel, "channel", "", "channel")
	flags.IntVar(&c.connections, "connections", 1, "number of connections")
	flags.IntVar(&c.first, "first", 0, "first number expected")
	flags.IntVar(&c.count, "count", 0, "number of messages expected")
	flags.IntVar(&c.ready, "ready", 1, "ready count (and handlers) of each connection")
	flags.IntVar(&c.attempts, "attempts", 1, "requeue each message until this attempt")
	flags.DurationVar(&c.delay, "delay", 0, "requeue with this delay")
	flags.Var(&nsq.ConfigFlag{Config: c.config}, "option", "option of go-nsq, as name,value (may be given multiple times)")
	flags.DurationVar(&c.hold, "hold", 0, "time from delivery to finish")
	flags.DurationVar(&c.touch, "touch", 0, "interval of touching a message while it is held")
	flags.DurationVar(&c.pause, "pause", 0, "time that a connection rests after each message it finished")
	flags.BoolVar(&c.list, "list", false, "report the messages finished, too")
	flags.Parse(arguments)
	c.config.LookupdPollInterval = reconnectInterval
	c.config.MaxInFlight = c.ready
	c.timesFinished = make([]int32, c.count)
	return c
}

func (c *consumption) counts(final bool) interface{} {
	counts := consumerCounts{
		Received:    atomic.LoadInt64(&c.received),
		Requeued:    atomic.LoadInt64(&c.requeued),
		Touched:     atomic.LoadInt64(&c.touched),
		Finished:    atomic.LoadInt64(&c.finished),
		Distinct:    atomic.LoadInt64(&c.distinct),
		Strangers:   atomic.LoadInt64(&c.strangers),
		MaxAttempts: atomic.LoadInt64(&c.maxAttempts),
		Done:        final,
	}
	counts.Duplicates = counts.Finished - counts.Strangers - counts.Distinct
	counts.Missing = int64(c.count) - counts.Distinct
	if final {
		counts.Messages = c.messages
	}
	return counts
}

func (c *consumption) run() error {
	var consumers []*nsq.Consumer
	for i := 0; i < c.connections; i++ {
		consumer, err := c.connect()
		if err != nil {
			return err
		}
		consumers = append(consumers, consumer)
	}
	io.Copy(io.Discard, os.Stdin)
	for _, consumer := range consumers {
		consumer.Stop()
	}
	for _, consumer := range consumers {
		<-consumer.StopChan
	}
	return nil
}

func (c *consumption) connect() (*nsq.Consumer, error) {
	consumer, err := nsq.NewConsumer(c.topic, c.channel, c.config)
	if err != nil {
		return nil, err
	}
	consumer.SetLoggerLevel(nsq.LogLevelError)
	handlers := c.ready
	if c.hold == 0 {
		handlers = 1
	}
	consumer.AddConcurrentHandlers(nsq.HandlerFunc(c.handle), handlers)
	if c.lookupd != "" {
		return consumer, consumer.ConnectToNSQLookupds(strings.Split(c.lookupd, ","))
	}
	return consumer, consumer.ConnectToNSQD(c.address)
}

func (c *consumption) handle(m *nsq.Message) error {
	m.DisableAutoResponse()
	atomic.AddInt64(&c.received, 1)
	for max := atomic.LoadInt64(&c.maxAttempts); int64(m.Attempts) > max; max = atomic.LoadInt64(&c.maxAttempts) {
		atomic.CompareAndSwapInt64(&c.maxAttempts, max, int64(m.Attempts))
	}
	if int(m.Attempts) < c.attempts {
		atomic.AddInt64(&c.requeued, 1)
		m.RequeueWithoutBackoff(c.delay)
		return nil
	}
	c.keep(m)
	m.Finish()
	c.note(m)
	time.Sleep(c.pause)
	return nil
}

// keep holds the message for the time wanted.
func (c *consumption) keep(m *nsq.Message) {
	end := time.Now().Add(c.hold)
	for rest := c.hold; rest > 0; rest = time.Until(end) {
		if c.touch == 0 || rest < c.touch {
			time.Sleep(rest)
			continue
		}
		time.Sleep(c.touch)
		m.Touch()
		atomic.AddInt64(&c.touched, 1)
	}
}

func (c *consumption) note(m *nsq.Message) {
	if c.list {
		c.lock.Lock()
		c.messages = append(c.messages, message{string(m.ID[:]), m.Timestamp, m.Attempts, m.Body})
		c.lock.Unlock()
	}
	if number, ok := c.number(m.Body); !ok {
		atomic.AddInt64(&c.strangers, 1)
	} else if atomic.AddInt32(&c.timesFinished[number], 1) == 1 {
		atomic.AddInt64(&c.distinct, 1)
	}
	atomic.AddInt64(&c.finished, 1)
}

// number returns the place of a body's number among those expected.
func (c *consumption) number(body []byte) (int, bool) {
	if len(body) < digits {
		return 0, false
	}
	number, err := strconv.Atoi(string(body[:digits]))
	number -= c.first
	return number, err == nil && number >= 0 && number < c.count
}
