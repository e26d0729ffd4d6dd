// Exchanges messages with nsq.js, which knows no DPUB; see plan.js.
'use strict'

const nsq = require('nsq.js')
const plan = require('../plan')

const reader = nsq.reader({ nsqd: [plan.address], topic: plan.topic, channel: 'ch', maxInFlight: 50 })
const writer = nsq.writer(plan.address)

for (const client of [reader, writer]) {
  client.on('error', plan.fail)
  client.on('error response', plan.fail)
}

function checked (then) {
  return error => error ? plan.fail(error) : then && then()
}

writer.on('ready', () => {
  plan.singles.forEach(body => writer.publish(plan.topic, body, checked()))
  writer.publish(plan.topic, plan.batch.concat(plan.deferred), checked())
})

reader.on('message', message => {
  const body = message.body.toString()
  if (plan.comesAgain(message.attempts, body)) {
    message.requeue(0)
  } else {
    message.finish(() => {
      if (plan.finish(body)) {
        plan.report().then(() => process.exit(0))
      }
    })
  }
})
