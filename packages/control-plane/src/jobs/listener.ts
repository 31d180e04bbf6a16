import type pg from 'pg'
import { loneClient } from '../database/lone-client.ts'

const reconnectMs = 1000

/**
 * LISTEN on one channel over a connection of its own, for as long as it lives: a lost connection is opened again. A notification is a hint,
 * never a promise: whoever listens also polls.
 */
export class Listener {
  readonly #url: string
  readonly #channel: string
  readonly #onMessage: (payload: string | undefined) => void
  #client: pg.Client | undefined
  #retry: NodeJS.Timeout | undefined
  #closed = false

  /** `onMessage` gets undefined after each (re)connect: anything may have been missed. */
  constructor(url: string, channel: string, onMessage: (payload: string | undefined) => void) {
    this.#url = url
    this.#channel = channel
    this.#onMessage = onMessage
  }

  async open(): Promise<void> {
    if (this.#closed) return
    const client = loneClient(this.#url, 'leat listener')
    let lost = false
    const reopen = (): void => {
      if (lost || this.#closed) return
      lost = true
      void client.end().catch(() => undefined)
      this.#retry = setTimeout(() => void this.open(), reconnectMs)
    }
    client.on('error', reopen)
    client.on('end', reopen)
    client.on('notification', (message) => this.#onMessage(message.payload))
    try {
      await client.connect()
      await client.query(`listen ${this.#channel}`)
      if (this.#closed) return void (await client.end().catch(() => undefined))
      this.#client = client
      this.#onMessage(undefined)
    } catch {
      reopen()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retry)
    await this.#client?.end().catch(() => undefined)
  }
}
