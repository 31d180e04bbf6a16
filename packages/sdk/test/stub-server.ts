import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** For tests of this package: an HTTP server that notes what it was asked and answers what the test says. */
export interface StubServer extends AsyncDisposable {
  readonly url: string
  readonly asked: readonly Asked[]
}

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Reply {
  readonly status?: number
  readonly headers?: Record<string, string>
  /** A string goes out as it is, anything else as JSON. */
  readonly body?: unknown
  /** Break the connection instead. */
  readonly hangUp?: boolean
}

/** `answer` gets each request and how many came before it. `POST /token` is answered with `token-1`, `token-2` … unless `answer` does. */
export async function stubServer(answer: (asked: Asked, before: number) => Reply | undefined): Promise<StubServer> {
  const asked: Asked[] = []
  let tokens = 0
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: await text(request),
    }
    const reply = answer(one, asked.length) ?? defaultReply(one)
    asked.push(one)
    if (reply.hangUp) return void response.destroy()
    const { body = '' } = reply
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const server = createServer((request, response) => void handle(request, response))
  const defaultReply = (one: Asked): Reply => {
    if (one.path !== '/api/token') return { status: 404, body: { message: 'no reply in this test' } }
    tokens += 1
    return { body: { access_token: `token-${tokens}`, token_type: 'Bearer', expires_in: 86_400 } }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
