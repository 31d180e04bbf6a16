import { randomInt } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Whoever is connected asks at the port of the last start: a short stay of somebody else there is waited for. */
const patienceMs = 3000
const lowestPort = 15_000

/**
 * The port of the last start, so that those who are connected find the server again and an address in somebody's notes stays true. Another
 * one only when somebody else keeps it.
 */
export async function choosePort(cluster: string, same: boolean): Promise<number> {
  const file = join(cluster, 'leat-port')
  const last = Number((await readFile(file, 'utf8').catch(() => '')).trim())
  const patience = Date.now() + patienceMs
  while (same && last > 0) {
    if ((await bindable(last)) === last) return last
    if (Date.now() >= patience) break
    await pause(100)
  }
  const port = await freshPort()
  await writeFile(file, `${port}\n`, { mode: 0o600 })
  return port
}

/**
 * A free port below those that the system gives to outgoing connections: one of these would be taken by anybody's next connection while the server
 * starts again, and whoever knows the address would not find it any more.
 */
async function freshPort(): Promise<number> {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '')
  const first = Number(range.trim().split(/\s+/)[0]) || 32_768
  for (let attempt = 0; attempt < 50 && first > lowestPort + 1000; attempt++) {
    const port = randomInt(lowestPort, first)
    if ((await bindable(port)) === port) return port
  }
  return bindable(0)
}

async function bindable(port: number): Promise<number> {
  const server = createServer()
  return new Promise((done) => {
    server.once('error', () => done(0))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
