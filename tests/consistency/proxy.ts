import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * What happens to requests on their way to the store.
 * cut: the connection breaks before the request is passed on, or in the middle of the answer. slow: every answer is late and comes in drops.
 * silent: the request is taken and nobody answers (half open). applied: a write is passed on and done, and its answer is an error or nothing.
 */
export type Weather = 'fair' | 'cut' | 'slow' | 'silent' | 'applied'

/** A reverse proxy in front of an S3 server, on the loopback. It passes requests on as they were signed. */
export class Proxy implements AsyncDisposable {
  #weather: Weather = 'fair'
  readonly #silenced = new Set<IncomingMessage>()
  /** Requests that the weather has spoilt. */
  spoilt = 0
  readonly #target: URL
  readonly #server: Server
  readonly #random: () => number

  private constructor(target: string, random: () => number) {
    this.#target = new URL(target)
    this.#random = random
    this.#server = createServer((incoming, answer) => void this.#pass(incoming, answer).catch(() => answer.destroy()))
  }

  static async start(target: string, random: () => number): Promise<Proxy> {
    const proxy = new Proxy(target, random)
    await new Promise<void>((listening) => proxy.#server.listen(0, '127.0.0.1', listening))
    return proxy
  }

  get weather(): Weather {
    return this.#weather
  }

  /** When the network is back, the other end knows nothing of the connections that went silent: they are reset. */
  set weather(weather: Weather) {
    this.#weather = weather
    if (weather === 'silent') return
    for (const { socket } of this.#silenced) socket.destroy()
    this.#silenced.clear()
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((closed) => this.#server.close(closed))
  }

  async #pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { weather } = this
    const isWrite = incoming.method !== 'GET' && incoming.method !== 'HEAD'
    const early = weather === 'cut' && this.#random() < 0.5
    if (weather === 'silent' || early) {
      this.spoilt++
      if (early) incoming.socket.destroy()
      else this.#silenced.add(incoming.resume())
      return
    }
    const upstream = request({
      host: this.#target.hostname,
      port: this.#target.port,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    })
    const responded = Promise.withResolvers<IncomingMessage>()
    upstream.on('response', responded.resolve).on('error', responded.reject)
    incoming.on('error', () => upstream.destroy())
    incoming.pipe(upstream)
    const response = await responded.promise
    if (weather === 'applied' && isWrite) return this.#spoil(response, answer)
    if (weather === 'slow') await pause(300)
    answer.writeHead(response.statusCode ?? 502, response.rawHeaders)
    let sent = 0
    for await (const chunk of response) {
      answer.write(chunk)
      sent += (chunk as Buffer).length
      if (weather === 'slow') await pause(50)
      if (weather === 'cut' && sent > 0) {
        this.spoilt++
        answer.destroy()
        return
      }
    }
    answer.end()
  }

  /** The store has done it; the caller hears of a failure, or nothing at all. */
  async #spoil(response: IncomingMessage, answer: ServerResponse): Promise<void> {
    for await (const _ of response) continue
    this.spoilt++
    if (this.#random() < 0.5) return void answer.destroy()
    const body =
      '<?xml version="1.0"?><Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>'
    answer.writeHead(500, { 'content-type': 'application/xml', 'content-length': body.length })
    answer.end(body)
  }
}
