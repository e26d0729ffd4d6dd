// What the programs with Node clients exchange: the same as in plan.py.
//
// usage: exchange.js ADDRESS TOPIC COUNT
'use strict'

const [address, topic, count] = process.argv.slice(2)
const [host, port] = address.split(':')
const bodies = Array.from({ length: Number(count) }, (_, number) => `message ${number}`)
const missing = new Set(bodies)
let finished = 0

// Longer than anything takes; only what hangs gets there.
setTimeout(() => fail(`missing: ${[...missing]}`), 120000).unref()

function fail (text) {
  console.error(text)
  process.exit(1)
}

module.exports = {
  address,
  topic,
  host,
  port: Number(port),
  delayMillis: 100,
  singles: bodies.slice(0, bodies.length / 2),
  batch: bodies.slice(bodies.length / 2, -bodies.length / 10),
  deferred: bodies.slice(-bodies.length / 10),
  fail,
  // Each tenth is requeued when it comes first.
  comesAgain: (attempts, body) => attempts === 1 && body.endsWith('7'),
  // Counts a message; whether it was the last one.
  finish (body) {
    finished++
    if (!missing.delete(body)) {
      fail(`came twice, or was never published: ${body}`)
    }
    return missing.size === 0
  },
  // Says so when all is done, and waits until the test has seen what it wants to and ends the input.
  report () {
    console.log('exchanged', finished)
    return new Promise(resolve => process.stdin.on('end', resolve).resume())
  }
}
