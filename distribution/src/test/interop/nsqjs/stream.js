// Publishes numbers with nsqjs, one after the other, and consumes them, until standard input ends and each has come.
//
// usage: stream.js ADDRESS TOPIC
//
// Prints what it has counted as JSON, line by line; logs a line "cut" for each connection that ended: a FIN that is late, of a message
// that a daemon has had in flight which was replaced, ends none.
const {Reader, Writer} = require('nsqjs')

const [address, topic] = process.argv.slice(2)
const [host, port] = address.split(':')
const counts = {acked: 0, unsure: 0, distinct: 0, duplicates: 0, done: false}
const seen = new Set()
let stopping = false

const tell = () => console.log(JSON.stringify(counts))
const cut = (whose) => (why) => console.error('cut:', whose, String(why))

process.stdin.on('end', () => { stopping = true }).resume()

const reader = new Reader(topic, 'c', {nsqdTCPAddresses: [address], maxInFlight: 50})
reader.on('nsqd_closed', cut('reader'))
reader.on('error', (error) => (String(error).includes('E_FIN_FAILED') ? console.error(String(error)) : cut('reader')(error)))
reader.on('message', (message) => {
  const body = message.body.toString()
  if (seen.has(body)) {
    counts.duplicates++
  }
  seen.add(body)
  counts.distinct = seen.size
  message.finish()
})

const writer = new Writer(host, Number(port))
writer.on('closed', cut('writer'))
writer.on('error', cut('writer'))

let number = 0
const publish = () => {
  if (stopping) {
    return end()
  }
  writer.publish(topic, String(number++), (error) => {
    if (error) {
      console.error('cut: a publish failed:', String(error))
      counts.unsure++
    } else {
      counts.acked++
    }
    if (number % 100 === 0) {
      tell()
    }
    setTimeout(publish, 1)
  })
}

const end = () => {
  if (counts.distinct < counts.acked) {
    return setTimeout(end, 50)
  }
  counts.done = true
  tell()
  process.exit(0)
}

writer.on('ready', publish)
reader.connect()
writer.connect()
