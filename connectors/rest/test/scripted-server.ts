import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as a scripted server saw it. */
export interface Seen {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Objects are sent as JSON. */
  readonly body?: unknown
}

/** Says what a request is answered with; a script that takes the response itself returns nothing. */
export type Script = (request: Seen, response: ServerResponse, number: number) => Answer | void | Promise<Answer | void>

export interface ScriptedServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly seen: readonly Seen[]
  /** Sockets that clients hold open. */
  connections(): Promise<number>
}

/** An HTTP server that answers as a function says, and remembers what it was asked. */
export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const pieces: Buffer[] = []
      for await (const piece of request) pieces.push(piece as Buffer)
      const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`)
      const one = {
        method: request.method ?? '',
        url,
        headers: request.headers,
        body: Buffer.concat(pieces).toString(),
      }
      seen.push(one)
      const answer = await script(one, response, seen.length)
      if (answer === undefined) return
      const { status = 200, headers = {}, body } = answer
      const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined
      response.writeHead(status, { ...(raw ? {} : { 'content-type': 'application/json' }), ...headers })
      response.end(raw ? body : JSON.stringify(body))
    })().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
