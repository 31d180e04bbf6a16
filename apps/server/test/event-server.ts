import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Server-sent events that go on after `Last-Event-ID`, or NDJSON that goes on after the parameter `after` and has its place in `seq`. */
export type EventKind = 'sse' | 'ndjson'

/** A server of events with a memory: each connection gets what came after the place that it names, then what comes. */
export class EventServer implements AsyncDisposable {
  readonly #kind: EventKind
  readonly #server = createServer((request, response) => this.#open(request, response))
  readonly #open = (request: IncomingMessage, response: ServerResponse): void => {
    const sse = this.#kind === 'sse'
    const place = sse
      ? request.headers['last-event-id']
      : new URL(request.url ?? '', this.url).searchParams.get('after')
    this.asked.push(String(place ?? ''))
    response.writeHead(200, { 'content-type': sse ? 'text/event-stream' : 'application/x-ndjson' })
    response.write(sse ? 'retry: 50\n: welcome\n\n' : '\n')
    this.#connections.add(response)
    response.on('close', () => this.#connections.delete(response))
    for (const [index, data] of this.#events.entries())
      if (index + 1 > Number(place ?? 0)) response.write(this.#frame(index + 1, data))
  }
  readonly #events: string[] = []
  readonly #connections = new Set<ServerResponse>()
  /** The place of each connection: `Last-Event-ID`, or `after`. */
  readonly asked: string[] = []

  private constructor(kind: EventKind) {
    this.#kind = kind
  }

  static async start(kind: EventKind = 'sse'): Promise<EventServer> {
    const made = new EventServer(kind)
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve))
    return made
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/events`
  }

  get connections(): number {
    return this.#connections.size
  }

  get sent(): number {
    return this.#events.length
  }

  send(data: string): void {
    this.#events.push(data)
    for (const connection of this.#connections) connection.write(this.#frame(this.#events.length, data))
  }

  comment(): void {
    for (const connection of this.#connections) connection.write(': still here\n\n')
  }

  /** Breaks every connection off, in the middle of an event. */
  cut(): void {
    for (const connection of this.#connections) {
      connection.write(this.#kind === 'sse' ? 'id: 999999\ndata: {"id": 99' : '{"seq": 999999, "id": 99')
      setImmediate(() => connection.destroy())
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #frame(id: number, data: string): string {
    if (this.#kind === 'ndjson') return `${data.replace('{', `{"seq": ${id}, `)}\n`
    return `id: ${id}\n${data.replaceAll(/^/gm, 'data: ')}\n\n`
  }
}
