import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An HTTP server of a test, on a free port of the loopback. Disposing it also ends the connections that are open. */
export interface HttpStub extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly address: string
  readonly port: number
}

export async function serveHttp(listener: RequestListener): Promise<HttpStub> {
  const server = createServer(listener)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
