/**
 * node bench/webhook-load.ts <url> <body file> <connections> <seconds> <records per body>
 *
 * Sends the same body over and over on kept-alive connections, the next request as soon as the answer has come, and prints one line of JSON. Raw
 * sockets: the generator shares the cores with the server, so it must cost little. Every answer is checked, and `processed` is what counts.
 */
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'

const [url, file, connections, seconds, records] = process.argv.slice(2)
const { hostname, port, pathname, search } = new URL(url!)
const body = await readFile(file!)
const request = Buffer.concat([
  Buffer.from(
    `POST ${pathname}${search} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
  ),
  body,
])
const expected = `"processed":${records}}`
const latencies: number[] = []
let [answers, failed, measuring, stopping] = [0, 0, false, false]

const sockets = Array.from({ length: Number(connections) }, () => {
  const socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  let sentAt = 0
  const send = (): void => {
    if (stopping) return
    sentAt = performance.now()
    socket.write(request)
  }
  socket.on('connect', send)
  let held = ''
  socket.on('data', (chunk) => {
    held += chunk.toString('latin1')
    // One answer at a time on a connection: it is complete with the end of its JSON.
    if (!held.endsWith('}')) return
    if (measuring) {
      if (held.startsWith('HTTP/1.1 200') && held.endsWith(expected)) {
        answers++
        latencies.push(performance.now() - sentAt)
      } else failed++
    }
    held = ''
    send()
  })
  return socket
})
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
await pause(2000)
measuring = true
const began = performance.now()
await pause(Number(seconds) * 1000)
const took = (performance.now() - began) / 1000
measuring = false
stopping = true
latencies.sort((a, b) => a - b)
const at = (share: number): number =>
  latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
console.log(
  JSON.stringify({
    perSecond: answers / took,
    records: (answers * Number(records)) / took,
    p50: at(0.5),
    p99: at(0.99),
    failed,
  }),
)
for (const socket of sockets) socket.destroy()
