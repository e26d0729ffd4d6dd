//go:build tools

// Package tools names the program of github.com/nsqio/nsq that the tests run, so that go.mod keeps what it needs.
package tools

import _ "github.com/nsqio/nsq/apps/nsqd"
