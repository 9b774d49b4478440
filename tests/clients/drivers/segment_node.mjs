// @segment/analytics-node: makes the calls in CALLS and prints what its callbacks were told.
import { createRequire } from 'node:module'

const { Analytics } = createRequire(`${process.env.NODE_PATH}/`)('@segment/analytics-node')
const errors = []
const analytics = new Analytics({
  writeKey: process.env.WAYPOST_KEY,
  host: process.env.WAYPOST_URL,
  path: process.env.WAYPOST_PATH || '/v1/batch',
})

for (const { call, ...given } of JSON.parse(process.env.CALLS)) {
  const timestamp = given.timestamp && new Date(given.timestamp)
  analytics[call]({ ...given, timestamp }, (error) => {
    if (error) errors.push({ message: String(error.reason ?? error) })
  })
}
if (process.argv[2] === 'flush') await analytics.flush()
await analytics.closeAndFlush()
console.log(JSON.stringify({ errors }))
