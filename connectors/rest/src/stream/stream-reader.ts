import { systemClock, toFault, type Clock, type Fault } from '@leat/connector-kit'
import type { HttpResponse } from '@leat/connector-kit/http'
import { restFault } from '../faults.ts'
import { Collector, type CollectorSettings, type Place } from './collector.ts'
import { NdjsonParser } from './ndjson-parser.ts'
import { SseParser } from './sse-parser.ts'
import type { StreamParser } from './stream-event.ts'

export interface StreamReaderSettings extends Omit<CollectorSettings, 'from'> {
  /** Asks for what comes after a place. Throws faults. */
  readonly connect: (place: Place, signal: AbortSignal) => Promise<HttpResponse>
  /** Method and address, for messages. */
  readonly label: string
  /** Read as NDJSON whatever the answer says that it is. */
  readonly ndjson: boolean
  /** Types of server-sent events that are records; null: all. */
  readonly wanted: ReadonlySet<string> | null
  readonly clock?: Clock
}

/** Wait before the next connection when the server asked for none, ms. */
const usualRetryMs = 1_000
/** Connections that bring nothing follow each other ever more slowly, up to this, ms. */
const longestRetryMs = 30_000

/**
 * Keeps a stream open from a place on: a connection that ends or breaks is followed by the next one, which goes on after the last event that came. What
 * stops it is a fault that another connection does not cure, or one that the server gives at every try (then the run tries again, and shows it).
 */
export class StreamReader {
  readonly collector: Collector
  readonly #settings: StreamReaderSettings
  readonly #stop = new AbortController()
  readonly #ended: Promise<void>

  constructor(settings: StreamReaderSettings, from: Place) {
    this.#settings = settings
    this.collector = new Collector({ ...settings, from })
    this.#ended = this.#run()
  }

  async dispose(): Promise<void> {
    this.#stop.abort(new DOMException('The stream is not read any more.', 'AbortError'))
    await this.#ended
    this.collector.dispose()
  }

  async #run(): Promise<void> {
    const { clock = systemClock } = this.#settings
    const { signal } = this.#stop
    try {
      for (let fruitless = 0; ;) {
        const before = this.collector.place.events
        if ((await this.#connection()) === 'over') return this.collector.end()
        fruitless = this.collector.place.events > before ? 0 : fruitless + 1
        await clock.sleep(waitMs(this.collector.place, fruitless, clock.random()), signal)
      }
    } catch (thrown) {
      this.collector.fail(thrown)
    }
  }

  /** Reads one connection to its end. `over`: the server wants no other one. */
  async #connection(): Promise<'over' | 'ended'> {
    const { collector } = this
    const { signal } = this.#stop
    const response = await this.#settings.connect(collector.place, signal)
    if (response.status === 204) {
      await response.discard()
      return 'over'
    }
    const parser = await this.#parserOf(response)
    try {
      for await (const chunk of response.stream()) {
        for (const event of parser.push(chunk)) collector.add(event, parser.retryMs)
        await collector.room(signal)
      }
      for (const event of parser.end()) collector.add(event, parser.retryMs)
    } catch (thrown) {
      // What a half-read connection gave is good; it goes on behind that.
      if (signal.aborted || !toFault(thrown).retryable) throw thrown
    } finally {
      collector.flush()
    }
    return 'ended'
  }

  async #parserOf(response: HttpResponse): Promise<StreamParser> {
    const { mostEventBytes, ndjson, wanted, label } = this.#settings
    const type = response.headers['content-type'] ?? 'unknown'
    if (ndjson || /ndjson|json-?lines|jsonl|json-?seq|stream\+json/i.test(type)) return new NdjsonParser(mostEventBytes)
    if (/^text\/event-stream\b/i.test(type.trim())) return new SseParser(mostEventBytes, wanted)
    await response.discard()
    throw restFault('not_a_stream', { request: label, type }, { field: 'ingest_method' })
  }
}

/** What the server asked for; after connections that brought nothing twice as long each time. A little chance keeps clients apart. */
function waitMs(place: Place, fruitless: number, random: number): number {
  const usual = place.retry ?? usualRetryMs
  const longer = Math.max(usual, Math.min(longestRetryMs, usual * 2 ** Math.max(0, Math.min(fruitless - 1, 16))))
  return longer * (1 + random / 10)
}

/** The engine quarantines an event whose bytes end with this. */
export function tooLarge(bytes: number, limit: number): Fault {
  return restFault('event_too_large', { bytes, limit })
}
