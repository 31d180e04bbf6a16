import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { serveHttp, type HttpStub } from '../../../tools/testing/serve-http.ts'
import type { ApiClient } from './api-client.ts'
import { OwnServer } from './own-server.ts'

/* One credential, several sources, two worker processes: who renews its token. */

const pages = 40
const sources = 4

let server: OwnServer
let api: ApiClient
let peer: HttpStub

/** Each refresh token counts once; using one twice ends everything, as RFC 6819 §5.2.2.3 wants it. */
const used: string[] = []
let reused: string | null = null
let open = 'refresh-0'
let valid = ''
let issued = 0
let asked = 0

const grant: RequestListener = (request, response) => {
  void (async () => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const url = new URL(request.url ?? '/', 'http://peer')
    const answer = (status: number, body: object): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (url.pathname === '/token') {
      const refresh = new URLSearchParams(Buffer.concat(pieces).toString()).get('refresh_token') ?? ''
      used.push(refresh)
      if (refresh !== open) {
        reused = refresh
        return answer(400, { error: 'invalid_grant' })
      }
      issued += 1
      // A slow token endpoint: whoever does not wait for its owner asks as well.
      open = `refresh-${issued}`
      await pause(50)
      valid = `access-${issued}`
      return answer(200, { access_token: valid, refresh_token: open, token_type: 'Bearer', expires_in: 3600 })
    }
    if (request.headers.authorization !== `Bearer ${valid}`) return answer(401, {})
    // Tokens end in the middle of the pages of all sources.
    if (++asked % 31 === 0) valid = 'nobody has it'
    const page = Number(url.searchParams.get('page'))
    return answer(200, page <= pages ? [{ source: url.searchParams.get('source'), page }] : [])
  })()
}

before(async () => {
  server = await OwnServer.start('rest-tokens', { workers: 2 })
  api = server.api
  peer = await serveHttp(grant)
})
after(async () => {
  await peer[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

test('PROMISE-TOKEN-ONE-OWNER: worker processes with one credential renew its token one at a time, and use no refresh token twice', async () => {
  const { id: credential } = await api.call<{ id: number }>('POST', '/data_credentials', {
    name: 'one for all',
    credentials_type: 'rest',
    credentials: {
      'auth.type': 'OAUTH2',
      'oauth2.client.id': 'app',
      'oauth2.client.secret': 'app-secret',
      'oauth2.access.token.url': `${peer.address}/token`,
      'vendor.refresh_token': 'refresh-0',
      'skip.validation': true,
    },
  })
  const ids = await Promise.all(
    Array.from({ length: sources }, async (_, number) => {
      const step = {
        key: 'step1',
        'url.template': `${peer.address}/list?source=${number}`,
        method: 'GET',
        'iteration.type': 'paging.incrementing',
        'param.id': 'page',
      }
      const { id } = await api.call<{ id: number }>('POST', '/data_sources', {
        name: `source ${number}`,
        source_type: 'rest',
        data_credentials_id: credential,
        source_config: { 'rest.iterations': [step] },
      })
      await api.call('PUT', `/data_sources/${id}/activate`)
      return id
    }),
  )
  for (const id of ids) {
    const run = await api.endedRun(id)
    assert.deepEqual([run.status, run.records_written], ['DONE', pages], JSON.stringify(run))
  }
  assert.equal(reused, null, 'a refresh token was used twice')
  assert.equal(new Set(used).size, used.length)
  assert.ok(issued >= 5, `${issued} renewals`)
})
