import { setTimeout as pause } from 'node:timers/promises'
import type { NexlaClient } from '@leat/sdk'
import type { Cluster } from './cluster.ts'
import type { Inlet, Written } from './flow.ts'
import type { OracleRecord } from './records.ts'
import { recordOf } from './records.ts'

const senders = 3

/** Programs that post records to a webhook, each body once. Only what was acknowledged is due; what was not may be there, once. */
export class WebhookSenders implements Written {
  readonly name: string
  readonly bad = 0
  readonly #acknowledged = new Set<number>()
  #records = 0
  #requests = 0
  #path = ''
  /** The last answer that was not an acknowledgement. */
  lastRefusal: string | undefined
  readonly inlet: Inlet = { type: 'nexla_rest', config: {} }
  /** What a reader finds at the end of the flow; asked again and again until everything acknowledged is there. */
  arrived: () => AsyncIterable<unknown> = async function* () {}

  constructor(name: string) {
    this.name = name
  }

  get records(): number {
    return this.#records
  }

  get acknowledged(): number {
    return this.#acknowledged.size
  }

  isCertain(seq: number): boolean {
    return this.#acknowledged.has(seq)
  }

  /** The address of the source, from the API. */
  async find(client: NexlaClient, sourceId: number): Promise<void> {
    const source = (await client.sources.get(sourceId)) as unknown as {
      hosted_url: string
      api_keys: readonly { api_key: string }[]
    }
    this.#path = `${new URL(source.hosted_url).pathname}?api_key=${source.api_keys[0]?.api_key}`
  }

  async unread(): Promise<string | null> {
    const missing = new Set(this.#acknowledged)
    for await (const row of this.arrived()) missing.delete((row as OracleRecord).seq)
    return missing.size === 0 ? null : `${missing.size} acknowledged records not there`
  }

  /** Bodies of one record or many, until aborted. */
  async feed(cluster: Cluster, random: () => number, signal: AbortSignal): Promise<void> {
    const one = async (): Promise<void> => {
      while (!signal.aborted) {
        await this.post(cluster, random() < 0.3 ? 1 : 1 + Math.floor(random() * 30), random)
        await pause(30 + random() * 100)
      }
    }
    await Promise.all(Array.from({ length: senders }, one))
  }

  async post(cluster: Cluster, count: number, random: () => number): Promise<void> {
    const key = `${this.name}-${this.#requests++}`
    const from = this.#records
    this.#records += count
    const records = Array.from({ length: count }, (_, at) => recordOf(this.name, from + at, key, at))
    const server = Math.floor(random() * cluster.serverCount)
    try {
      const response = await fetch(`${cluster.address(server)}${this.#path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(count === 1 ? records[0] : records),
        signal: AbortSignal.timeout(10_000),
      })
      const answer = await response.text()
      if (!response.ok) this.lastRefusal = answer
      if (response.ok) for (const { seq } of records) this.#acknowledged.add(seq)
    } catch {
      // Nobody knows what became of it.
    }
  }
}
