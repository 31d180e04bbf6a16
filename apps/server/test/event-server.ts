import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server of events with a memory: each connection gets what came after its `Last-Event-ID`, then what comes. */
export class EventServer implements AsyncDisposable {
  readonly #server = createServer((request, response) => this.#open(request, response))
  readonly #open = (request: IncomingMessage, response: ServerResponse): void => {
    this.asked.push(String(request.headers['last-event-id'] ?? ''))
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('retry: 50\n: welcome\n\n')
    this.#connections.add(response)
    response.on('close', () => this.#connections.delete(response))
    const after = Number(request.headers['last-event-id'] ?? 0)
    for (const [index, data] of this.#events.entries()) if (index + 1 > after) response.write(frame(index + 1, data))
  }
  readonly #events: string[] = []
  readonly #connections = new Set<ServerResponse>()
  /** `Last-Event-ID` of each connection. */
  readonly asked: string[] = []

  static async start(): Promise<EventServer> {
    const made = new EventServer()
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
    for (const connection of this.#connections) connection.write(frame(this.#events.length, data))
  }

  comment(): void {
    for (const connection of this.#connections) connection.write(': still here\n\n')
  }

  /** Breaks every connection off, in the middle of an event. */
  cut(): void {
    for (const connection of this.#connections) {
      connection.write('id: 999999\ndata: {"id": 99')
      setImmediate(() => connection.destroy())
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function frame(id: number, data: string): string {
  return `id: ${id}\n${data.replaceAll(/^/gm, 'data: ')}\n\n`
}
