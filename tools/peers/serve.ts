/**
 * node tools/peers/serve.ts versitygw | fakesnow
 *
 * Starts a peer for a program that is not JavaScript: prints one JSON line with its address, runs until standard input ends.
 * Where the peer cannot be had the line is {"skip": reason}. A line {"execute": sql} or {"query": sql} on standard input is answered by a
 * line {"rows": …} or {"error": text}, where the peer takes SQL.
 */
import { createInterface } from 'node:readline'
import { isMissing, peer } from './peer.ts'

interface Served {
  /** What the program needs to reach it. */
  readonly address: object
  stop(): Promise<void>
  execute?(sql: string): Promise<unknown>
  query?(sql: string): Promise<unknown>
}

const starts: Readonly<Record<string, () => Promise<Served | { missing: string }>>> = {
  versitygw: async () => {
    const found = await peer('versitygw')
    if (isMissing(found)) return found
    const { endpoint, accessKey, secretKey, stop } = await found.start()
    return { address: { endpoint, accessKey, secretKey }, stop }
  },
  fakesnow: async () => {
    const found = await peer('fakesnow')
    if (isMissing(found)) return found
    const { accessUrl, user, password, sent: _, ...served } = await found.start()
    return { address: { accessUrl, user, password }, ...served }
  },
}

const start = starts[process.argv[2] ?? '']
if (start === undefined) {
  console.error(`usage: serve.ts ${Object.keys(starts).join(' | ')}`)
  process.exit(2)
}
const served = await start()
if ('missing' in served) console.log(JSON.stringify({ skip: served.missing }))
else {
  console.log(JSON.stringify(served.address))
  for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(await answer(line)))
  await served.stop()
  process.exit(0)

  async function answer(line: string): Promise<object> {
    const asked = JSON.parse(line) as { execute?: string; query?: string }
    const { execute, query } = served as Served
    try {
      const rows = asked.execute === undefined ? await query?.(asked.query ?? '') : await execute?.(asked.execute)
      return { rows: rows ?? [] }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }
}
