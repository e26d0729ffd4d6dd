// Exchanges messages with squeaky; see plan.js.
'use strict'

const Squeaky = require('squeaky')
const plan = require('../plan')

async function exchange () {
  const { host, port, topic } = plan
  const publisher = new Squeaky.Publisher({ host, port, topic })
  publisher.on('error', plan.fail)
  await Promise.all(plan.singles.map(body => publisher.publish(body)))
  await publisher.publish(plan.batch)
  await Promise.all(plan.deferred.map(body => publisher.publish(body, plan.delayMillis)))
  await publisher.close()

  const subscriber = new Squeaky.Subscriber({ host, port, topic, channel: 'ch', concurrency: 50 })
  subscriber.on('error', plan.fail)
  await new Promise(resolve => {
    subscriber.on('message', async message => {
      const body = message.body.toString()
      if (plan.comesAgain(message.attempts, body)) {
        await message.requeue(0)
      } else {
        await message.finish()
        if (plan.finish(body)) {
          resolve()
        }
      }
    })
  })
  await plan.report()
  await subscriber.close()
}

exchange().catch(plan.fail)
